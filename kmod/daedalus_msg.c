// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A bounded queue of messages from the kernel to one reader, and the checks of
 * what that reader writes.
 */

#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "daedalus_msg.h"

/**
 * daedalus_msg_alloc() - make a message
 * @type: enum daedalus_msg_type, perhaps with DAEDALUS_MSG_RESPONSE
 * @cookie: chosen by the caller, or repeated from what is answered
 * @payload: copied into the message; may be NULL: then the payload is zero
 * @len: bytes of payload
 *
 * Return: the message, or NULL when there is no memory.
 */
struct daedalus_msg *daedalus_msg_alloc(u32 type, u32 cookie,
					const void *payload, u32 len)
{
	struct daedalus_msg *msg;

	msg = kzalloc(struct_size(msg, payload, len), GFP_KERNEL_ACCOUNT);
	if (!msg)
		return NULL;

	msg->hdr.magic = DAEDALUS_MSG_MAGIC;
	msg->hdr.version = DAEDALUS_MSG_VERSION;
	msg->hdr.type = type;
	msg->hdr.cookie = cookie;
	msg->hdr.payload_len = len;
	if (payload)
		memcpy(msg->payload, payload, len);
	return msg;
}

void daedalus_msg_free(struct daedalus_msg *msg)
{
	kfree(msg);
}

void daedalus_msg_queue_init(struct daedalus_msg_queue *queue,
			     unsigned int max)
{
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->msgs);
	queue->count = 0;
	queue->max = max;
	queue->closed = false;
	init_waitqueue_head(&queue->wait);
}

/**
 * daedalus_msg_queue_close() - free all messages, wake the reader, take no more
 * @queue: the queue, which may be closed already
 */
void daedalus_msg_queue_close(struct daedalus_msg_queue *queue)
{
	struct daedalus_msg *msg, *next;
	LIST_HEAD(msgs);

	spin_lock(&queue->lock);
	queue->closed = true;
	list_splice_init(&queue->msgs, &msgs);
	queue->count = 0;
	spin_unlock(&queue->lock);

	wake_up_interruptible_all(&queue->wait);

	list_for_each_entry_safe(msg, next, &msgs, list)
		daedalus_msg_free(msg);
}

static void daedalus_msg_unlink(struct daedalus_msg_queue *queue,
				struct daedalus_msg *msg)
{
	lockdep_assert_held(&queue->lock);

	list_del(&msg->list);
	queue->count -= !msg->reserved;
}

/* Behind which message a new one goes, see daedalus_msg_push_fair(). */
static struct list_head *daedalus_msg_place(struct daedalus_msg_queue *queue,
					    struct daedalus_msg *msg)
{
	const struct daedalus_msg *other;

	msg->turn = 0;
	if (!msg->fair)
		return queue->msgs.prev;

	list_for_each_entry(other, &queue->msgs, list)
		msg->turn += other->fair && other->owner == msg->owner;
	list_for_each_entry(other, &queue->msgs, list) {
		if (other->fair && other->turn > msg->turn)
			return other->list.prev;
	}
	return queue->msgs.prev;
}

static int daedalus_msg_insert(struct daedalus_msg_queue *queue,
			       struct daedalus_msg *msg)
{
	int ret = 0;

	spin_lock(&queue->lock);
	if (queue->closed) {
		ret = -ESHUTDOWN;
	} else if (!msg->reserved && queue->count >= queue->max) {
		ret = -ENOSPC;
	} else {
		list_add(&msg->list, daedalus_msg_place(queue, msg));
		queue->count += !msg->reserved;
	}
	spin_unlock(&queue->lock);

	if (!ret)
		wake_up_interruptible(&queue->wait);
	return ret;
}

/**
 * daedalus_msg_push() - queue a message
 * @queue: the queue
 * @msg: belongs to the queue afterwards, unless this failed
 *
 * Return: 0, -ENOSPC when the queue is full, -ESHUTDOWN when it is closed.
 */
