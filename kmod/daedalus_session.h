/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sessions, and the broker who is told of them.
 */
#ifndef DAEDALUS_SESSION_H
#define DAEDALUS_SESSION_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "daedalus_msg.h"
#include "daedalus_v4l2_proto.h"

struct daedalus_ctx;
struct daedalus_dev;
struct daedalus_vbuf;
struct device;
struct dma_buf;
struct daedalus_control_file;

/**
 * struct daedalus_broker - the control device
 * @lock: protects all below and daedalus_session.taken. Never held while
 *	waiting for anything but memory.
 * @owner: the open control file, NULL if there is none
 * @sessions: struct daedalus_session that are not closed, by id
 * @next_session: id that the next one gets if it is free
 */
struct daedalus_broker {
	struct mutex lock;
	struct daedalus_control_file *owner;
	struct xarray sessions;
	u32 next_session;
};

/**
 * struct daedalus_session - a context and its worker
 * @ref: held by the context, the session file, the work and for lookups
 * @dev: the device
 * @ctx: the context; a reference is held
 * @id: names the session, see struct daedalus_session_open
 * @codec: fourcc of the OUTPUT queue
 * @owner: the control file that was told of the session; only compared
 * @queue: messages for the worker
 * @close_msg: SESSION_CLOSE for the broker, allocated ahead
 * @work: the watchdog, and the way to fail the session from where
 *	daedalus_ctx.lock cannot be taken; holds a reference when pending
 * @failed: reason given to daedalus_session_fail(), plus one
 * @progress: jiffies of the last answer to a request, or of the first request
 *	or the worker's arrival since
 * @alive: jiffies of the worker's last PONG
 * @closed: protected by daedalus_ctx.lock
 * @taken: the session file was given out; protected by daedalus_broker.lock
 * @pid: who reads the session file, 0 if nobody did yet
 * @released: the session file is closed; protected by daedalus_dev.lease_lock
 * @counted: in daedalus_dev.counted
 */
struct daedalus_session {
	struct kref ref;
	struct daedalus_dev *dev;
	struct daedalus_ctx *ctx;
	u32 id;
	u32 codec;
	struct daedalus_control_file *owner;
	struct daedalus_msg_queue queue;
	struct daedalus_msg *close_msg;
	struct delayed_work work;
	atomic_t failed;
	unsigned long progress;
	unsigned long alive;
	bool closed;
	bool taken;
	pid_t pid;
	bool released;
	struct list_head counted;
};

/* daedalus_session.c */
struct daedalus_session *daedalus_session_open(struct daedalus_ctx *ctx);
void daedalus_session_close(struct daedalus_ctx *ctx, u32 reason);
void daedalus_session_fail(struct daedalus_session *session, u32 reason);
unsigned long daedalus_timeout(void);
void daedalus_session_watch(struct daedalus_session *session);
void daedalus_session_put(struct daedalus_session *session);
void daedalus_session_freeze(bool frozen);
int daedalus_session_init(void);
void daedalus_session_exit(void);

/* daedalus_session_file.c */
int daedalus_session_take(struct daedalus_session *session,
			  struct daedalus_session_fd __user *arg);

/* daedalus_broker.c */
void daedalus_broker_prepare(struct daedalus_dev *dev);
int daedalus_broker_init(struct daedalus_dev *dev, struct device *parent);
void daedalus_broker_exit(struct daedalus_dev *dev);
int daedalus_broker_announce(struct daedalus_session *session);
void daedalus_broker_forget(struct daedalus_session *session, u32 reason);
bool daedalus_broker_ready(struct daedalus_dev *dev);
int daedalus_broker_ping(struct daedalus_dev *dev);
void daedalus_broker_untake(struct daedalus_session *session);

/* daedalus_lease.c */
void daedalus_lease_keep(struct daedalus_session *session,
			 struct daedalus_vbuf *src);
void daedalus_lease_end(struct daedalus_session *session, u32 cookie);
void daedalus_lease_end_all(struct daedalus_session *session);
int daedalus_lease_check(struct daedalus_ctx *ctx, const struct dma_buf *dbuf);

/* daedalus_wait.c */
void daedalus_wait_note(struct daedalus_ctx *ctx, struct dma_buf *dbuf);
long daedalus_wait_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif
