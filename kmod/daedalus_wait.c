// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits of a client: for a worker, and for whoever still reads a picture.
 *
 * The media core's lock, which all clients need, is held while a queue is stopped
 * and while a request is queued; the latter takes vb_mutex, too. So nothing waits
 * under either: what has to wait says so, and is done again from here, where no
 * lock is held.
 */

#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/uaccess.h>
#include <media/v4l2-ioctl.h>

#include "daedalus_dev.h"

/* Nothing waits longer than this. */
#define DAEDALUS_SETTLE_MS 1900U

/* Threads of one client may take what another one noted: they look again. */
#define DAEDALUS_LOOK_AGAIN_MS 20U

/**
 * daedalus_wait_note() - QBUF finds memory in use, and is to be done again
 * @ctx: the context; vb_mutex is held
 * @dbuf: the memory, if it is known by its fences when it is not in use; else NULL
 */
void daedalus_wait_note(struct daedalus_ctx *ctx, struct dma_buf *dbuf)
{
	WRITE_ONCE(ctx->found_in_use, ctx->found_in_use + 1);
	if (dbuf)
		get_dma_buf(dbuf);
	dbuf = xchg(&ctx->waits_for_fences, dbuf);
	if (dbuf)
		dma_buf_put(dbuf);
}

/* Return: 0, or a negative errno: a signal came. */
static long daedalus_wait_once(struct daedalus_ctx *ctx, unsigned int ended,
			       long left)
{
	struct daedalus_dev *dev = ctx->dev;
	struct dma_buf *dbuf = xchg(&ctx->waits_for_fences, NULL);
	long ret;

	if (dbuf) {
		ret = dma_resv_wait_timeout(dbuf->resv, dma_resv_usage_rw(true),
					    true, left);
		dma_buf_put(dbuf);
	} else {
		left = min_t(long, left,
			     msecs_to_jiffies(DAEDALUS_LOOK_AGAIN_MS));
		ret = wait_event_killable_timeout(dev->lease_wait,
						  READ_ONCE(dev->leases_ended) !=
							ended,
						  left);
	}
	return min_t(long, ret, 0);
}

/* QBUF, again and again until the memory is nobody else's. */
static long daedalus_wait_queue(struct daedalus_ctx *ctx, struct file *file,
				unsigned int cmd, unsigned long arg)
{
	unsigned long end = jiffies + msecs_to_jiffies(DAEDALUS_SETTLE_MS);
	unsigned int ended, found;
	long left, ret;

	for (;;) {
		ended = READ_ONCE(ctx->dev->leases_ended);
		found = READ_ONCE(ctx->found_in_use);
		ret = video_ioctl2(file, cmd, arg);
		if (ret != -EBUSY || READ_ONCE(ctx->found_in_use) == found)
			return ret;
		left = end - jiffies;
		if (left <= 0)
			return ret;
		ret = daedalus_wait_once(ctx, ended, left);
		if (ret)
			return ret;
	}
}

/* STREAMOFF: have the worker finish what it has read, as long as that is short. */
static void daedalus_wait_settle(struct daedalus_ctx *ctx,
				 const int __user *arg)
{
	int type;

	if (get_user(type, arg) ||
	    (type != V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE &&
	     type != V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE))
		return;
	if (!daedalus_request_recall(ctx))
		return;
	wait_event_killable_timeout(ctx->idle, !READ_ONCE(ctx->num_inflight),
				    msecs_to_jiffies(DAEDALUS_SETTLE_MS));
}

/**
 * daedalus_wait_ioctl() - an ioctl of the video node, and the waits around it
 * @file: the file
 * @cmd: the ioctl
 * @arg: its argument
 *
 * Return: the result of the ioctl.
 */
long daedalus_wait_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct daedalus_ctx *ctx = daedalus_file_ctx(file);

	switch (cmd) {
	case VIDIOC_STREAMOFF:
		daedalus_wait_settle(ctx, (const int __user *)arg);
		break;
	case VIDIOC_QBUF:
	case VIDIOC_PREPARE_BUF:
		return daedalus_wait_queue(ctx, file, cmd, arg);
	}
	return video_ioctl2(file, cmd, arg);
}
