// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control device: where the broker hears of sessions and takes them.
 */

#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "daedalus_dev.h"

#define DAEDALUS_CONTROL_QUEUE 256

/**
 * struct daedalus_control_file - the open control file
 * @dev: the device; a reference is held
 * @queue: messages for the broker
 * @ready: HELLO was answered; protected by daedalus_broker.lock
 */
struct daedalus_control_file {
	struct daedalus_dev *dev;
	struct daedalus_msg_queue queue;
	bool ready;
};

/**
 * daedalus_broker_ready() - whether somebody opens sessions
 * @dev: the device
 *
 * Return: true if a broker is there and has said HELLO.
 */
bool daedalus_broker_ready(struct daedalus_dev *dev)
{
	struct daedalus_broker *broker = &dev->broker;
	bool ready;

	mutex_lock(&broker->lock);
	ready = broker->owner && broker->owner->ready;
	mutex_unlock(&broker->lock);
	return ready;
}

/**
 * daedalus_broker_announce() - give a session its id and ask for a worker
 * @session: a new session
 *
 * Return: 0 or a negative errno.
 */
int daedalus_broker_announce(struct daedalus_session *session)
{
	struct daedalus_broker *broker = &session->dev->broker;
	struct daedalus_session_open open = { .codec = session->codec };
	struct daedalus_msg *msg;
	int ret;

	msg = daedalus_msg_alloc(DAEDALUS_MSG_SESSION_OPEN, 0, &open,
				 sizeof(open));
	if (!msg)
		return -ENOMEM;

	mutex_lock(&broker->lock);
	if (!broker->owner || !broker->owner->ready) {
		ret = -ENOTCONN;
		goto err_free;
	}
	session->owner = broker->owner;
	ret = xa_alloc_cyclic(&broker->sessions, &session->id, session,
			      XA_LIMIT(1, U32_MAX), &broker->next_session,
			      GFP_KERNEL);
	if (ret < 0)
		goto err_free;

	msg->hdr.cookie = session->id;
	((struct daedalus_session_open *)msg->payload)->session_id =
		session->id;
	ret = daedalus_msg_push_fair(&broker->owner->queue, msg,
				     __kuid_val(session->ctx->uid));
	if (ret)
		goto err_erase;
	mutex_unlock(&broker->lock);
	return 0;

err_erase:
	xa_erase(&broker->sessions, session->id);
err_free:
	mutex_unlock(&broker->lock);
	daedalus_msg_free(msg);
	return ret;
}

/**
 * daedalus_broker_forget() - a session has ended: tell the broker
 * @session: the session
 * @reason: DAEDALUS_CLOSE_*
 */
void daedalus_broker_forget(struct daedalus_session *session, u32 reason)
{
	struct daedalus_broker *broker = &session->dev->broker;
	struct daedalus_msg *msg = session->close_msg;
	struct daedalus_session_close *gone = (void *)msg->payload;
	struct daedalus_msg_queue *queue;

	mutex_lock(&broker->lock);
	xa_erase(&broker->sessions, session->id);
	if (broker->owner && broker->owner == session->owner) {
		queue = &broker->owner->queue;
		/* What the broker did not hear of needs no ending. */
		if (!daedalus_msg_drop(queue, DAEDALUS_MSG_SESSION_OPEN,
				       session->id)) {
			msg->hdr.cookie = session->id;
			gone->session_id = session->id;
			gone->reason = reason;
			session->close_msg = NULL;
			daedalus_msg_push_reserved(queue, msg);
		}
	}
	mutex_unlock(&broker->lock);
}

/**
 * daedalus_broker_untake() - the session file could not be made after all
 * @session: the session
 */
void daedalus_broker_untake(struct daedalus_session *session)
{
	struct daedalus_broker *broker = &session->dev->broker;

	mutex_lock(&broker->lock);
	session->taken = false;
	mutex_unlock(&broker->lock);
}

/**
 * daedalus_broker_ping() - send a PING to the broker
 * @dev: the device
 *
 * Return: 0, -ENOTCONN if the control device is not open, -ENOSPC if its queue
 * is full, or -ENOMEM.
 */
int daedalus_broker_ping(struct daedalus_dev *dev)
{
	struct daedalus_broker *broker = &dev->broker;
	struct daedalus_msg *msg;
	u32 cookie;
	int ret;

	cookie = atomic64_inc_return(&dev->stats.pings);
	msg = daedalus_msg_alloc(DAEDALUS_MSG_PING, cookie, NULL, 0);
	if (!msg)
		return -ENOMEM;

	mutex_lock(&broker->lock);
	ret = -ENOTCONN;
	if (broker->owner)
		ret = daedalus_msg_push(&broker->owner->queue, msg);
	mutex_unlock(&broker->lock);

	if (ret) {
		atomic64_dec(&dev->stats.pings);
		daedalus_msg_free(msg);
	}
	return ret;
}

