// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module, its platform device, and the open files of the video node.
 */

#include <linux/cred.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>

#include "daedalus_dev.h"

struct daedalus_ctx *daedalus_ctx_get(struct daedalus_ctx *ctx)
{
	kref_get(&ctx->ref);
	return ctx;
}

static void daedalus_ctx_release(struct kref *ref)
{
	struct daedalus_ctx *ctx = container_of(ref, struct daedalus_ctx, ref);
	struct daedalus_dev *dev = ctx->dev;

	daedalus_wait_note(ctx, NULL);
	daedalus_timeline_end(ctx->timeline);
	xa_destroy(&ctx->requests);
	mutex_destroy(&ctx->lock);
	mutex_destroy(&ctx->vb_mutex);
	kfree(ctx);
	v4l2_device_put(&dev->v4l2_dev);
}

void daedalus_ctx_put(struct daedalus_ctx *ctx)
{
	kref_put(&ctx->ref, daedalus_ctx_release);
}

static struct daedalus_ctx *daedalus_ctx_new(struct daedalus_dev *dev)
{
	struct daedalus_ctx *ctx;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	if (!ctx)
		return NULL;
	ctx->timeline = daedalus_timeline_new();
	if (!ctx->timeline) {
		kfree(ctx);
		return NULL;
	}
	kref_init(&ctx->ref);
	v4l2_device_get(&dev->v4l2_dev);
	ctx->dev = dev;
	ctx->uid = current_euid();
	mutex_init(&ctx->vb_mutex);
	mutex_init(&ctx->lock);
	spin_lock_init(&ctx->dmabuf_lock);
	INIT_LIST_HEAD(&ctx->inflight);
	init_waitqueue_head(&ctx->idle);
	xa_init(&ctx->requests);
	INIT_LIST_HEAD(&ctx->dmabufs);
	return ctx;
}

static int daedalus_open(struct file *file)
{
	struct daedalus_dev *dev = video_drvdata(file);
	struct daedalus_ctx *ctx;
	int ret;

	ctx = daedalus_ctx_new(dev);
	if (!ctx)
		return -ENOMEM;
	v4l2_fh_init(&ctx->fh, video_devdata(file));

	ret = daedalus_ctrls_init(ctx);
	if (ret)
		goto err_fh;
	daedalus_fmt_init(ctx);

	ctx->fh.m2m_ctx = v4l2_m2m_ctx_init(dev->m2m_dev, ctx,
					    daedalus_queue_init);
	if (IS_ERR(ctx->fh.m2m_ctx)) {
		ret = PTR_ERR(ctx->fh.m2m_ctx);
		goto err_ctrls;
	}
	daedalus_fh_add(&ctx->fh, file);
	return 0;

err_ctrls:
	v4l2_ctrl_handler_free(&ctx->hdl);
err_fh:
	v4l2_fh_exit(&ctx->fh);
	daedalus_ctx_put(ctx);
	return ret;
}

static int daedalus_release(struct file *file)
{
	struct daedalus_ctx *ctx = daedalus_file_ctx(file);

	mutex_lock(&ctx->vb_mutex);
	daedalus_queue_drop_messages(ctx);
	v4l2_m2m_ctx_release(ctx->fh.m2m_ctx);
	mutex_unlock(&ctx->vb_mutex);

	mutex_lock(&ctx->lock);
	daedalus_session_close(ctx, DAEDALUS_CLOSE_CLIENT);
	mutex_unlock(&ctx->lock);

	daedalus_fh_del(&ctx->fh, file);
	v4l2_ctrl_handler_free(&ctx->hdl);
	v4l2_fh_exit(&ctx->fh);
	daedalus_ctx_put(ctx);
	return 0;
}

static const struct v4l2_file_operations daedalus_fops = {
	.owner		= THIS_MODULE,
	.open		= daedalus_open,
	.release	= daedalus_release,
	.poll		= v4l2_m2m_fop_poll,
	.unlocked_ioctl	= daedalus_wait_ioctl,
	.mmap		= v4l2_m2m_fop_mmap,
};

