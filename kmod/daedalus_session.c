// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions: the connection of a context to its worker, as a file.
 */

#include <linux/anon_inodes.h>
#include <linux/dma-buf.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "daedalus_dev.h"
#include "daedalus_trace.h"

#define DAEDALUS_MIN_TIMEOUT_MS 50U

/*
 * More than the requests that can be in flight, which the number of OUTPUT
 * buffers bounds, plus some PONG.
 */
#define DAEDALUS_SESSION_QUEUE (2 * DAEDALUS_MAX_BUFFERS)

static unsigned int timeout_ms = 1500;
module_param(timeout_ms, uint, 0644);
MODULE_PARM_DESC(timeout_ms,
		 "Requests fail when a session makes no progress for so long");

/*
 * How many times timeout_ms a request may take whose worker says all the time
 * that it is at work.
 */
#define DAEDALUS_PATIENCE 10U

static struct workqueue_struct *daedalus_wq;

static unsigned long daedalus_timeout(void)
{
	return msecs_to_jiffies(max(READ_ONCE(timeout_ms),
				    DAEDALUS_MIN_TIMEOUT_MS));
}

/*
 * When the session has to show progress. An answer is progress; a worker's PONG
 * only says that there is one who works, and is believed for so long.
 */
static unsigned long daedalus_session_deadline(struct daedalus_session *session)
{
	unsigned long progress = READ_ONCE(session->progress);
	unsigned long alive = READ_ONCE(session->alive);
	unsigned long last = progress +
			     (DAEDALUS_PATIENCE - 1) * daedalus_timeout();

	if (time_before(alive, progress))
		alive = progress;
	if (time_after(alive, last))
		alive = last;
	return alive + daedalus_timeout();
}

static void daedalus_session_release(struct kref *ref)
{
	struct daedalus_session *session =
		container_of(ref, struct daedalus_session, ref);

	daedalus_msg_queue_close(&session->queue);
	daedalus_msg_free(session->close_msg);
	daedalus_ctx_put(session->ctx);
	kfree(session);
}

void daedalus_session_put(struct daedalus_session *session)
{
	kref_put(&session->ref, daedalus_session_release);
}

/* Run the session's work now. */
static void daedalus_session_kick(struct daedalus_session *session)
{
	kref_get(&session->ref);
	if (mod_delayed_work(daedalus_wq, &session->work, 0))
		daedalus_session_put(session);
}

/**
 * daedalus_session_watch() - a request is in flight: see that it ends
 * @session: the session; its context's lock is held
 */
void daedalus_session_watch(struct daedalus_session *session)
{
	if (session->ctx->num_inflight == 1)
		WRITE_ONCE(session->progress, jiffies);

	kref_get(&session->ref);
	if (!queue_delayed_work(daedalus_wq, &session->work,
				daedalus_timeout()))
		daedalus_session_put(session);
}

static void daedalus_session_work(struct work_struct *work)
{
	struct daedalus_session *session =
		container_of(to_delayed_work(work), struct daedalus_session,
			     work);
	struct daedalus_ctx *ctx = session->ctx;
	unsigned long deadline;
	int failed;

	mutex_lock(&ctx->lock);
	if (session->closed)
		goto unlock;

	failed = atomic_read(&session->failed);
	if (failed) {
		daedalus_session_close(ctx, failed - 1);
		goto unlock;
	}
	if (!ctx->num_inflight)
		goto unlock;

	deadline = daedalus_session_deadline(session);
	if (time_before(jiffies, deadline)) {
		kref_get(&session->ref);
		if (!queue_delayed_work(daedalus_wq, &session->work,
					deadline - jiffies))
			daedalus_session_put(session);
		goto unlock;
	}
	trace_daedalus_session_timeout(session->id, ctx->num_inflight);
	atomic64_inc(&session->dev->stats.timeouts);
	daedalus_session_close(ctx, DAEDALUS_CLOSE_TIMEOUT);
unlock:
	mutex_unlock(&ctx->lock);
	daedalus_session_put(session);
}

static struct daedalus_session *daedalus_session_new(struct daedalus_ctx *ctx)
{
	struct daedalus_session *session;

