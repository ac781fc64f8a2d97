// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of vb2 buffers, and the ids by which workers know it.
 *
 * The kernel never touches what is in a buffer. An imported DMA-BUF is neither
 * attached nor mapped, only referenced; memory that we allocate gets a DMA-BUF
 * when the client or the worker first needs it, which lives at least as long as
 * the vb2 buffer does. It refers to the memory, not to the queue, so it makes no
 * reference cycle.
 *
 * In a context each DMA-BUF has one id for as long as a vb2 buffer or a request
 * in flight uses it, so that the worker maps it once.
 */

#include <linux/dma-buf.h>
#include <linux/fs.h>
#include <linux/slab.h>

#include "daedalus_dev.h"

static struct daedalus_dmabuf *daedalus_dmabuf_lookup(struct daedalus_ctx *ctx,
						      u32 id)
{
	struct daedalus_dmabuf *dmabuf;

	lockdep_assert_held(&ctx->dmabuf_lock);

	list_for_each_entry(dmabuf, &ctx->dmabufs, list) {
		if (dmabuf->id == id)
			return dmabuf;
	}
	return NULL;
}

static struct daedalus_dmabuf *
daedalus_dmabuf_reuse(struct daedalus_ctx *ctx, const struct dma_buf *dbuf)
{
	struct daedalus_dmabuf *dmabuf;

	lockdep_assert_held(&ctx->dmabuf_lock);

	list_for_each_entry(dmabuf, &ctx->dmabufs, list) {
		if (dmabuf->dbuf == dbuf) {
			dmabuf->users++;
			return dmabuf;
		}
	}
	return NULL;
}

static void daedalus_dmabuf_free(struct daedalus_dmabuf *dmabuf)
{
	daedalus_msg_free(dmabuf->free_msg);
	dma_buf_put(dmabuf->dbuf);
	kfree(dmabuf);
}

/*
 * The id of a DMA-BUF, a new one if need be; with a user more. The reference to
 * dbuf stays the caller's.
 */
static struct daedalus_dmabuf *daedalus_dmabuf_get(struct daedalus_ctx *ctx,
						   struct dma_buf *dbuf)
{
	struct daedalus_dmabuf *dmabuf, *other;

	dmabuf = kzalloc(sizeof(*dmabuf), GFP_KERNEL);
	if (!dmabuf)
		return ERR_PTR(-ENOMEM);
	get_dma_buf(dbuf);
	dmabuf->dbuf = dbuf;
	dmabuf->users = 1;
	dmabuf->free_msg =
		daedalus_msg_alloc(DAEDALUS_MSG_BUFFER_FREE, 0, NULL,
				   sizeof(struct daedalus_buffer_free));
	if (!dmabuf->free_msg) {
		daedalus_dmabuf_free(dmabuf);
		return ERR_PTR(-ENOMEM);
	}

	spin_lock(&ctx->dmabuf_lock);
	other = daedalus_dmabuf_reuse(ctx, dbuf);
	if (!other) {
		do {
			dmabuf->id = ++ctx->last_dmabuf;
		} while (!dmabuf->id ||
			 daedalus_dmabuf_lookup(ctx, dmabuf->id));
		list_add(&dmabuf->list, &ctx->dmabufs);
	}
	spin_unlock(&ctx->dmabuf_lock);

	if (!other)
		return dmabuf;
	daedalus_dmabuf_free(dmabuf);
	return other;
}

/**
 * daedalus_dmabuf_put() - a user less
 * @ctx: the context
 * @dmabuf: from daedalus_mem_name_buffers()
 *
 * With its last user an id ends, and a worker that knew it is told.
 */
void daedalus_dmabuf_put(struct daedalus_ctx *ctx,
			 struct daedalus_dmabuf *dmabuf)
{
	struct daedalus_session *session;
	bool last;

