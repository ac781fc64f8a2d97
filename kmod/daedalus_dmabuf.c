// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The DMA-BUF of a plane that we allocated. There is one, for the client and
 * the worker alike: so it has one reservation object, and each access of either
 * is known to all devices that are attached.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "daedalus_mem.h"
#include "daedalus_trace.h"

/**
 * struct daedalus_attachment - a device that the memory is attached to
 * @list: in daedalus_pages.attachments
 * @dev: the device
 * @sgt: the memory, for it
 * @dir: how @sgt is mapped, DMA_NONE if it is not
 */
struct daedalus_attachment {
	struct list_head list;
	struct device *dev;
	struct sg_table sgt;
	enum dma_data_direction dir;
};

static int daedalus_dmabuf_attach(struct dma_buf *dbuf,
				  struct dma_buf_attachment *attach)
{
	struct daedalus_pages *mem = dbuf->priv;
	struct daedalus_attachment *a;
	int ret;

	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	ret = sg_alloc_table_from_pages(&a->sgt, mem->pages, mem->count, 0,
					mem->count << PAGE_SHIFT, GFP_KERNEL);
	if (ret) {
		kfree(a);
		return ret;
	}
	a->dev = attach->dev;
	a->dir = DMA_NONE;
	attach->priv = a;

	mutex_lock(&mem->lock);
	list_add(&a->list, &mem->attachments);
	mutex_unlock(&mem->lock);
	return 0;
}

static void daedalus_dmabuf_detach(struct dma_buf *dbuf,
				   struct dma_buf_attachment *attach)
{
	struct daedalus_pages *mem = dbuf->priv;
	struct daedalus_attachment *a = attach->priv;

	mutex_lock(&mem->lock);
	list_del(&a->list);
	mutex_unlock(&mem->lock);

	sg_free_table(&a->sgt);
	kfree(a);
}

/* Mapping cleans, whatever was written before. */
static struct sg_table *daedalus_dmabuf_map(struct dma_buf_attachment *attach,
					    enum dma_data_direction dir)
{
	struct daedalus_pages *mem = attach->dmabuf->priv;
	struct daedalus_attachment *a = attach->priv;
	int ret;

	ret = dma_map_sgtable(a->dev, &a->sgt, dir, 0);
	if (ret)
		return ERR_PTR(ret);

	mutex_lock(&mem->lock);
	a->dir = dir;
	mutex_unlock(&mem->lock);
	return &a->sgt;
}

static void daedalus_dmabuf_unmap(struct dma_buf_attachment *attach,
				  struct sg_table *sgt,
				  enum dma_data_direction dir)
{
	struct daedalus_pages *mem = attach->dmabuf->priv;
	struct daedalus_attachment *a = attach->priv;

	mutex_lock(&mem->lock);
	a->dir = DMA_NONE;
	mutex_unlock(&mem->lock);

	dma_unmap_sgtable(a->dev, sgt, dir, 0);
}

static void daedalus_dmabuf_sync(struct dma_buf *dbuf, bool to_device)
{
	struct daedalus_pages *mem = dbuf->priv;
	struct daedalus_attachment *a;

	mutex_lock(&mem->lock);
	list_for_each_entry(a, &mem->attachments, list) {
		if (a->dir == DMA_NONE)
			continue;
		/* As it is mapped, not as the CPU accesses it. */
		if (to_device)
			dma_sync_sgtable_for_device(a->dev, &a->sgt, a->dir);
		else
			dma_sync_sgtable_for_cpu(a->dev, &a->sgt, a->dir);
		trace_daedalus_dmabuf_sync(file_inode(dbuf->file)->i_ino,
					   to_device, a->dir);
	}
	mutex_unlock(&mem->lock);
}

/*
 * Invalidating drops what a CPU has written and not cleaned. So what is being
 * written, which has a fence, is waited for before and not after, as the core
 * does once more: the fence signals when all is clean.
 */
static int daedalus_dmabuf_begin(struct dma_buf *dbuf,
				 enum dma_data_direction dir)
{
	bool write = dir == DMA_BIDIRECTIONAL || dir == DMA_TO_DEVICE;
	long ret;

	ret = dma_resv_wait_timeout(dbuf->resv, dma_resv_usage_rw(write), true,
				    MAX_SCHEDULE_TIMEOUT);
	if (ret < 0)
		return ret;
	daedalus_dmabuf_sync(dbuf, false);
	return 0;
}

static int daedalus_dmabuf_end(struct dma_buf *dbuf,
			       enum dma_data_direction dir)
{
	daedalus_dmabuf_sync(dbuf, true);
	return 0;
}

static int daedalus_dmabuf_mmap(struct dma_buf *dbuf,
				struct vm_area_struct *vma)
{
	struct daedalus_pages *mem = dbuf->priv;

	/* The mapping holds the DMA-BUF. */
	return vm_map_pages(vma, mem->pages, mem->count);
}

static int daedalus_dmabuf_vmap(struct dma_buf *dbuf, struct iosys_map *map)
{
	struct daedalus_pages *mem = dbuf->priv;

	mem->vaddr = vmap(mem->pages, mem->count, VM_MAP, PAGE_KERNEL);
	if (!mem->vaddr)
		return -ENOMEM;
	iosys_map_set_vaddr(map, mem->vaddr);
	return 0;
}

static void daedalus_dmabuf_vunmap(struct dma_buf *dbuf, struct iosys_map *map)
{
	struct daedalus_pages *mem = dbuf->priv;

	vunmap(mem->vaddr);
	mem->vaddr = NULL;
	iosys_map_clear(map);
}

static void daedalus_dmabuf_release(struct dma_buf *dbuf)
{
	daedalus_pages_put(dbuf->priv);
}

static const struct dma_buf_ops daedalus_dmabuf_ops = {
	.attach			= daedalus_dmabuf_attach,
	.detach			= daedalus_dmabuf_detach,
	.map_dma_buf		= daedalus_dmabuf_map,
	.unmap_dma_buf		= daedalus_dmabuf_unmap,
	.begin_cpu_access	= daedalus_dmabuf_begin,
	.end_cpu_access		= daedalus_dmabuf_end,
	.mmap			= daedalus_dmabuf_mmap,
	.vmap			= daedalus_dmabuf_vmap,
	.vunmap			= daedalus_dmabuf_vunmap,
	.release		= daedalus_dmabuf_release,
};

/**
 * daedalus_dmabuf_export() - make the DMA-BUF of memory that has none
 * @mem: the memory; the DMA-BUF holds a reference
 *
 * Return: the DMA-BUF, or an ERR_PTR().
 */
struct dma_buf *daedalus_dmabuf_export(struct daedalus_pages *mem)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dbuf;

	info.ops = &daedalus_dmabuf_ops;
	info.size = mem->count << PAGE_SHIFT;
	info.flags = O_RDWR;
	info.priv = mem;
	/* Not after: the DMA-BUF can be gone by then. */
	refcount_inc(&mem->ref);
	dbuf = dma_buf_export(&info);
	if (IS_ERR(dbuf))
		daedalus_pages_put(mem);
	return dbuf;
}

/**
 * daedalus_dmabuf_clean() - let attached devices see what CPUs have written
 * @dbuf: from daedalus_dmabuf_export()
 *
 * For the way to a fence: waits for nothing that could wait for that fence.
 */
void daedalus_dmabuf_clean(struct dma_buf *dbuf)
{
	daedalus_dmabuf_sync(dbuf, true);
}
