// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages of MMAP buffers: cached, in pieces as large as there are, charged to
 * whoever asked for the buffer. The kernel itself maps none of it.
 */

#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "daedalus_mem.h"

/* The largest piece; larger ones save IOMMUs nothing. */
#define DAEDALUS_PIECE SZ_1M

static void daedalus_pages_free(struct daedalus_pages *mem)
{
	unsigned long i;

	for (i = 0; i < mem->count; i++)
		__free_page(mem->pages[i]);
	kvfree(mem->pages);
	mutex_destroy(&mem->lock);
	kfree(mem);
}

/**
 * daedalus_pages_put() - a user less
 * @mem: the memory
 */
void daedalus_pages_put(struct daedalus_pages *mem)
{
	if (refcount_dec_and_test(&mem->ref))
		daedalus_pages_free(mem);
}

static void daedalus_pages_put_mapping(void *mem)
{
	daedalus_pages_put(mem);
}

/* Large pieces only where they are at hand; a single page is waited for. */
static struct page *daedalus_pages_piece(unsigned int order)
{
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN;
	struct page *page;

	if (!order)
		return alloc_page(gfp | __GFP_RETRY_MAYFAIL);
	page = alloc_pages((gfp | __GFP_NORETRY) & ~__GFP_RECLAIM, order);
	if (page)
		split_page(page, order);
	return page;
}

static int daedalus_pages_fill(struct daedalus_pages *mem, unsigned long wanted)
{
	unsigned int order = get_order(DAEDALUS_PIECE);

	while (mem->count < wanted) {
		struct page *page;
		unsigned int i;

		if (fatal_signal_pending(current))
			return -EINTR;
		order = min_t(unsigned int, order, ilog2(wanted - mem->count));
		page = daedalus_pages_piece(order);
		if (!page && !order)
			return -ENOMEM;
		if (!page) {
			order--;
			continue;
		}
		for (i = 0; i < 1U << order; i++)
			mem->pages[mem->count++] = page + i;
	}
	return 0;
}

/**
 * daedalus_pages_alloc() - allocate zeroed memory
 * @size: bytes
 *
 * Return: the memory, to be given to daedalus_pages_put(), or an ERR_PTR().
 */
struct daedalus_pages *daedalus_pages_alloc(unsigned long size)
{
	unsigned long wanted = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct daedalus_pages *mem;
	int ret;

	if (!wanted)
		return ERR_PTR(-EINVAL);
	mem = kzalloc(sizeof(*mem), GFP_KERNEL_ACCOUNT);
	if (!mem)
		return ERR_PTR(-ENOMEM);
	refcount_set(&mem->ref, 1);
	mutex_init(&mem->lock);
	INIT_LIST_HEAD(&mem->attachments);
	mem->vmarea.refcount = &mem->ref;
	mem->vmarea.put = daedalus_pages_put_mapping;
	mem->vmarea.arg = mem;

	mem->pages = kvmalloc_array(wanted, sizeof(*mem->pages),
				    GFP_KERNEL_ACCOUNT);
	if (!mem->pages) {
		ret = -ENOMEM;
		goto err_free;
	}
	ret = daedalus_pages_fill(mem, wanted);
	if (ret)
		goto err_free;
	return mem;

err_free:
	daedalus_pages_free(mem);
	return ERR_PTR(ret);
}

/**
 * daedalus_pages_mmap() - map memory into a process
 * @mem: the memory; the mapping holds a reference
 * @vma: where
 *
 * Return: 0 or a negative errno.
 */
int daedalus_pages_mmap(struct daedalus_pages *mem, struct vm_area_struct *vma)
{
	int ret;

	ret = vm_map_pages(vma, mem->pages, mem->count);
	if (ret)
		return ret;
	vma->vm_private_data = &mem->vmarea;
	vma->vm_ops = &vb2_common_vm_ops;
	vma->vm_ops->open(vma);
	return 0;
}
