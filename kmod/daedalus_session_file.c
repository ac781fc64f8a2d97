// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The session file, by which a worker serves its session.
 */

#include <linux/anon_inodes.h>
#include <linux/dma-buf.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/uaccess.h>

#include "daedalus_dev.h"
#include "daedalus_trace.h"

static void daedalus_session_taken(void *priv, const struct daedalus_msg *msg)
{
	const struct daedalus_req_decode *req = (const void *)msg->payload;
	struct daedalus_session *session = priv;

	WRITE_ONCE(session->pid, task_tgid_nr(current));
	if (msg->hdr.type != DAEDALUS_MSG_REQ_DECODE)
		return;

	trace_daedalus_request_sent(session->id, msg->hdr.cookie,
				    req->timestamp);
	daedalus_request_sent(session, msg->hdr.cookie);
}

static ssize_t daedalus_session_read(struct file *file, char __user *buf,
				     size_t count, loff_t *pos)
{
	struct daedalus_session *session = file->private_data;

	return daedalus_msg_read(&session->queue, file, buf, count,
				 daedalus_session_taken, session);
}

static const struct daedalus_accepted daedalus_session_accepts[] = {
	{
		.type = DAEDALUS_MSG_RESP_FRAME,
		.min_len = sizeof(struct daedalus_resp_frame),
		.max_len = sizeof(struct daedalus_resp_frame),
	}, {
		.type = DAEDALUS_MSG_PING,
		.max_len = DAEDALUS_MSG_MAX_PING,
	}, {
		.type = DAEDALUS_MSG_PONG,
		.max_len = DAEDALUS_MSG_MAX_PING,
	},
};

static ssize_t daedalus_session_write(struct file *file,
				      const char __user *buf, size_t count,
				      loff_t *pos)
{
	struct daedalus_session *session = file->private_data;
	struct daedalus_received msg;
	int ret;

	ret = daedalus_msg_receive(&msg, daedalus_session_accepts,
				   ARRAY_SIZE(daedalus_session_accepts), buf,
				   count);
	if (ret)
		return ret;

	switch (msg.hdr.type) {
	case DAEDALUS_MSG_RESP_FRAME:
		ret = daedalus_request_respond(session, msg.hdr.cookie,
					       (const void *)msg.payload);
		break;
	case DAEDALUS_MSG_PING:
		ret = daedalus_msg_answer_ping(&session->queue, &msg);
		break;
	case DAEDALUS_MSG_PONG:
		WRITE_ONCE(session->alive, jiffies);
		break;
	}
	return ret ? : count;
}

static __poll_t daedalus_session_poll(struct file *file, poll_table *wait)
{
	struct daedalus_session *session = file->private_data;

	return daedalus_msg_poll(&session->queue, file, wait);
}

/* Whether the worker was told of an id, and is the one who decodes now. */
static bool daedalus_session_knows(struct daedalus_session *session, u32 id)
{
	struct daedalus_ctx *ctx = session->ctx;
	const struct daedalus_dmabuf *dmabuf;
	bool knows = false;

	spin_lock(&ctx->dmabuf_lock);
	if (ctx->session == session) {
		list_for_each_entry(dmabuf, &ctx->dmabufs, list)
			knows |= dmabuf->id == id &&
				 dmabuf->named_to == session->id;
	}
	spin_unlock(&ctx->dmabuf_lock);
	return knows;
}

static long daedalus_session_get_dmabuf(struct daedalus_session *session,
					struct daedalus_get_dmabuf __user *arg)
{
	struct daedalus_get_dmabuf get;
	struct dma_buf *dbuf;
	int fd;

	if (copy_from_user(&get, arg, sizeof(get)))
		return -EFAULT;
	if (!daedalus_session_knows(session, get.buffer_id))
		return -ENOENT;
	dbuf = daedalus_dmabuf_find(session->ctx, get.buffer_id);
	if (!dbuf)
		return -ENOENT;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		dma_buf_put(dbuf);
		return fd;
	}
	get.fd = fd;
	get.size = dbuf->size;
	if (copy_to_user(arg, &get, sizeof(get))) {
		put_unused_fd(fd);
		dma_buf_put(dbuf);
		return -EFAULT;
	}
	fd_install(fd, dbuf->file);
	return 0;
}

static long daedalus_session_ioctl(struct file *file, unsigned int cmd,
				   unsigned long arg)
{
	struct daedalus_session *session = file->private_data;

	switch (cmd) {
	case DAEDALUS_IOC_GET_DMABUF:
		return daedalus_session_get_dmabuf(session,
						   (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static int daedalus_session_file_release(struct inode *inode,
					 struct file *file)
{
	struct daedalus_session *session = file->private_data;

	daedalus_lease_end_all(session);
	daedalus_session_fail(session, DAEDALUS_CLOSE_WORKER);
	daedalus_session_put(session);
	return 0;
}

static const struct file_operations daedalus_session_fops = {
	.owner		= THIS_MODULE,
	.read		= daedalus_session_read,
	.write		= daedalus_session_write,
	.poll		= daedalus_session_poll,
	.unlocked_ioctl	= daedalus_session_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.release	= daedalus_session_file_release,
};

/**
 * daedalus_session_take() - make the session's file
 * @session: the session, marked as taken; the reference passes to the file, and
 *	is dropped on failure
 * @arg: where its number goes
 *
 * Return: 0 or a negative errno; then the session can be taken again.
 */
int daedalus_session_take(struct daedalus_session *session,
			  struct daedalus_session_fd __user *arg)
{
	struct daedalus_session_fd result = { .session_id = session->id };
	struct file *file;
	int fd, ret;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		ret = fd;
		goto err_untake;
	}
	result.fd = fd;
	if (copy_to_user(arg, &result, sizeof(result))) {
		ret = -EFAULT;
		goto err_fd;
	}
	file = anon_inode_getfile("[daedalus]", &daedalus_session_fops, session,
				  O_RDWR | O_CLOEXEC);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto err_fd;
	}
	WRITE_ONCE(session->progress, jiffies);
	fd_install(fd, file);
	return 0;

err_fd:
	put_unused_fd(fd);
err_untake:
	daedalus_broker_untake(session);
	daedalus_session_put(session);
	return ret;
}