/* mem2mem's scheduler has nothing to run, see daedalus_vb2.c. */
static void daedalus_device_run(void *priv)
{
	WARN_ON_ONCE(1);
}

static int daedalus_job_ready(void *priv)
{
	return 0;
}

static const struct v4l2_m2m_ops daedalus_m2m_ops = {
	.device_run	= daedalus_device_run,
	.job_ready	= daedalus_job_ready,
};

/**
 * struct daedalus_media_request - a media request
 * @req: the media core's part
 * @rcu: to free it
 *
 * The media core does not see to it that the device outlives the requests that
 * were allocated from it, so each holds the module. RCU gives the reference
 * back: unloading waits for a grace period, so that no code of the module runs
 * any more when its memory goes.
 */
struct daedalus_media_request {
	struct media_request req;
	struct rcu_head rcu;
};

static struct media_request *
daedalus_request_alloc(struct media_device *mdev)
{
	struct daedalus_media_request *request;

	request = kzalloc(sizeof(*request), GFP_KERNEL_ACCOUNT);
	if (!request)
		return NULL;
	if (!try_module_get(THIS_MODULE)) {
		kfree(request);
		return NULL;
	}
	return &request->req;
}

static void daedalus_request_free_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct daedalus_media_request, rcu));
	module_put(THIS_MODULE);
}

static void daedalus_request_free(struct media_request *req)
{
	struct daedalus_media_request *request =
		container_of(req, struct daedalus_media_request, req);

	call_rcu(&request->rcu, daedalus_request_free_rcu);
}

static const struct media_device_ops daedalus_media_ops = {
	.req_alloc	= daedalus_request_alloc,
	.req_free	= daedalus_request_free,
	.req_validate	= daedalus_request_validate,
	.req_queue	= v4l2_m2m_request_queue,
};

static void daedalus_dev_release(struct v4l2_device *v4l2_dev)
{
	struct daedalus_dev *dev =
		container_of(v4l2_dev, struct daedalus_dev, v4l2_dev);

	v4l2_m2m_release(dev->m2m_dev);
	media_device_cleanup(&dev->mdev);
	xa_destroy(&dev->broker.sessions);
	mutex_destroy(&dev->broker.lock);
	v4l2_device_unregister(v4l2_dev);
	kfree(dev);
}

static int daedalus_register(struct daedalus_dev *dev)
{
	struct video_device *vfd = &dev->vfd;
	int ret;

	ret = video_register_device(vfd, VFL_TYPE_VIDEO, -1);
	if (ret)
		return ret;
	ret = v4l2_m2m_register_media_controller(dev->m2m_dev, vfd,
						 MEDIA_ENT_F_PROC_VIDEO_DECODER);
	if (ret)
		goto err_video;
	ret = media_device_register(&dev->mdev);
	if (ret)
		goto err_controller;
	ret = daedalus_broker_init(dev, dev->mdev.dev);
	if (ret)
		goto err_media;
	daedalus_debugfs_init(dev);
	return 0;

err_media:
	media_device_unregister(&dev->mdev);
err_controller:
	v4l2_m2m_unregister_media_controller(dev->m2m_dev);
err_video:
	video_unregister_device(vfd);
	return ret;
}

