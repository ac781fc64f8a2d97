// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fences: who imports a picture before it is finished waits for it.
 *
 * A request's fence is put into the reservation objects of all that it writes to
 * before the request is sent, and signals when the request is finished. Between
 * the two is a process, which may do what a fence must not depend on: it may
 * need memory that is only freed when the fence has signalled. Therefore the
 * fences of a context have a watchdog that takes no lock in which memory is
 * allocated and asks nobody: without progress all of them signal with an error.
 *
 * Whoever writes must have waited for earlier readers. The worker cannot: by
 * then readers of the picture that it is to write may have queued up behind the
 * fence, and DMA_BUF_IOCTL_SYNC waits for all. So daedalus_access_begin() begins the
 * CPU's access when the client queues the buffer, and the worker only ends it.
 */

#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "daedalus_dev.h"

/* What the watchdog gives a session's own before it acts. */
#define DAEDALUS_FENCE_GRACE_MS 500U

static struct workqueue_struct *daedalus_fence_wq;

/**
 * struct daedalus_timeline - the fences of a context
 * @ref: held by the context and the fences
 * @lock: protects @pending and daedalus_fence.link; lock of the fences
 * @pending: struct daedalus_fence that have not signalled
 * @expire: queued when @pending is not empty
 */
struct daedalus_timeline {
	struct kref ref;
	spinlock_t lock;
	struct list_head pending;
	struct delayed_work expire;
};

/**
 * struct daedalus_fence - of a request
 * @base: of a dma_fence context of its own, as requests may finish in any order
 * @timeline: a reference is held
 * @link: in daedalus_timeline.pending, or empty
 * @rcu: to free it
 *
 * A fence stays in the reservation object of somebody else's DMA-BUF until
 * another one takes its place, and needs our code to go: it holds the module,
 * which RCU gives back as for struct daedalus_media_request.
 */
struct daedalus_fence {
	struct dma_fence base;
	struct daedalus_timeline *timeline;
	struct list_head link;
	struct rcu_head rcu;
};

static unsigned long daedalus_fence_timeout(void)
{
	return daedalus_timeout() + msecs_to_jiffies(DAEDALUS_FENCE_GRACE_MS);
}

static const char *daedalus_fence_driver_name(struct dma_fence *base)
{
	return DAEDALUS_NAME;
}

static const char *daedalus_fence_timeline_name(struct dma_fence *base)
{
	return "decoder";
}

static void daedalus_timeline_release(struct kref *ref)
{
	kfree(container_of(ref, struct daedalus_timeline, ref));
}

static void daedalus_fence_free(struct rcu_head *rcu)
{
	struct daedalus_fence *fence =
		container_of(rcu, struct daedalus_fence, rcu);

	kref_put(&fence->timeline->ref, daedalus_timeline_release);
	kfree(fence);
	module_put(THIS_MODULE);
}

static void daedalus_fence_release(struct dma_fence *base)
{
	struct daedalus_fence *fence =
		container_of(base, struct daedalus_fence, base);

	call_rcu(&fence->rcu, daedalus_fence_free);
}

static const struct dma_fence_ops daedalus_fence_ops = {
	.get_driver_name	= daedalus_fence_driver_name,
	.get_timeline_name	= daedalus_fence_timeline_name,
	.release		= daedalus_fence_release,
};

static void daedalus_fence_signal_locked(struct daedalus_fence *fence,
					 int error)
{
	lockdep_assert_held(&fence->timeline->lock);

	list_del_init(&fence->link);
	if (error)
		dma_fence_set_error(&fence->base, error);
	dma_fence_signal_locked(&fence->base);
}

static void daedalus_timeline_expire(struct work_struct *work)
{
	struct daedalus_timeline *timeline =
		container_of(to_delayed_work(work), struct daedalus_timeline,
			     expire);
	struct daedalus_fence *fence, *next;
	unsigned long flags;
	bool cookie;

	cookie = dma_fence_begin_signalling();
	spin_lock_irqsave(&timeline->lock, flags);
	list_for_each_entry_safe(fence, next, &timeline->pending, link)
		daedalus_fence_signal_locked(fence, -ETIMEDOUT);
	spin_unlock_irqrestore(&timeline->lock, flags);
	dma_fence_end_signalling(cookie);
}

/**
 * daedalus_timeline_new() - make the timeline of a context
 *
 * Return: the timeline, to be given to daedalus_timeline_end(), or NULL.
 */
struct daedalus_timeline *daedalus_timeline_new(void)
{
	struct daedalus_timeline *timeline;

	timeline = kzalloc(sizeof(*timeline), GFP_KERNEL_ACCOUNT);
	if (!timeline)
		return NULL;
	kref_init(&timeline->ref);
	spin_lock_init(&timeline->lock);
	INIT_LIST_HEAD(&timeline->pending);
	INIT_DELAYED_WORK(&timeline->expire, daedalus_timeline_expire);
	return timeline;
}