/*
 * A session that this control file was told of and that is alive, with a
 * reference; NULL if there is none.
 */
static struct daedalus_session *
daedalus_broker_find(struct daedalus_control_file *control, u32 id)
{
	struct daedalus_session *session;

	lockdep_assert_held(&control->dev->broker.lock);

	session = xa_load(&control->dev->broker.sessions, id);
	if (!session || session->owner != control)
		return NULL;
	kref_get(&session->ref);
	return session;
}

static int daedalus_control_open(struct inode *inode, struct file *file)
{
	struct daedalus_dev *dev =
		container_of(file->private_data, struct daedalus_dev, misc);
	struct daedalus_broker *broker = &dev->broker;
	struct daedalus_control_file *control;

	control = kzalloc(sizeof(*control), GFP_KERNEL_ACCOUNT);
	if (!control)
		return -ENOMEM;
	control->dev = dev;
	daedalus_msg_queue_init(&control->queue, DAEDALUS_CONTROL_QUEUE);

	mutex_lock(&broker->lock);
	if (broker->owner) {
		mutex_unlock(&broker->lock);
		kfree(control);
		return -EBUSY;
	}
	broker->owner = control;
	mutex_unlock(&broker->lock);

	v4l2_device_get(&dev->v4l2_dev);
	file->private_data = control;
	return nonseekable_open(inode, file);
}

static int daedalus_control_release(struct inode *inode, struct file *file)
{
	struct daedalus_control_file *control = file->private_data;
	struct daedalus_dev *dev = control->dev;
	struct daedalus_broker *broker = &dev->broker;
	struct daedalus_session *session;
	unsigned long id;

	/*
	 * Workers that have their session file go on without the broker. Nobody
	 * will take the other sessions any more.
	 */
	mutex_lock(&broker->lock);
	broker->owner = NULL;
	xa_for_each(&broker->sessions, id, session) {
		if (session->owner != control)
			continue;
		session->owner = NULL;
		if (!session->taken)
			daedalus_session_fail(session, DAEDALUS_CLOSE_WORKER);
	}
	mutex_unlock(&broker->lock);

	daedalus_msg_queue_close(&control->queue);
	kfree(control);
	v4l2_device_put(&dev->v4l2_dev);
	return 0;
}

static ssize_t daedalus_control_read(struct file *file, char __user *buf,
				     size_t count, loff_t *pos)
{
	struct daedalus_control_file *control = file->private_data;

	return daedalus_msg_read(&control->queue, file, buf, count, NULL,
				 NULL);
}

static int daedalus_control_hello(struct daedalus_control_file *control,
				  const struct daedalus_received *msg)
{
	const struct daedalus_hello *hello = (const void *)msg->payload;
	struct daedalus_hello answer = {
		.min_version = DAEDALUS_MSG_VERSION,
		.max_version = DAEDALUS_MSG_VERSION,
	};
	struct daedalus_broker *broker = &control->dev->broker;
	struct daedalus_msg *ack;
	int ret;

	if (hello->min_version > DAEDALUS_MSG_VERSION ||
	    hello->max_version < DAEDALUS_MSG_VERSION)
		return -EPROTO;

	ack = daedalus_msg_alloc(DAEDALUS_MSG_HELLO_ACK, msg->hdr.cookie,
				 &answer, sizeof(answer));
	if (!ack)
		return -ENOMEM;

	mutex_lock(&broker->lock);
	ret = daedalus_msg_push(&control->queue, ack);
	if (!ret)
		control->ready = true;
	mutex_unlock(&broker->lock);

	if (ret)
		daedalus_msg_free(ack);
	return ret;
}

static int daedalus_control_open_ack(struct daedalus_control_file *control,
				     const struct daedalus_received *msg)
{
	const struct daedalus_session_status *ack = (const void *)msg->payload;
	struct daedalus_broker *broker = &control->dev->broker;
	struct daedalus_session *session;

	if (ack->session_id != msg->hdr.cookie || ack->status > MAX_ERRNO)
		return -EINVAL;

	mutex_lock(&broker->lock);
	session = daedalus_broker_find(control, ack->session_id);
	mutex_unlock(&broker->lock);
	if (!session)
		return -ENOENT;

	if (ack->status)
		daedalus_session_fail(session, DAEDALUS_CLOSE_WORKER);
	daedalus_session_put(session);
	return 0;
}

