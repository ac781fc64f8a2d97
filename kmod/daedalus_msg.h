/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded queue of messages from the kernel to one reader, see
 * daedalus_v4l2_proto.h.
 */
#ifndef DAEDALUS_MSG_H
#define DAEDALUS_MSG_H

#include <linux/list.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "daedalus_v4l2_proto.h"

/**
 * struct daedalus_msg - one message that waits for its reader
 * @list: place in the queue
 * @reserved: not counted for the queue's bound
 * @fair: see daedalus_msg_push_fair()
 * @owner: of a fair message: who takes turns with others
 * @turn: of a fair message: how many of its owner were before it
 * @hdr: what the reader gets first
 * @payload: followed by hdr.payload_len bytes
 */
struct daedalus_msg {
	struct list_head list;
	bool reserved;
	bool fair;
	u32 owner;
	u32 turn;
	struct daedalus_msg_header hdr;
	u8 payload[] __aligned(8);
};

/**
 * struct daedalus_msg_queue - messages that wait for one file's reader
 * @lock: protects @msgs, @count and @closed
 * @msgs: struct daedalus_msg, oldest first
 * @count: messages in @msgs that are not reserved
 * @max: bound of @count, see daedalus_msg_push()
 * @closed: nothing goes in or out any more
 * @wait: the reader
 */
struct daedalus_msg_queue {
	spinlock_t lock;
	struct list_head msgs;
	unsigned int count;
	unsigned int max;
	bool closed;
	wait_queue_head_t wait;
};

struct daedalus_msg *daedalus_msg_alloc(u32 type, u32 cookie,
					const void *payload, u32 len);
void daedalus_msg_free(struct daedalus_msg *msg);

void daedalus_msg_queue_init(struct daedalus_msg_queue *queue,
			     unsigned int max);
void daedalus_msg_queue_close(struct daedalus_msg_queue *queue);
int daedalus_msg_push(struct daedalus_msg_queue *queue,
		      struct daedalus_msg *msg);
void daedalus_msg_push_reserved(struct daedalus_msg_queue *queue,
				struct daedalus_msg *msg);
int daedalus_msg_push_fair(struct daedalus_msg_queue *queue,
			   struct daedalus_msg *msg, u32 owner);
bool daedalus_msg_drop(struct daedalus_msg_queue *queue, u32 type, u32 cookie);

typedef void (*daedalus_msg_taken_t)(void *priv,
				     const struct daedalus_msg *msg);
ssize_t daedalus_msg_read(struct daedalus_msg_queue *queue, struct file *file,
			  char __user *buf, size_t count,
			  daedalus_msg_taken_t taken, void *priv);
__poll_t daedalus_msg_poll(struct daedalus_msg_queue *queue,
			   struct file *file, poll_table *wait);

/* Largest payload that the kernel takes from the broker or a worker. */
#define DAEDALUS_MSG_MAX_RECEIVED DAEDALUS_MSG_MAX_PING

/**
 * struct daedalus_received - a message from the broker or a worker
 * @hdr: validated by daedalus_msg_receive()
 * @payload: hdr.payload_len bytes
 */
struct daedalus_received {
	struct daedalus_msg_header hdr;
	u8 payload[DAEDALUS_MSG_MAX_RECEIVED] __aligned(8);
};

/**
 * struct daedalus_accepted - a type of message that a file accepts
 * @type: enum daedalus_msg_type, perhaps with DAEDALUS_MSG_RESPONSE
 * @min_len: shortest payload
 * @max_len: longest payload, up to DAEDALUS_MSG_MAX_RECEIVED
 */
struct daedalus_accepted {
	u32 type;
	u32 min_len;
	u32 max_len;
};

int daedalus_msg_receive(struct daedalus_received *msg,
			 const struct daedalus_accepted *accepted,
			 unsigned int num_accepted,
			 const char __user *buf, size_t count);
int daedalus_msg_answer_ping(struct daedalus_msg_queue *queue,
			     const struct daedalus_received *ping);

#endif
