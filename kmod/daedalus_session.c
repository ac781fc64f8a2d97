// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions: the connection of a context to its worker, and the watchdog.
 */

#include <linux/module.h>
#include <linux/suspend.h>
#include <linux/slab.h>

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

/*
 * While processes are frozen no worker makes progress, and none has to; when they
 * run again they get their time anew.
 */
static bool daedalus_frozen;
static unsigned long daedalus_thawed;

/* How long a session may make no progress, in jiffies. */
unsigned long daedalus_timeout(void)
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
	unsigned long patience = (DAEDALUS_PATIENCE - 1) * daedalus_timeout();
	unsigned long thawed = READ_ONCE(daedalus_thawed);
	unsigned long last;

	if (time_before(progress, thawed) && time_before_eq(thawed, jiffies))
		progress = thawed;
	last = progress + patience;
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

	daedalus_limit_session_end(session);
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
	bool frozen;
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

	frozen = READ_ONCE(daedalus_frozen);
	smp_rmb(); /* of daedalus_session_freeze() */
	deadline = daedalus_session_deadline(session);
	if (frozen)
		deadline = jiffies + daedalus_timeout();
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

	session = kzalloc(sizeof(*session), GFP_KERNEL_ACCOUNT);
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
	INIT_LIST_HEAD(&session->counted);
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
 * Return: the session, or an ERR_PTR() if there is no broker to ask, or no session
 * to be had now.
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
	if (daedalus_limit_pauses(ctx))
		return ERR_PTR(-EAGAIN);
	session = daedalus_session_new(ctx);
	if (IS_ERR(session))
		return session;
	ret = daedalus_limit_session(session);
	if (!ret)
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
	if (reason != DAEDALUS_CLOSE_CLIENT)
		daedalus_limit_death(ctx);
	spin_lock(&ctx->dmabuf_lock);
	ctx->session = NULL;
	spin_unlock(&ctx->dmabuf_lock);

	if (cancel_delayed_work(&session->work))
		daedalus_session_put(session);
	daedalus_request_fail_all(ctx, session);
	daedalus_msg_queue_close(&session->queue);
	daedalus_broker_forget(session, reason);
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

/**
 * daedalus_session_freeze() - have no worker be late
 * @frozen: whether processes are about to be frozen, or have been thawed
 */
void daedalus_session_freeze(bool frozen)
{
	if (!frozen)
		WRITE_ONCE(daedalus_thawed, jiffies);
	/* Who sees that it is over sees when, too. */
	smp_wmb();
	WRITE_ONCE(daedalus_frozen, frozen);
}

static int daedalus_session_pm(struct notifier_block *nb, unsigned long event,
			       void *unused)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		daedalus_session_freeze(true);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		daedalus_session_freeze(false);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block daedalus_session_pm_nb = {
	.notifier_call = daedalus_session_pm,
};

int daedalus_session_init(void)
{
	int ret;

	daedalus_thawed = jiffies;
	daedalus_wq = alloc_workqueue(DAEDALUS_NAME, WQ_UNBOUND, 0);
	if (!daedalus_wq)
		return -ENOMEM;
	ret = register_pm_notifier(&daedalus_session_pm_nb);
	if (ret)
		destroy_workqueue(daedalus_wq);
	return ret;
}

void daedalus_session_exit(void)
{
	unregister_pm_notifier(&daedalus_session_pm_nb);
	destroy_workqueue(daedalus_wq);
}
