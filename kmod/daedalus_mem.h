/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of planes, how it is shared, and the fences of what is written to it.
 */
#ifndef DAEDALUS_MEM_H
#define DAEDALUS_MEM_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <media/videobuf2-memops.h>

struct daedalus_ctx;
struct daedalus_dmabuf;
struct daedalus_timeline;
struct daedalus_vbuf;
struct dma_buf;
struct page;
struct vb2_buffer;

/**
 * struct daedalus_pages - memory that we allocated
 * @ref: held by the vb2 buffer, by its mappings and by the DMA-BUF
 * @pages: each with a reference of its own, whatever they were allocated as
 * @count: length of @pages
 * @vmarea: tells vb2's vm_operations how to count mappings
 * @lock: protects @attachments and what is in them. Held while caches are
 *	cleaned for a fence: nothing may be allocated in it.
 * @attachments: devices that the DMA-BUF is attached to
 * @vaddr: where an importer had the kernel map it; the DMA-BUF core serialises
 */
struct daedalus_pages {
	refcount_t ref;
	struct page **pages;
	unsigned long count;
	struct vb2_vmarea_handler vmarea;
	struct mutex lock;
	struct list_head attachments;
	void *vaddr;
};

/**
 * struct daedalus_mem - one plane of a vb2 buffer: vb2_plane.mem_priv
 * @ctx: the context
 * @pages: allocated memory, NULL if imported
 * @dmabuf: id of the memory, which holds its DMA-BUF; for allocated memory NULL
 *	until it is needed
 * @exported: allocated memory that a client has as a DMA-BUF
 */
struct daedalus_mem {
	struct daedalus_ctx *ctx;
	struct daedalus_pages *pages;
	struct daedalus_dmabuf *dmabuf;
	bool exported;
};

/* daedalus_pages.c */
struct daedalus_pages *daedalus_pages_alloc(unsigned long size);
void daedalus_pages_put(struct daedalus_pages *mem);
int daedalus_pages_mmap(struct daedalus_pages *mem, struct vm_area_struct *vma);

/* daedalus_dmabuf.c */
struct dma_buf *daedalus_dmabuf_export(struct daedalus_pages *mem);
void daedalus_dmabuf_clean(struct dma_buf *dbuf);

/* daedalus_access.c */
int daedalus_access_begin(struct daedalus_ctx *ctx, struct vb2_buffer *vb);
void daedalus_access_end(struct vb2_buffer *vb);
void daedalus_access_clean(struct vb2_buffer *vb);

/* daedalus_fence.c */
struct daedalus_timeline *daedalus_timeline_new(void);
void daedalus_timeline_end(struct daedalus_timeline *timeline);
int daedalus_fence_submit(struct daedalus_timeline *timeline,
			  struct daedalus_vbuf *src);
void daedalus_fence_finish(struct daedalus_vbuf *src, int error);
int daedalus_fence_init(void);
void daedalus_fence_exit(void);

#endif
