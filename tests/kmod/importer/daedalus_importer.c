// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device for tests that imports DMA-BUFs as a GPU's driver does: attaches,
 * maps, waits for fences, with the reservation object locked if need be. What an
 * exporter does for its attachments shows in the exporter's trace events.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include "daedalus_importer.h"

#define IMPORTER_NAME "daedalus-importer"

/* Before the DMA-BUF core locked the reservation object to map a buffer. */
#ifndef HAVE_DMA_BUF_MAP_ATTACHMENT_UNLOCKED
#define dma_buf_map_attachment_unlocked dma_buf_map_attachment
#define dma_buf_unmap_attachment_unlocked dma_buf_unmap_attachment
#endif

/**
 * struct importer - an open file
 * @lock: protects all below
 * @attach: NULL if nothing is attached
 * @sgt: mapping of @attach
 */
struct importer {
	struct mutex lock;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
};

static struct platform_device *importer_device;

static int importer_open(struct inode *inode, struct file *file)
{
	struct importer *importer;

	importer = kzalloc(sizeof(*importer), GFP_KERNEL);
	if (!importer)
		return -ENOMEM;
	mutex_init(&importer->lock);
	file->private_data = importer;
	return 0;
}

static void importer_detach(struct importer *importer)
{
	struct dma_buf_attachment *attach = importer->attach;
	struct dma_buf *dbuf;

	lockdep_assert_held(&importer->lock);

	if (!attach)
		return;
	dbuf = attach->dmabuf;
	dma_buf_unmap_attachment_unlocked(attach, importer->sgt, DMA_TO_DEVICE);
	dma_buf_detach(dbuf, attach);
	dma_buf_put(dbuf);
	importer->attach = NULL;
	importer->sgt = NULL;
}

static int importer_release(struct inode *inode, struct file *file)
{
	struct importer *importer = file->private_data;

	mutex_lock(&importer->lock);
	importer_detach(importer);
	mutex_unlock(&importer->lock);
	mutex_destroy(&importer->lock);
	kfree(importer);
	return 0;
}

static long importer_attach(struct importer *importer, int fd)
{
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	struct dma_buf *dbuf;
	int ret;

	lockdep_assert_held(&importer->lock);

	if (importer->attach)
		return -EBUSY;
	dbuf = dma_buf_get(fd);
	if (IS_ERR(dbuf))
		return PTR_ERR(dbuf);
	attach = dma_buf_attach(dbuf, &importer_device->dev);
	if (IS_ERR(attach)) {
		ret = PTR_ERR(attach);
		goto err_put;
	}
	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto err_detach;
	}
	importer->attach = attach;
	importer->sgt = sgt;
	return 0;

err_detach:
	dma_buf_detach(dbuf, attach);
err_put:
	dma_buf_put(dbuf);
	return ret;
}

static long importer_wait(struct importer *importer,
			  struct daedalus_importer_wait __user *arg)
{
	struct daedalus_importer_wait wait;
	struct dma_resv *resv;
	ktime_t start;
	long ret;

	lockdep_assert_held(&importer->lock);

	if (!importer->attach)
		return -ENOTCONN;
	if (copy_from_user(&wait, arg, sizeof(wait)))
		return -EFAULT;
	resv = importer->attach->dmabuf->resv;

	start = ktime_get();
	if (wait.flags & DAEDALUS_IMPORTER_LOCKED)
		dma_resv_lock(resv, NULL);
	ret = dma_resv_wait_timeout(resv, dma_resv_usage_rw(false), true,
				    msecs_to_jiffies(wait.timeout_ms));
	if (wait.flags & DAEDALUS_IMPORTER_LOCKED)
		dma_resv_unlock(resv);
	if (ret < 0)
		return ret;

	wait.waited_ms = ktime_ms_delta(ktime_get(), start);
	wait.timed_out = !ret;
	return copy_to_user(arg, &wait, sizeof(wait)) ? -EFAULT : 0;
}

static long importer_ioctl(struct file *file, unsigned int cmd,
			   unsigned long arg)
{
	struct importer *importer = file->private_data;
	void __user *user = (void __user *)arg;
	long ret = 0;
	s32 fd;

	mutex_lock(&importer->lock);
	switch (cmd) {
	case DAEDALUS_IMPORTER_ATTACH:
		if (copy_from_user(&fd, user, sizeof(fd)))
			ret = -EFAULT;
		else
			ret = importer_attach(importer, fd);
		break;
	case DAEDALUS_IMPORTER_DETACH:
		importer_detach(importer);
		break;
	case DAEDALUS_IMPORTER_WAIT:
		ret = importer_wait(importer, user);
		break;
	default:
		ret = -ENOTTY;
	}
	mutex_unlock(&importer->lock);
	return ret;
}

static const struct file_operations importer_fops = {
	.owner		= THIS_MODULE,
	.open		= importer_open,
	.release	= importer_release,
	.unlocked_ioctl	= importer_ioctl,
};

static struct miscdevice importer_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= IMPORTER_NAME,
	.fops	= &importer_fops,
	.mode	= 0600,
};

static int __init importer_init(void)
{
	int ret;

	importer_device = platform_device_register_simple(IMPORTER_NAME,
							  PLATFORM_DEVID_NONE,
							  NULL, 0);
	if (IS_ERR(importer_device))
		return PTR_ERR(importer_device);
	ret = dma_set_mask_and_coherent(&importer_device->dev,
					DMA_BIT_MASK(64));
	if (ret)
		goto err_device;
	ret = misc_register(&importer_misc);
	if (ret)
		goto err_device;
	return 0;

err_device:
	platform_device_unregister(importer_device);
	return ret;
}

static void __exit importer_exit(void)
{
	misc_deregister(&importer_misc);
	platform_device_unregister(importer_device);
}

module_init(importer_init);
module_exit(importer_exit);

MODULE_DESCRIPTION("DMA-BUF importer for the tests of Daedalus");
MODULE_AUTHOR("The Daedalus authors");
MODULE_LICENSE("GPL");
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(DMA_BUF);
#else
MODULE_IMPORT_NS("DMA_BUF");
#endif