	session = kzalloc(sizeof(*session), GFP_KERNEL);
	if (!session)
		return ERR_PTR(-ENOMEM);
	session->close_msg =
		daedalus_msg_alloc(DAEDALUS_MSG_SESSION_CLOSE, 0, NULL,
				   sizeof(struct daedalus_session_close));
	if (!session->close_msg) {
		kfree(session);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&session->ref);
	session->dev = ctx->dev;
	session->ctx = daedalus_ctx_get(ctx);
	session->codec = ctx->coded.pixelformat;
	session->alive = jiffies;
	daedalus_msg_queue_init(&session->queue, DAEDALUS_SESSION_QUEUE);
	INIT_DELAYED_WORK(&session->work, daedalus_session_work);
	return session;
}

/**
 * daedalus_session_open() - the session of a context, a new one if need be
 * @ctx: the context; vb_mutex and its lock are held
 *
 * Return: the session, or an ERR_PTR() if there is no broker to ask.
 */
struct daedalus_session *daedalus_session_open(struct daedalus_ctx *ctx)
{
	struct daedalus_session *session = ctx->session;
	int ret;

	lockdep_assert_held(&ctx->lock);

	if (session && session->codec == ctx->coded.pixelformat)
		return session;
	daedalus_session_close(ctx, DAEDALUS_CLOSE_CLIENT);

	if (!daedalus_broker_ready(ctx->dev))
		return ERR_PTR(-ENOTCONN);
	session = daedalus_session_new(ctx);
	if (IS_ERR(session))
		return session;
	ret = daedalus_broker_announce(session);
	if (ret) {
		daedalus_session_put(session);
		return ERR_PTR(ret);
	}

	spin_lock(&ctx->dmabuf_lock);
	ctx->session = session;
	spin_unlock(&ctx->dmabuf_lock);

	atomic64_inc(&ctx->dev->stats.sessions);
	trace_daedalus_session_open(session->id, session->codec);
	return session;
}

/**
 * daedalus_session_close() - end the session of a context, if it has one
 * @ctx: the context; its lock is held
 * @reason: DAEDALUS_CLOSE_*
 *
 * All requests in flight fail.
 */
void daedalus_session_close(struct daedalus_ctx *ctx, u32 reason)
{
	struct daedalus_session *session = ctx->session;

	lockdep_assert_held(&ctx->lock);

	if (!session)
		return;

	trace_daedalus_session_close(session->id, reason);
	session->closed = true;
	spin_lock(&ctx->dmabuf_lock);
	ctx->session = NULL;
	spin_unlock(&ctx->dmabuf_lock);

	if (cancel_delayed_work(&session->work))
		daedalus_session_put(session);
	daedalus_msg_queue_close(&session->queue);
	daedalus_broker_forget(session, reason);
	daedalus_request_fail_all(ctx);
	daedalus_session_put(session);
}

/**
 * daedalus_session_fail() - end a session from outside of its context
 * @session: the session
 * @reason: DAEDALUS_CLOSE_*
 *
 * The session's work does it, so this can be called with any lock held.
 */
void daedalus_session_fail(struct daedalus_session *session, u32 reason)
{
	atomic_set(&session->failed, reason + 1);
	daedalus_session_kick(session);
}

static void daedalus_session_taken(void *priv, const struct daedalus_msg *msg)
{
	const struct daedalus_req_decode *req = (const void *)msg->payload;
	struct daedalus_session *session = priv;
	unsigned int i;

	WRITE_ONCE(session->pid, task_tgid_nr(current));
	if (msg->hdr.type != DAEDALUS_MSG_REQ_DECODE)
		return;

	trace_daedalus_request_sent(session->id, msg->hdr.cookie,
				    req->timestamp);
	daedalus_dmabuf_named(session->ctx, req->bitstream_id, session->id);
	for (i = 0; i < req->num_planes; i++)
		daedalus_dmabuf_named(session->ctx, req->planes[i].buffer_id,
				      session->id);
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

static long daedalus_session_get_dmabuf(struct daedalus_session *session,
					struct daedalus_get_dmabuf __user *arg)
{
	struct daedalus_get_dmabuf get;
	struct dma_buf *dbuf;
	int fd;

	if (copy_from_user(&get, arg, sizeof(get)))
		return -EFAULT;
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

int daedalus_session_init(void)
{
	daedalus_wq = alloc_workqueue(DAEDALUS_NAME, WQ_UNBOUND, 0);
	return daedalus_wq ? 0 : -ENOMEM;
}

void daedalus_session_exit(void)
{
	destroy_workqueue(daedalus_wq);
}