	spin_lock(&ctx->dmabuf_lock);
	last = !--dmabuf->users;
	if (last) {
		list_del(&dmabuf->list);
		session = ctx->session;
		if (session && session->id == dmabuf->named_to) {
			struct daedalus_buffer_free *gone =
				(void *)dmabuf->free_msg->payload;

			gone->buffer_id = dmabuf->id;
			daedalus_msg_push_reserved(&session->queue,
						   dmabuf->free_msg);
			dmabuf->free_msg = NULL;
		}
	}
	spin_unlock(&ctx->dmabuf_lock);

	if (last)
		daedalus_dmabuf_free(dmabuf);
}

/**
 * daedalus_dmabuf_find() - the DMA-BUF behind an id
 * @ctx: the context
 * @id: what a worker asks for
 *
 * Return: the DMA-BUF with a reference, or NULL.
 */
struct dma_buf *daedalus_dmabuf_find(struct daedalus_ctx *ctx, u32 id)
{
	struct daedalus_dmabuf *dmabuf;
	struct dma_buf *dbuf = NULL;

	spin_lock(&ctx->dmabuf_lock);
	dmabuf = daedalus_dmabuf_lookup(ctx, id);
	if (dmabuf) {
		dbuf = dmabuf->dbuf;
		get_dma_buf(dbuf);
	}
	spin_unlock(&ctx->dmabuf_lock);
	return dbuf;
}

/* See to it that a plane has its DMA-BUF, which its id holds. */
static int daedalus_mem_export(struct daedalus_mem *mem)
{
	struct daedalus_dmabuf *dmabuf;
	struct dma_buf *dbuf;

	if (mem->dmabuf)
		return 0;
	dbuf = daedalus_dmabuf_export(mem->pages);
	if (IS_ERR(dbuf))
		return PTR_ERR(dbuf);

	dmabuf = daedalus_dmabuf_get(mem->ctx, dbuf);
	dma_buf_put(dbuf);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	mem->dmabuf = dmabuf;
	return 0;
}

/* The id of a plane, to be given to daedalus_dmabuf_put(). */
static int daedalus_mem_get_dmabuf(struct vb2_buffer *vb, unsigned int plane,
				   struct daedalus_dmabuf **out)
{
	struct daedalus_mem *mem = vb->planes[plane].mem_priv;
	int ret;

	ret = daedalus_mem_export(mem);
	if (ret)
		return ret;

	spin_lock(&mem->ctx->dmabuf_lock);
	mem->dmabuf->users++;
	spin_unlock(&mem->ctx->dmabuf_lock);
	*out = mem->dmabuf;
	return 0;
}

/**
 * daedalus_mem_name_buffers() - find the ids of a request's buffers
 * @src: the request; vb_mutex is held
 *
 * Return: 0 or a negative errno; what is in daedalus_vbuf.dmabufs then is to be
 * given to daedalus_dmabuf_put() all the same.
 */
int daedalus_mem_name_buffers(struct daedalus_vbuf *src)
{
	struct vb2_buffer *dst = &src->dst->m2m.vb.vb2_buf;
	unsigned int i;
	int ret;

	ret = daedalus_mem_get_dmabuf(&src->m2m.vb.vb2_buf, 0,
				      &src->dmabufs[0]);
	if (ret)
		return ret;
	src->num_dmabufs = 1;

	for (i = 0; i < dst->num_planes; i++) {
		ret = daedalus_mem_get_dmabuf(dst, i, &src->dmabufs[1 + i]);
		if (ret)
			return ret;
		src->num_dmabufs++;
	}
	return 0;
}

/**
 * daedalus_mem_is_cpu_only() - whether no device can have access to a plane
 * @vb: the buffer; vb_mutex is held
 * @plane: its plane
 *
 * Return: true if it is our own memory and was given to nobody else.
 */
bool daedalus_mem_is_cpu_only(const struct vb2_buffer *vb, unsigned int plane)
{
	const struct daedalus_mem *mem = vb->planes[plane].mem_priv;

	return mem->pages && !mem->exported;
}

/* vb2 memory operations */