static int daedalus_probe(struct platform_device *pdev)
{
	struct daedalus_dev *dev;
	struct video_device *vfd;
	int ret;

	/* It is the CPU: what it reaches is all memory. */
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;

	daedalus_broker_prepare(dev);
	spin_lock_init(&dev->count_lock);
	INIT_LIST_HEAD(&dev->counted);
	spin_lock_init(&dev->lease_lock);
	INIT_LIST_HEAD(&dev->leases);
	init_waitqueue_head(&dev->lease_wait);

	ret = v4l2_device_register(&pdev->dev, &dev->v4l2_dev);
	if (ret)
		goto err_dev;
	dev->m2m_dev = v4l2_m2m_init(&daedalus_m2m_ops);
	if (IS_ERR(dev->m2m_dev)) {
		ret = PTR_ERR(dev->m2m_dev);
		goto err_v4l2;
	}

	dev->mdev.dev = &pdev->dev;
	strscpy(dev->mdev.model, "Daedalus", sizeof(dev->mdev.model));
	strscpy(dev->mdev.driver_name, DAEDALUS_NAME,
		sizeof(dev->mdev.driver_name));
	strscpy(dev->mdev.bus_info, "platform:" DAEDALUS_NAME,
		sizeof(dev->mdev.bus_info));
	dev->mdev.ops = &daedalus_media_ops;
	media_device_init(&dev->mdev);
	dev->v4l2_dev.mdev = &dev->mdev;
	dev->v4l2_dev.release = daedalus_dev_release;

	vfd = &dev->vfd;
	strscpy(vfd->name, DAEDALUS_NAME, sizeof(vfd->name));
	vfd->vfl_dir = VFL_DIR_M2M;
	vfd->fops = &daedalus_fops;
	vfd->ioctl_ops = &daedalus_ioctl_ops;
	vfd->minor = -1;
	vfd->release = video_device_release_empty;
	vfd->device_caps = V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_STREAMING;
	vfd->v4l2_dev = &dev->v4l2_dev;
	video_set_drvdata(vfd, dev);
	platform_set_drvdata(pdev, dev);

	/* From here on the last reference frees all of it. */
	ret = daedalus_register(dev);
	if (ret)
		v4l2_device_put(&dev->v4l2_dev);
	return ret;

err_v4l2:
	v4l2_device_unregister(&dev->v4l2_dev);
err_dev:
	kfree(dev);
	return ret;
}

static DAEDALUS_REMOVE_RETURN daedalus_remove(struct platform_device *pdev)
{
	struct daedalus_dev *dev = platform_get_drvdata(pdev);

	daedalus_debugfs_exit(dev);
	daedalus_broker_exit(dev);
	media_device_unregister(&dev->mdev);
	v4l2_m2m_unregister_media_controller(dev->m2m_dev);
	video_unregister_device(&dev->vfd);
	v4l2_device_put(&dev->v4l2_dev);
	return DAEDALUS_REMOVE_RESULT;
}

static struct platform_driver daedalus_platform_driver = {
	.probe		= daedalus_probe,
	.remove		= daedalus_remove,
	.driver		= {
		.name	= DAEDALUS_NAME,
		/* The device goes with the module, which its users hold. */
		.suppress_bind_attrs = true,
	},
};

static struct platform_device *daedalus_platform_device;

static int __init daedalus_init(void)
{
	int ret;

	ret = daedalus_fence_init();
	if (ret)
		return ret;
	ret = daedalus_session_init();
	if (ret)
		goto err_fence;
	ret = platform_driver_register(&daedalus_platform_driver);
	if (ret)
		goto err_session;
	daedalus_platform_device =
		platform_device_register_simple(DAEDALUS_NAME,
						PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(daedalus_platform_device)) {
		ret = PTR_ERR(daedalus_platform_device);
		goto err_driver;
	}
	return 0;

err_driver:
	platform_driver_unregister(&daedalus_platform_driver);
err_session:
	daedalus_session_exit();
err_fence:
	daedalus_fence_exit();
	return ret;
}

static void __exit daedalus_exit(void)
{
	platform_device_unregister(daedalus_platform_device);
	platform_driver_unregister(&daedalus_platform_driver);
	daedalus_session_exit();
	daedalus_fence_exit();
}

module_init(daedalus_init);
module_exit(daedalus_exit);

MODULE_DESCRIPTION("Daedalus stateless video decoder");
MODULE_AUTHOR("The Daedalus authors");
MODULE_LICENSE("GPL");
DAEDALUS_IMPORT_NS_DMA_BUF;
