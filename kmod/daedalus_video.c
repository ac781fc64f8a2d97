// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ioctls of the video node. The core locks those that concern a queue with
 * vb_mutex; there is no lock for the others, so each takes what it needs.
 */

#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>

#include "daedalus_dev.h"

static int daedalus_querycap(struct file *file, void *priv,
			     struct v4l2_capability *cap)
{
	strscpy(cap->driver, DAEDALUS_NAME, sizeof(cap->driver));
	strscpy(cap->card, "Daedalus", sizeof(cap->card));
	strscpy(cap->bus_info, "platform:" DAEDALUS_NAME,
		sizeof(cap->bus_info));
	return 0;
}

static int daedalus_enum_fmt_out(struct file *file, void *priv,
				 struct v4l2_fmtdesc *f)
{
	if (f->index >= daedalus_num_codecs)
		return -EINVAL;
	f->pixelformat = daedalus_codecs[f->index]->fourcc;
	return 0;
}

static int daedalus_enum_fmt_cap(struct file *file, void *priv,
				 struct v4l2_fmtdesc *f)
{
	struct daedalus_ctx *ctx = daedalus_file_ctx(file);
	int ret;

	mutex_lock(&ctx->vb_mutex);
	ret = daedalus_fmt_enum_decoded(ctx, f);
	mutex_unlock(&ctx->vb_mutex);
	return ret;
}

static int daedalus_enum_framesizes(struct file *file, void *priv,
				    struct v4l2_frmsizeenum *fsize)
{
	if (fsize->index || !daedalus_codec_find(fsize->pixel_format))
		return -EINVAL;

	fsize->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	fsize->stepwise = (struct v4l2_frmsize_stepwise){
		.min_width = 1,
		.max_width = DAEDALUS_MAX_SIZE,
		.step_width = 1,
		.min_height = 1,
		.max_height = DAEDALUS_MAX_SIZE,
		.step_height = 1,
	};
	return 0;
}

static int daedalus_g_fmt_out(struct file *file, void *priv,
			      struct v4l2_format *f)
{
	struct daedalus_ctx *ctx = daedalus_file_ctx(file);

	mutex_lock(&ctx->vb_mutex);
	f->fmt.pix_mp = ctx->coded;
	mutex_unlock(&ctx->vb_mutex);
	return 0;
}

static int daedalus_g_fmt_cap(struct file *file, void *priv,
			      struct v4l2_format *f)
{
	struct daedalus_ctx *ctx = daedalus_file_ctx(file);

	mutex_lock(&ctx->vb_mutex);
	if (!vb2_is_busy(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx)))
		daedalus_fmt_follow_depth(ctx);
	f->fmt.pix_mp = ctx->decoded;
	mutex_unlock(&ctx->vb_mutex);
	return 0;
}

static int daedalus_try_fmt_out(struct file *file, void *priv,
				struct v4l2_format *f)
{
	daedalus_fmt_try_coded(&f->fmt.pix_mp);
	return 0;
}

static int daedalus_try_fmt_cap(struct file *file, void *priv,
				struct v4l2_format *f)
{
	struct daedalus_ctx *ctx = daedalus_file_ctx(file);

	mutex_lock(&ctx->vb_mutex);
	daedalus_fmt_try_decoded(ctx, &f->fmt.pix_mp);
	mutex_unlock(&ctx->vb_mutex);
	return 0;
}

static bool daedalus_vq_in_use(struct vb2_queue *vq)
{
	return vb2_is_busy(vq) || vb2_is_streaming(vq);
}

static int daedalus_s_fmt_out(struct file *file, void *priv,
			      struct v4l2_format *f)
{
	struct daedalus_ctx *ctx = daedalus_file_ctx(file);
	struct vb2_queue *src_vq = v4l2_m2m_get_src_vq(ctx->fh.m2m_ctx);
	struct vb2_queue *dst_vq = v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx);
	int ret = 0;

	daedalus_fmt_try_coded(&f->fmt.pix_mp);

	mutex_lock(&ctx->vb_mutex);
	/*
	 * A client that follows a change of size keeps its bitstream buffers,
	 * whose size says nothing about the picture, and the pictures that it
	 * shows or refers to; daedalus_buf_fit() sees to it that none is used
	 * that has become too small. What is queued was promised the format of
	 * now.
	 */
	if ((daedalus_vq_in_use(src_vq) || daedalus_vq_in_use(dst_vq)) &&
	    f->fmt.pix_mp.pixelformat != ctx->coded.pixelformat) {
		ret = -EBUSY;
		goto unlock;
	}
	if (dst_vq->queued_count &&
	    (f->fmt.pix_mp.width != ctx->coded.width ||
	     f->fmt.pix_mp.height != ctx->coded.height)) {
		ret = -EBUSY;
		goto unlock;
	}
	ctx->coded = f->fmt.pix_mp;
	daedalus_ctrls_select(ctx, daedalus_codec_find(ctx->coded.pixelformat));
	daedalus_fmt_reset_decoded(ctx, vb2_is_busy(dst_vq));