int daedalus_msg_push(struct daedalus_msg_queue *queue,
		      struct daedalus_msg *msg)
{
	msg->reserved = false;
	return daedalus_msg_insert(queue, msg);
}

/**
 * daedalus_msg_push_reserved() - queue a message regardless of the bound
 * @queue: the queue
 * @msg: belongs to the queue afterwards
 *
 * For messages that end what an earlier one began and the reader has read: it
 * is the reader who bounds their number.
 */
void daedalus_msg_push_reserved(struct daedalus_msg_queue *queue,
				struct daedalus_msg *msg)
{
	msg->reserved = true;
	if (daedalus_msg_insert(queue, msg))
		daedalus_msg_free(msg);
}

/**
 * daedalus_msg_push_fair() - queue a message that waits for its owner's turn
 * @queue: the queue
 * @msg: belongs to the queue afterwards, unless this failed
 * @owner: on whose behalf
 *
 * Owners take turns, however many messages one of them has here. The bound does
 * not count: the caller limits their number.
 *
 * Return: 0, or -ESHUTDOWN when the queue is closed.
 */
int daedalus_msg_push_fair(struct daedalus_msg_queue *queue,
			   struct daedalus_msg *msg, u32 owner)
{
	msg->reserved = true;
	msg->fair = true;
	msg->owner = owner;
	return daedalus_msg_insert(queue, msg);
}

/**
 * daedalus_msg_drop() - take back a message that was not read yet
 * @queue: the queue
 * @type: of the message
 * @cookie: of the message
 *
 * Return: true if there was such a message.
 */
bool daedalus_msg_drop(struct daedalus_msg_queue *queue, u32 type, u32 cookie)
{
	struct daedalus_msg *msg, *found = NULL;

	spin_lock(&queue->lock);
	list_for_each_entry(msg, &queue->msgs, list) {
		if (msg->hdr.type == type && msg->hdr.cookie == cookie) {
			found = msg;
			daedalus_msg_unlink(queue, msg);
			break;
		}
	}
	spin_unlock(&queue->lock);

	daedalus_msg_free(found);
	return found;
}

/* The oldest message if it fits into count bytes, NULL if there is none. */
static struct daedalus_msg *daedalus_msg_pop(struct daedalus_msg_queue *queue,
					     size_t count)
{
	struct daedalus_msg *msg;

	spin_lock(&queue->lock);
	msg = list_first_entry_or_null(&queue->msgs, struct daedalus_msg, list);
	if (queue->closed)
		msg = ERR_PTR(-ESHUTDOWN);
	else if (msg && count < sizeof(msg->hdr) + msg->hdr.payload_len)
		msg = ERR_PTR(-EMSGSIZE);
	else if (msg)
		daedalus_msg_unlink(queue, msg);
	spin_unlock(&queue->lock);
	return msg;
}

/* Put back what daedalus_msg_pop() took. */
static void daedalus_msg_unpop(struct daedalus_msg_queue *queue,
			       struct daedalus_msg *msg)
{
	spin_lock(&queue->lock);
	if (!queue->closed) {
		list_add(&msg->list, &queue->msgs);
		queue->count += !msg->reserved;
		msg = NULL;
	}
	spin_unlock(&queue->lock);

	daedalus_msg_free(msg);
}

static bool daedalus_msg_readable(struct daedalus_msg_queue *queue)
{
	bool readable;

	spin_lock(&queue->lock);
	readable = queue->closed || !list_empty(&queue->msgs);
	spin_unlock(&queue->lock);
	return readable;
}

/**
 * daedalus_msg_read() - implement read() for a queue's file
 * @queue: the queue
 * @file: tells whether to block
 * @buf: where the message goes
 * @count: size of @buf
 * @taken: called with the message before the reader sees it; may be NULL
 * @priv: first argument of @taken
 *
 * Return: length of the message, or
 * -EAGAIN when there is none and the file does not block,
 * -EMSGSIZE when it is longer than @count, in which case it stays queued,
 * -ESHUTDOWN when the queue is closed.
 */
