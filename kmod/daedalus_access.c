// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worker's access to CAPTURE buffers, as far as it is the kernel's to begin
 * and to end; see daedalus_fence.c.
 */

#include <linux/dma-buf.h>
#include <linux/dma-resv.h>

#include "daedalus_dev.h"

/* The plane's memory if it has a DMA-BUF and no earlier plane has the same. */
static struct daedalus_mem *daedalus_access_mem(const struct vb2_buffer *vb,
						unsigned int plane)
{
	struct daedalus_mem *mem = vb->planes[plane].mem_priv;
	unsigned int i;

	for (i = 0; i < plane; i++) {
		const struct daedalus_mem *other = vb->planes[i].mem_priv;

		if (other->dmabuf == mem->dmabuf)
			return NULL;
	}
	return mem->dmabuf ? mem : NULL;
}

static void daedalus_access_end_planes(struct vb2_buffer *vb, unsigned int num)
{
	unsigned int i;

	for (i = 0; i < num; i++) {
		struct daedalus_mem *mem = daedalus_access_mem(vb, i);

		if (mem)
			dma_buf_end_cpu_access(mem->dmabuf->dbuf,
					       DMA_BIDIRECTIONAL);
	}
}

/* The fences first: a lease is kept before they signal. */
static int daedalus_access_check(struct daedalus_ctx *ctx, struct dma_buf *dbuf)
{
	if (!dma_resv_test_signaled(dbuf->resv, dma_resv_usage_rw(true))) {
		daedalus_wait_note(ctx, dbuf);
		return -EBUSY;
	}
	return daedalus_lease_check(ctx, dbuf);
}

/**
 * daedalus_access_begin() - begin the worker's access to a CAPTURE buffer
 * @ctx: the context; vb_mutex is held
 * @vb: the buffer
 *
 * Does not wait for who still uses the picture that was in it, a device that reads
 * or a worker whose request has ended: see daedalus_wait.c.
 *
 * Return: 0, -EBUSY if somebody uses it, or what its exporter says.
 */
int daedalus_access_begin(struct daedalus_ctx *ctx, struct vb2_buffer *vb)
{
	unsigned int i;
	int ret;

	for (i = 0; i < vb->num_planes; i++) {
		struct daedalus_mem *mem = daedalus_access_mem(vb, i);

		if (!mem)
			continue;
		ret = daedalus_access_check(ctx, mem->dmabuf->dbuf);
		if (!ret)
			ret = dma_buf_begin_cpu_access(mem->dmabuf->dbuf,
						       DMA_BIDIRECTIONAL);
		if (ret) {
			daedalus_access_end_planes(vb, i);
			return ret;
		}
	}
	return 0;
}

/**
 * daedalus_access_end() - end an access that no worker has ended
 * @vb: the buffer, see daedalus_access_begin()
 */
void daedalus_access_end(struct vb2_buffer *vb)
{
	daedalus_access_end_planes(vb, vb->num_planes);
}

/**
 * daedalus_access_clean() - let devices see what is in a buffer
 * @vb: the buffer
 *
 * Of allocated memory, so that this does not depend on the worker. Whether it is
 * necessary for imported memory only its exporter can say, in a way that may wait
 * for fences: there the worker has to end its access.
 */
void daedalus_access_clean(struct vb2_buffer *vb)
{
	unsigned int i;

	for (i = 0; i < vb->num_planes; i++) {
		struct daedalus_mem *mem = daedalus_access_mem(vb, i);

		if (mem && mem->pages)
			daedalus_dmabuf_clean(mem->dmabuf->dbuf);
	}
}
