/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between the kernels that this module builds for: 6.1 and later.
 */
#ifndef DAEDALUS_COMPAT_H
#define DAEDALUS_COMPAT_H

#include <linux/fs.h>
#include <linux/version.h>
#include <media/v4l2-fh.h>
#include <media/videobuf2-core.h>

/* 6.18: the file handle is tied to its file by the core. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
static inline struct v4l2_fh *daedalus_file_fh(struct file *file)
{
	return file->private_data;
}

static inline void daedalus_fh_add(struct v4l2_fh *fh, struct file *file)
{
	file->private_data = fh;
	v4l2_fh_add(fh);
}

static inline void daedalus_fh_del(struct v4l2_fh *fh, struct file *file)
{
	v4l2_fh_del(fh);
}
#else
#define daedalus_file_fh(file) file_to_v4l2_fh(file)
#define daedalus_fh_add(fh, file) v4l2_fh_add(fh, file)
#define daedalus_fh_del(fh, file) v4l2_fh_del(fh, file)
#endif

/* 6.13: vb2 drops and takes the queue's lock itself when it waits. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define DAEDALUS_VB2_WAIT_OPS						\
	.wait_prepare		= vb2_ops_wait_prepare,			\
	.wait_finish		= vb2_ops_wait_finish,
#define DAEDALUS_IMPORT_NS_DMA_BUF MODULE_IMPORT_NS(DMA_BUF)
#else
#define DAEDALUS_VB2_WAIT_OPS
#define DAEDALUS_IMPORT_NS_DMA_BUF MODULE_IMPORT_NS("DMA_BUF")
#endif

/* 6.10: buffers can be removed one by one, and a queue can have more of them. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define DAEDALUS_HAVE_REMOVE_BUFS

static inline void daedalus_set_max_buffers(struct vb2_queue *q, unsigned int n)
{
	q->max_num_buffers = n;
}
#else
static inline void daedalus_set_max_buffers(struct vb2_queue *q, unsigned int n)
{
}
#endif

/* 6.5: stateless AV1. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define DAEDALUS_HAVE_AV1
#endif

/* 6.11: the remove operation of a platform driver returns nothing. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define DAEDALUS_REMOVE_RETURN		int
#define DAEDALUS_REMOVE_RESULT		0
#else
#define DAEDALUS_REMOVE_RETURN		void
#define DAEDALUS_REMOVE_RESULT
#endif

#endif