/**
 * daedalus_timeline_end() - the context goes
 * @timeline: its timeline, all of whose fences have signalled
 */
void daedalus_timeline_end(struct daedalus_timeline *timeline)
{
	WARN_ON_ONCE(!list_empty(&timeline->pending));
	cancel_delayed_work_sync(&timeline->expire);
	kref_put(&timeline->ref, daedalus_timeline_release);
}

static struct daedalus_fence *
daedalus_fence_new(struct daedalus_timeline *timeline)
{
	struct daedalus_fence *fence;

	fence = kzalloc(sizeof(*fence), GFP_KERNEL_ACCOUNT);
	if (!fence)
		return NULL;
	/* The context's file has it. */
	__module_get(THIS_MODULE);
	kref_get(&timeline->ref);
	fence->timeline = timeline;
	INIT_LIST_HEAD(&fence->link);
	dma_fence_init(&fence->base, &daedalus_fence_ops, &timeline->lock,
		       dma_fence_context_alloc(1), 1);
	return fence;
}

/* From here on somebody may wait. */
static void daedalus_fence_arm(struct daedalus_fence *fence)
{
	struct daedalus_timeline *timeline = fence->timeline;
	unsigned long flags;

	spin_lock_irqsave(&timeline->lock, flags);
	if (list_empty(&timeline->pending))
		mod_delayed_work(daedalus_fence_wq, &timeline->expire,
				 daedalus_fence_timeout());
	list_add_tail(&fence->link, &timeline->pending);
	spin_unlock_irqrestore(&timeline->lock, flags);
}

static void daedalus_fence_signal(struct daedalus_fence *fence, int error)
{
	struct daedalus_timeline *timeline = fence->timeline;
	unsigned long flags;

	spin_lock_irqsave(&timeline->lock, flags);
	if (!list_empty(&fence->link))
		daedalus_fence_signal_locked(fence, error);
	if (list_empty(&timeline->pending))
		cancel_delayed_work(&timeline->expire);
	else
		mod_delayed_work(daedalus_fence_wq, &timeline->expire,
				 daedalus_fence_timeout());
	spin_unlock_irqrestore(&timeline->lock, flags);
}

static int daedalus_fence_publish(struct daedalus_fence *fence,
				  struct dma_resv *resv)
{
	int ret;

	dma_resv_lock(resv, NULL);
	ret = dma_resv_reserve_fences(resv, 1);
	if (!ret)
		dma_resv_add_fence(resv, &fence->base, DMA_RESV_USAGE_WRITE);
	dma_resv_unlock(resv);
	return ret;
}

/**
 * daedalus_fence_submit() - whoever imports a request's picture waits from now on
 * @timeline: of the context
 * @src: the request, whose buffers have their ids
 *
 * vb_mutex is held. daedalus_ctx.lock is not: who holds a reservation object's
 * lock may wait for a fence of ours, which that lock is needed for.
 *
 * daedalus_fence_finish() has to follow, soon and in any case.
 *
 * Return: 0, or -ENOMEM.
 */
int daedalus_fence_submit(struct daedalus_timeline *timeline,
			  struct daedalus_vbuf *src)
{
	struct daedalus_fence *fence;
	unsigned int i;
	int ret;

	fence = daedalus_fence_new(timeline);
	if (!fence)
		return -ENOMEM;
	src->fence = fence;
	daedalus_fence_arm(fence);
	for (i = 1; i < src->num_dmabufs; i++) {
		ret = daedalus_fence_publish(fence, src->dmabufs[i]->dbuf->resv);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * daedalus_fence_finish() - a request's picture is as it will be
 * @src: the request
 * @error: 0, or why there is no picture
 *
 * Devices see it before anybody is told.
 */
void daedalus_fence_finish(struct daedalus_vbuf *src, int error)
{
	struct daedalus_fence *fence = src->fence;
	bool cookie;

	if (!fence)
		return;
	src->fence = NULL;

	cookie = dma_fence_begin_signalling();
	daedalus_access_clean(&src->dst->m2m.vb.vb2_buf);
	daedalus_fence_signal(fence, error);
	dma_fence_end_signalling(cookie);
	dma_fence_put(&fence->base);
}

int daedalus_fence_init(void)
{
	/* Memory may be waiting for what it does. */
	daedalus_fence_wq = alloc_workqueue(DAEDALUS_NAME "_fence",
					    WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	return daedalus_fence_wq ? 0 : -ENOMEM;
}

void daedalus_fence_exit(void)
{
	destroy_workqueue(daedalus_fence_wq);
}
