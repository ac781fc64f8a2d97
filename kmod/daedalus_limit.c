// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What one client can have, so that there is something left for the others:
 * memory of buffers, sessions (each of which is a process of the daemon), and new
 * workers for a stream that ends them all.
 */

#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "daedalus_dev.h"

static unsigned int context_mib;
module_param(context_mib, uint, 0644);
MODULE_PARM_DESC(context_mib,
		 "MiB of buffers that are allocated for one open file (0: a quarter of the memory)");

static unsigned int device_mib;
module_param(device_mib, uint, 0644);
MODULE_PARM_DESC(device_mib,
		 "MiB of buffers that are allocated for all open files (0: half of the memory)");

static unsigned int user_sessions = 64;
module_param(user_sessions, uint, 0644);
MODULE_PARM_DESC(user_sessions,
		 "Sessions that one user may have, ended ones with a living worker included");

static unsigned int max_sessions = 256;
module_param(max_sessions, uint, 0644);
MODULE_PARM_DESC(max_sessions,
		 "Sessions that there may be, ended ones with a living worker included");

/* Workers in a row that may end without a picture before there is a pause. */
#define DAEDALUS_FREE_DEATHS	3U
#define DAEDALUS_FIRST_PAUSE	(HZ / 4)
#define DAEDALUS_MAX_DOUBLINGS	5U

static s64 daedalus_limit_bytes(unsigned int mib, unsigned int share)
{
	if (mib)
		return (s64)mib << 20;
	return ((s64)totalram_pages() << PAGE_SHIFT) / share;
}

static s64 daedalus_limit_context(void)
{
	return daedalus_limit_bytes(READ_ONCE(context_mib), 4);
}

static s64 daedalus_limit_device(void)
{
	return daedalus_limit_bytes(READ_ONCE(device_mib), 2);
}

/**
 * daedalus_limit_allows() - whether there can be a buffer of some size
 * @bytes: of the buffer
 *
 * Only so as not to allocate in vain; daedalus_limit_charge() decides.
 *
 * Return: true if there can, as far as no other buffer is in its way.
 */
bool daedalus_limit_allows(s64 bytes)
{
	return bytes <= daedalus_limit_context() &&
	       bytes <= daedalus_limit_device();
}

/**
 * daedalus_limit_charge() - count a buffer that was allocated
 * @ctx: the context
 * @vbuf: the buffer
 *
 * Return: 0, or -ENOMEM if that is too much.
 */
int daedalus_limit_charge(struct daedalus_ctx *ctx, struct daedalus_vbuf *vbuf)
{
	const struct vb2_buffer *vb = to_vb(vbuf);
	unsigned int i;
	s64 bytes = 0, context, device;

	/* What a client brings is accounted where it comes from. */
	if (vb->memory != VB2_MEMORY_MMAP)
		return 0;

	for (i = 0; i < vb->num_planes; i++)
		bytes += PAGE_ALIGN(vb->planes[i].length);
	vbuf->charged = bytes;
	context = atomic64_add_return(bytes, &ctx->allocated);
	device = atomic64_add_return(bytes, &ctx->dev->allocated);
	if (context > daedalus_limit_context() ||
	    device > daedalus_limit_device()) {
		daedalus_limit_uncharge(ctx, vbuf);
		return -ENOMEM;
	}
	return 0;
}

/**
 * daedalus_limit_uncharge() - a buffer is about to be freed
 * @ctx: the context
 * @vbuf: the buffer
 */
void daedalus_limit_uncharge(struct daedalus_ctx *ctx,
			     struct daedalus_vbuf *vbuf)
{
	atomic64_sub(vbuf->charged, &ctx->allocated);
	atomic64_sub(vbuf->charged, &ctx->dev->allocated);
	vbuf->charged = 0;
}

/**
 * daedalus_limit_session() - count a new session
 * @session: the session
 *
 * Return: 0, -EUSERS if its user has as many as one may have, or -EAGAIN if there
 * are as many as there may be.
 */
int daedalus_limit_session(struct daedalus_session *session)
{
	struct daedalus_dev *dev = session->dev;
	const struct daedalus_session *other;
	unsigned int all = 0, same = 0;
	int ret = 0;

	spin_lock(&dev->count_lock);
	list_for_each_entry(other, &dev->counted, counted) {
		all++;
		same += uid_eq(other->ctx->uid, session->ctx->uid);
	}
	if (same >= READ_ONCE(user_sessions))
		ret = -EUSERS;
	else if (all >= READ_ONCE(max_sessions))
		ret = -EAGAIN;
	else
		list_add(&session->counted, &dev->counted);
	spin_unlock(&dev->count_lock);
	return ret;
}

/**
 * daedalus_limit_session_end() - a session is about to be freed
 * @session: the session, which may have been refused
 */
void daedalus_limit_session_end(struct daedalus_session *session)
{
	spin_lock(&session->dev->count_lock);
	list_del_init(&session->counted);
	spin_unlock(&session->dev->count_lock);
}

/**
 * daedalus_limit_death() - a session ended, and not by its client's will
 * @ctx: the context; its lock is held
 */
void daedalus_limit_death(struct daedalus_ctx *ctx)
{
	unsigned int doublings;

	lockdep_assert_held(&ctx->lock);

	if (++ctx->deaths <= DAEDALUS_FREE_DEATHS)
		return;
	doublings = min(ctx->deaths - DAEDALUS_FREE_DEATHS - 1,
			DAEDALUS_MAX_DOUBLINGS);
	ctx->pause_end = jiffies + (DAEDALUS_FIRST_PAUSE << doublings);
}

/**
 * daedalus_limit_pauses() - whether a context has to wait for its next worker
 * @ctx: the context; its lock is held
 *
 * Return: true if too many have ended without a picture.
 */
bool daedalus_limit_pauses(struct daedalus_ctx *ctx)
{
	lockdep_assert_held(&ctx->lock);

	return ctx->deaths > DAEDALUS_FREE_DEATHS &&
	       time_before(jiffies, ctx->pause_end);
}