unlock:
	mutex_unlock(&ctx->vb_mutex);
	return ret;
}

static int daedalus_s_fmt_cap(struct file *file, void *priv,
			      struct v4l2_format *f)
{
	struct daedalus_ctx *ctx = daedalus_file_ctx(file);
	int ret = 0;

	mutex_lock(&ctx->vb_mutex);
	if (vb2_is_busy(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx))) {
		ret = -EBUSY;
		goto unlock;
	}
	daedalus_fmt_try_decoded(ctx, &f->fmt.pix_mp);
	ctx->decoded = f->fmt.pix_mp;
unlock:
	mutex_unlock(&ctx->vb_mutex);
	return ret;
}

static int daedalus_decoder_cmd(struct file *file, void *priv,
				struct v4l2_decoder_cmd *dc)
{
	struct daedalus_ctx *ctx = daedalus_file_ctx(file);
	int ret;

	ret = v4l2_m2m_ioctl_stateless_try_decoder_cmd(file, priv, dc);
	if (ret)
		return ret;

	mutex_lock(&ctx->vb_mutex);
	daedalus_request_flush(ctx);
	mutex_unlock(&ctx->vb_mutex);
	return 0;
}

/*
 * vb2 takes the buffers out of their requests with mmap_lock held. A request
 * that ends there takes its control handler's lock, and that is outside of the
 * mm's mmap_lock, which is outside of this one: so they come out before.
 */
static int daedalus_reqbufs(struct file *file, void *priv,
			    struct v4l2_requestbuffers *rb)
{
	struct daedalus_ctx *ctx = daedalus_file_ctx(file);
	struct vb2_queue *vq = v4l2_m2m_get_vq(ctx->fh.m2m_ctx, rb->type);

	if (V4L2_TYPE_IS_OUTPUT(rb->type) && !vb2_is_streaming(vq) &&
	    !vb2_verify_memory_type(vq, rb->memory, rb->type)) {
		vb2_streamoff(vq, rb->type);
		daedalus_queue_drop_messages(ctx);
	}
	return v4l2_m2m_ioctl_reqbufs(file, priv, rb);
}

#ifdef DAEDALUS_HAVE_REMOVE_BUFS
static int daedalus_remove_bufs(struct file *file, void *priv,
				struct v4l2_remove_buffers *remove)
{
	daedalus_queue_drop_messages(daedalus_file_ctx(file));
	return v4l2_m2m_ioctl_remove_bufs(file, priv, remove);
}
#endif /* DAEDALUS_HAVE_REMOVE_BUFS */

const struct v4l2_ioctl_ops daedalus_ioctl_ops = {
	.vidioc_querycap		= daedalus_querycap,
	.vidioc_enum_framesizes		= daedalus_enum_framesizes,

	.vidioc_enum_fmt_vid_cap	= daedalus_enum_fmt_cap,
	.vidioc_g_fmt_vid_cap_mplane	= daedalus_g_fmt_cap,
	.vidioc_try_fmt_vid_cap_mplane	= daedalus_try_fmt_cap,
	.vidioc_s_fmt_vid_cap_mplane	= daedalus_s_fmt_cap,

	.vidioc_enum_fmt_vid_out	= daedalus_enum_fmt_out,
	.vidioc_g_fmt_vid_out_mplane	= daedalus_g_fmt_out,
	.vidioc_try_fmt_vid_out_mplane	= daedalus_try_fmt_out,
	.vidioc_s_fmt_vid_out_mplane	= daedalus_s_fmt_out,

	.vidioc_reqbufs			= daedalus_reqbufs,
	.vidioc_querybuf		= v4l2_m2m_ioctl_querybuf,
	.vidioc_qbuf			= v4l2_m2m_ioctl_qbuf,
	.vidioc_dqbuf			= v4l2_m2m_ioctl_dqbuf,
	.vidioc_prepare_buf		= v4l2_m2m_ioctl_prepare_buf,
	.vidioc_create_bufs		= v4l2_m2m_ioctl_create_bufs,
	.vidioc_expbuf			= v4l2_m2m_ioctl_expbuf,
#ifdef DAEDALUS_HAVE_REMOVE_BUFS
	.vidioc_remove_bufs		= daedalus_remove_bufs,
#endif /* DAEDALUS_HAVE_REMOVE_BUFS */

	.vidioc_streamon		= v4l2_m2m_ioctl_streamon,
	.vidioc_streamoff		= v4l2_m2m_ioctl_streamoff,

	.vidioc_decoder_cmd		= daedalus_decoder_cmd,
	.vidioc_try_decoder_cmd	= v4l2_m2m_ioctl_stateless_try_decoder_cmd,

	.vidioc_subscribe_event		= v4l2_ctrl_subscribe_event,
	.vidioc_unsubscribe_event	= v4l2_event_unsubscribe,
};