static void *daedalus_mem_alloc(struct vb2_buffer *vb, struct device *dev,
				unsigned long size)
{
	struct daedalus_mem *mem;
	struct daedalus_pages *pages;

	mem = kzalloc(sizeof(*mem), GFP_KERNEL_ACCOUNT);
	if (!mem)
		return ERR_PTR(-ENOMEM);

	pages = daedalus_pages_alloc(size);
	if (IS_ERR(pages)) {
		kfree(mem);
		return pages;
	}
	mem->ctx = vb2_get_drv_priv(vb->vb2_queue);
	mem->pages = pages;
	return mem;
}

static void daedalus_mem_put(void *mem_priv)
{
	struct daedalus_mem *mem = mem_priv;

	if (mem->dmabuf)
		daedalus_dmabuf_put(mem->ctx, mem->dmabuf);
	daedalus_pages_put(mem->pages);
	kfree(mem);
}

/*
 * A DMA-BUF is one file and has one mode: the worker writes, so a client that
 * asks for a descriptor to read gets no less. What it can write is its own.
 */
static struct dma_buf *daedalus_mem_get_export(struct vb2_buffer *vb,
					       void *mem_priv,
					       unsigned long flags)
{
	struct daedalus_mem *mem = mem_priv;
	int ret;

	ret = daedalus_mem_export(mem);
	if (ret)
		return ERR_PTR(ret);
	mem->exported = true;
	get_dma_buf(mem->dmabuf->dbuf);
	return mem->dmabuf->dbuf;
}

static void *daedalus_mem_attach(struct vb2_buffer *vb, struct device *dev,
				 struct dma_buf *dbuf, unsigned long size)
{
	struct daedalus_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);
	struct daedalus_dmabuf *dmabuf;
	struct daedalus_mem *mem;

	if (dbuf->size < size)
		return ERR_PTR(-EINVAL);
	if (V4L2_TYPE_IS_CAPTURE(vb->vb2_queue->type) &&
	    !(dbuf->file->f_mode & FMODE_WRITE))
		return ERR_PTR(-EACCES);

	mem = kzalloc(sizeof(*mem), GFP_KERNEL);
	if (!mem)
		return ERR_PTR(-ENOMEM);
	dmabuf = daedalus_dmabuf_get(ctx, dbuf);
	if (IS_ERR(dmabuf)) {
		kfree(mem);
		return dmabuf;
	}
	mem->ctx = ctx;
	mem->dmabuf = dmabuf;
	return mem;
}

static void daedalus_mem_detach(void *mem_priv)
{
	struct daedalus_mem *mem = mem_priv;

	daedalus_dmabuf_put(mem->ctx, mem->dmabuf);
	kfree(mem);
}

static int daedalus_mem_map(void *mem_priv)
{
	return 0;
}

static void daedalus_mem_unmap(void *mem_priv)
{
}

/* Users of allocated memory apart from the worker, who is no mapping. */
static unsigned int daedalus_mem_num_users(void *mem_priv)
{
	struct daedalus_mem *mem = mem_priv;

	if (!mem->pages)
		return 1;
	return refcount_read(&mem->pages->ref) -
	       (mem->dmabuf && !mem->exported);
}

static int daedalus_mem_mmap(void *mem_priv, struct vm_area_struct *vma)
{
	struct daedalus_mem *mem = mem_priv;

	return daedalus_pages_mmap(mem->pages, vma);
}

const struct vb2_mem_ops daedalus_mem_ops = {
	.alloc		= daedalus_mem_alloc,
	.put		= daedalus_mem_put,
	.get_dmabuf	= daedalus_mem_get_export,
	.attach_dmabuf	= daedalus_mem_attach,
	.detach_dmabuf	= daedalus_mem_detach,
	.map_dmabuf	= daedalus_mem_map,
	.unmap_dmabuf	= daedalus_mem_unmap,
	.num_users	= daedalus_mem_num_users,
	.mmap		= daedalus_mem_mmap,
};