static void daedalus_control_pong(struct daedalus_control_file *control,
				  const struct daedalus_received *msg)
{
	struct daedalus_stats *stats = &control->dev->stats;

	atomic_set(&stats->last_pong, msg->hdr.cookie);
	atomic64_inc(&stats->pongs);
}

static const struct daedalus_accepted daedalus_control_accepts[] = {
	{
		.type = DAEDALUS_MSG_HELLO,
		.min_len = sizeof(struct daedalus_hello),
		.max_len = sizeof(struct daedalus_hello),
	}, {
		.type = DAEDALUS_MSG_PING,
		.max_len = DAEDALUS_MSG_MAX_PING,
	}, {
		.type = DAEDALUS_MSG_PONG,
		.max_len = DAEDALUS_MSG_MAX_PING,
	}, {
		.type = DAEDALUS_MSG_SESSION_OPEN_ACK,
		.min_len = sizeof(struct daedalus_session_status),
		.max_len = sizeof(struct daedalus_session_status),
	},
};

static ssize_t daedalus_control_write(struct file *file,
				      const char __user *buf, size_t count,
				      loff_t *pos)
{
	struct daedalus_control_file *control = file->private_data;
	struct daedalus_received msg;
	int ret;

	ret = daedalus_msg_receive(&msg, daedalus_control_accepts,
				   ARRAY_SIZE(daedalus_control_accepts), buf,
				   count);
	if (ret)
		return ret;

	switch (msg.hdr.type) {
	case DAEDALUS_MSG_HELLO:
		ret = daedalus_control_hello(control, &msg);
		break;
	case DAEDALUS_MSG_PING:
		ret = daedalus_msg_answer_ping(&control->queue, &msg);
		break;
	case DAEDALUS_MSG_PONG:
		daedalus_control_pong(control, &msg);
		break;
	case DAEDALUS_MSG_SESSION_OPEN_ACK:
		ret = daedalus_control_open_ack(control, &msg);
		break;
	}
	return ret ? : count;
}

static __poll_t daedalus_control_poll(struct file *file, poll_table *wait)
{
	struct daedalus_control_file *control = file->private_data;

	return daedalus_msg_poll(&control->queue, file, wait);
}

static long daedalus_control_session_fd(struct daedalus_control_file *control,
					struct daedalus_session_fd __user *arg)
{
	struct daedalus_broker *broker = &control->dev->broker;
	struct daedalus_session *session;
	struct daedalus_session_fd request;
	bool taken = false;

	if (copy_from_user(&request, arg, sizeof(request)))
		return -EFAULT;

	mutex_lock(&broker->lock);
	session = daedalus_broker_find(control, request.session_id);
	if (session) {
		taken = session->taken;
		session->taken = true;
	}
	mutex_unlock(&broker->lock);

	if (!session)
		return -ENOENT;
	if (taken) {
		daedalus_session_put(session);
		return -EBUSY;
	}
	return daedalus_session_take(session, arg);
}

static long daedalus_control_ioctl(struct file *file, unsigned int cmd,
				   unsigned long arg)
{
	struct daedalus_control_file *control = file->private_data;

	switch (cmd) {
	case DAEDALUS_IOC_SESSION_FD:
		return daedalus_control_session_fd(control,
						   (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations daedalus_control_fops = {
	.owner		= THIS_MODULE,
	.open		= daedalus_control_open,
	.release	= daedalus_control_release,
	.read		= daedalus_control_read,
	.write		= daedalus_control_write,
	.poll		= daedalus_control_poll,
	.unlocked_ioctl	= daedalus_control_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

/**
 * daedalus_broker_prepare() - what clients may need before there is a node
 * @dev: the device
 */
void daedalus_broker_prepare(struct daedalus_dev *dev)
{
	mutex_init(&dev->broker.lock);
	xa_init_flags(&dev->broker.sessions, XA_FLAGS_ALLOC);
}

int daedalus_broker_init(struct daedalus_dev *dev, struct device *parent)
{
	dev->misc.minor = MISC_DYNAMIC_MINOR;
	dev->misc.name = DAEDALUS_CONTROL_DEVICE;
	dev->misc.fops = &daedalus_control_fops;
	dev->misc.mode = 0600;
	dev->misc.parent = parent;
	return misc_register(&dev->misc);
}

void daedalus_broker_exit(struct daedalus_dev *dev)
{
	misc_deregister(&dev->misc);
}
