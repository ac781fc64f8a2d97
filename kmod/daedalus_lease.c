// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that a worker may still write, though its request has ended.
 *
 * vb2 has its buffers back at once when a queue is stopped, a file is closed or a
 * session fails, whatever the worker does. But nobody can have the same memory
 * queued again before the worker has answered that request, or has closed its
 * file, which the end of its process does.
 */

#include <linux/dma-buf.h>
#include <linux/slab.h>

#include "daedalus_dev.h"

/**
 * struct daedalus_lease - the picture of a request that was read and has ended
 * @list: in daedalus_dev.leases
 * @session: whose worker has it; the session file holds a reference
 * @cookie: of the request
 * @num_dbufs: length of @dbufs
 * @dbufs: the memory; references are held
 */
struct daedalus_lease {
	struct list_head list;
	struct daedalus_session *session;
	u32 cookie;
	unsigned int num_dbufs;
	struct dma_buf *dbufs[DAEDALUS_MAX_PLANES];
};

static void daedalus_lease_free(struct daedalus_lease *lease)
{
	unsigned int i;

	for (i = 0; i < lease->num_dbufs; i++)
		dma_buf_put(lease->dbufs[i]);
	kfree(lease);
}

/**
 * daedalus_lease_keep() - a request that the worker has read ends without it
 * @session: the worker's session
 * @src: the request; the lock of its context is held
 */
void daedalus_lease_keep(struct daedalus_session *session,
			 struct daedalus_vbuf *src)
{
	struct daedalus_dev *dev = session->dev;
	struct daedalus_lease *lease;
	unsigned int i;

	/* There is no way to do without. */
	lease = kzalloc(sizeof(*lease), GFP_KERNEL | __GFP_NOFAIL);
	lease->session = session;
	lease->cookie = src->cookie;
	for (i = 1; i < src->num_dmabufs; i++) {
		get_dma_buf(src->dmabufs[i]->dbuf);
		lease->dbufs[lease->num_dbufs++] = src->dmabufs[i]->dbuf;
	}

	spin_lock(&dev->lease_lock);
	if (!session->released) {
		list_add(&lease->list, &dev->leases);
		lease = NULL;
	}
	spin_unlock(&dev->lease_lock);

	if (lease)
		daedalus_lease_free(lease);
}

static void daedalus_lease_finish(struct daedalus_session *session, bool all,
				  u32 cookie)
{
	struct daedalus_dev *dev = session->dev;
	struct daedalus_lease *lease, *next;
	LIST_HEAD(ended);

	spin_lock(&dev->lease_lock);
	if (all)
		session->released = true;
	list_for_each_entry_safe(lease, next, &dev->leases, list) {
		if (lease->session == session &&
		    (all || lease->cookie == cookie))
			list_move(&lease->list, &ended);
	}
	dev->leases_ended++;
	spin_unlock(&dev->lease_lock);

	if (list_empty(&ended))
		return;
	list_for_each_entry_safe(lease, next, &ended, list)
		daedalus_lease_free(lease);
	wake_up_all(&dev->lease_wait);
}

/**
 * daedalus_lease_end() - a worker has answered
 * @session: the worker's session
 * @cookie: of the request
 */
void daedalus_lease_end(struct daedalus_session *session, u32 cookie)
{
	if (!list_empty_careful(&session->dev->leases))
		daedalus_lease_finish(session, false, cookie);
}

/**
 * daedalus_lease_end_all() - a worker's file is closed
 * @session: the worker's session
 */
void daedalus_lease_end_all(struct daedalus_session *session)
{
	daedalus_lease_finish(session, true, 0);
}

static bool daedalus_lease_has(struct daedalus_dev *dev,
			       const struct dma_buf *dbuf)
{
	const struct daedalus_lease *lease;
	bool found = false;
	unsigned int i;

	spin_lock(&dev->lease_lock);
	list_for_each_entry(lease, &dev->leases, list) {
		for (i = 0; i < lease->num_dbufs; i++)
			found |= lease->dbufs[i] == dbuf;
	}
	spin_unlock(&dev->lease_lock);
	return found;
}

/**
 * daedalus_lease_check() - whether memory can be queued to be written to
 * @ctx: the context that wants to; vb_mutex is held
 * @dbuf: the memory; memory without one is nobody else's
 *
 * Its fences have signalled: a lease is kept before that.
 *
 * Return: 0, or -EBUSY if a worker may still write it.
 */
int daedalus_lease_check(struct daedalus_ctx *ctx, const struct dma_buf *dbuf)
{
	if (!daedalus_lease_has(ctx->dev, dbuf))
		return 0;
	daedalus_wait_note(ctx, NULL);
	return -EBUSY;
}