ssize_t daedalus_msg_read(struct daedalus_msg_queue *queue, struct file *file,
			  char __user *buf, size_t count,
			  daedalus_msg_taken_t taken, void *priv)
{
	struct daedalus_msg *msg;
	size_t len;
	int ret;

	while (!(msg = daedalus_msg_pop(queue, count))) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(queue->wait,
					       daedalus_msg_readable(queue));
		if (ret)
			return ret;
	}
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	if (taken)
		taken(priv, msg);

	len = sizeof(msg->hdr) + msg->hdr.payload_len;
	if (copy_to_user(buf, &msg->hdr, sizeof(msg->hdr)) ||
	    copy_to_user(buf + sizeof(msg->hdr), msg->payload,
			 msg->hdr.payload_len)) {
		daedalus_msg_unpop(queue, msg);
		return -EFAULT;
	}
	daedalus_msg_free(msg);
	return len;
}

__poll_t daedalus_msg_poll(struct daedalus_msg_queue *queue,
			   struct file *file, poll_table *wait)
{
	__poll_t events = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, &queue->wait, wait);

	spin_lock(&queue->lock);
	if (queue->closed)
		events = EPOLLHUP | EPOLLERR;
	else if (!list_empty(&queue->msgs))
		events |= EPOLLIN | EPOLLRDNORM;
	spin_unlock(&queue->lock);
	return events;
}

/**
 * daedalus_msg_receive() - copy and validate what was written to a file
 * @msg: result
 * @accepted: types that the file accepts
 * @num_accepted: length of @accepted
 * @buf: argument of write()
 * @count: argument of write()
 *
 * Return: 0, or the error for the writer.
 */
int daedalus_msg_receive(struct daedalus_received *msg,
			 const struct daedalus_accepted *accepted,
			 unsigned int num_accepted,
			 const char __user *buf, size_t count)
{
	struct daedalus_msg_header *hdr = &msg->hdr;
	unsigned int i;

	if (count < sizeof(*hdr))
		return -EMSGSIZE;
	if (copy_from_user(hdr, buf, sizeof(*hdr)))
		return -EFAULT;
	if (hdr->magic != DAEDALUS_MSG_MAGIC)
		return -EBADMSG;
	if (hdr->version != DAEDALUS_MSG_VERSION)
		return -EPROTO;
	if (hdr->payload_len > DAEDALUS_MSG_MAX_PAYLOAD ||
	    hdr->payload_len != count - sizeof(*hdr))
		return -EMSGSIZE;
	if (hdr->reserved)
		return -EINVAL;

	for (i = 0; i < num_accepted; i++) {
		if (accepted[i].type == hdr->type)
			break;
	}
	if (i == num_accepted)
		return -EINVAL;
	if (hdr->payload_len < accepted[i].min_len ||
	    hdr->payload_len > accepted[i].max_len)
		return -EMSGSIZE;
	if (copy_from_user(msg->payload, buf + sizeof(*hdr), hdr->payload_len))
		return -EFAULT;
	return 0;
}

/**
 * daedalus_msg_answer_ping() - queue the PONG for a PING
 * @queue: of the file that the PING was written to
 * @ping: the PING
 *
 * Return: 0, -ENOMEM, or as daedalus_msg_push().
 */
int daedalus_msg_answer_ping(struct daedalus_msg_queue *queue,
			     const struct daedalus_received *ping)
{
	struct daedalus_msg *pong;
	int ret;

	pong = daedalus_msg_alloc(DAEDALUS_MSG_PONG, ping->hdr.cookie,
				  ping->payload, ping->hdr.payload_len);
	if (!pong)
		return -ENOMEM;

	ret = daedalus_msg_push(queue, pong);
	if (ret)
		daedalus_msg_free(pong);
	return ret;
}
