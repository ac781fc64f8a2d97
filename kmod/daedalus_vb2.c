// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The vb2 queues of a context.
 *
 * They are those of a mem2mem context, for its ioctl and file operations, its
 * ready lists and its media controller part. Its job scheduler is not used: it
 * runs one job of one context at a time and gives a job's buffers back when the
 * job is finished, while here the requests of all contexts are in flight at
 * once. daedalus_request_pump() takes buffers off the ready lists instead,
 * whenever one was added.
 */

#include "daedalus_dev.h"

static enum daedalus_queue_index daedalus_index(const struct vb2_queue *vq)
{
	return V4L2_TYPE_IS_OUTPUT(vq->type) ? DAEDALUS_SRC : DAEDALUS_DST;
}

static int daedalus_queue_setup(struct vb2_queue *vq,
				unsigned int *num_buffers,
				unsigned int *num_planes, unsigned int sizes[],
				struct device *alloc_devs[])
{
	struct daedalus_ctx *ctx = vb2_get_drv_priv(vq);
	bool output = V4L2_TYPE_IS_OUTPUT(vq->type);
	const struct v4l2_pix_format_mplane *pix =
		output ? &ctx->coded : &ctx->decoded;
	u32 max = output ? daedalus_fmt_bitstream_max(&ctx->coded) :
			   DAEDALUS_MAX_PICTURE;
	unsigned int i;
	s64 bytes = 0;

	if (!output && !vb2_is_busy(vq))
		daedalus_fmt_follow_depth(ctx);

	if (!*num_planes) {
		*num_planes = pix->num_planes;
		for (i = 0; i < pix->num_planes; i++)
			sizes[i] = pix->plane_fmt[i].sizeimage;
		/*
		 * GStreamer asks for less than its pictures may need. A client
		 * that brings its own buffers has its reasons.
		 */
		if (output && vq->memory == VB2_MEMORY_MMAP)
			sizes[0] = max(sizes[0],
				       daedalus_fmt_bitstream_room(ctx));
		for (i = 0; i < pix->num_planes; i++)
			bytes += PAGE_ALIGN(sizes[i]);
		if (vq->memory == VB2_MEMORY_MMAP &&
		    !daedalus_limit_allows(bytes))
			return -ENOMEM;
		return 0;
	}

	if (*num_planes != pix->num_planes)
		return -EINVAL;
	for (i = 0; i < pix->num_planes; i++) {
		if (sizes[i] < pix->plane_fmt[i].sizeimage || sizes[i] > max)
			return -EINVAL;
	}
	return 0;
}

static int daedalus_buf_init(struct vb2_buffer *vb)
{
	struct daedalus_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);

	return daedalus_limit_charge(ctx,
				     to_daedalus_vbuf(to_vb2_v4l2_buffer(vb)));
}

static void daedalus_buf_cleanup(struct vb2_buffer *vb)
{
	struct daedalus_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);
	struct daedalus_vbuf *vbuf = to_daedalus_vbuf(to_vb2_v4l2_buffer(vb));

	daedalus_limit_uncharge(ctx, vbuf);
	daedalus_msg_free(vbuf->msg);
	vbuf->msg = NULL;
}

/**
 * daedalus_queue_drop_messages() - free what buf_cleanup will not
 * @ctx: the context; vb_mutex is held
 *
 * vb2 frees an OUTPUT buffer without buf_cleanup if it has no memory: one for
 * DMA-BUFs whose request was not queued yet, or whose last one named something
 * that is no DMA-BUF.
 */
void daedalus_queue_drop_messages(struct daedalus_ctx *ctx)
{
	struct vb2_queue *vq = v4l2_m2m_get_src_vq(ctx->fh.m2m_ctx);
	unsigned int i;

	for (i = 0; i < DAEDALUS_MAX_BUFFERS; i++) {
		struct vb2_buffer *vb = vb2_get_buffer(vq, i);
		struct daedalus_vbuf *vbuf;

		if (!vb || vb->planes[0].mem_priv)
			continue;
		vbuf = to_daedalus_vbuf(to_vb2_v4l2_buffer(vb));
		daedalus_msg_free(vbuf->msg);
		vbuf->msg = NULL;
	}
}

static int daedalus_buf_out_validate(struct vb2_buffer *vb)
{
	struct daedalus_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);
	struct vb2_v4l2_buffer *vbuf = to_vb2_v4l2_buffer(vb);

	vbuf->field = V4L2_FIELD_NONE;
	return daedalus_request_prepare(ctx, to_daedalus_vbuf(vbuf));
}

/**
 * daedalus_buf_fit() - whether a picture fits a CAPTURE buffer
 * @ctx: the context; vb_mutex is held
 * @vb: the buffer, whose payload is set
 *
 * The format can have changed since the buffer was allocated, or prepared.
 *
 * Return: 0, or -EINVAL if it does not.
 */
int daedalus_buf_fit(struct daedalus_ctx *ctx, struct vb2_buffer *vb)
{
	unsigned int i;

	if (vb->num_planes != ctx->decoded.num_planes)
		return -EINVAL;
	for (i = 0; i < vb->num_planes; i++) {
		u32 size = ctx->decoded.plane_fmt[i].sizeimage;

		if (vb2_plane_size(vb, i) < size)
			return -EINVAL;
		vb2_set_plane_payload(vb, i, size);
	}
	return 0;
}

static int daedalus_buf_prepare(struct vb2_buffer *vb)
{
	struct daedalus_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);
	unsigned int i;
	int ret;

	/*
	 * vb2 attaches a DMA-BUF that several planes share once, with the length
	 * that the client gave for the first of them.
	 */
	for (i = 0; i < vb->num_planes; i++) {
		if (vb->memory == VB2_MEMORY_DMABUF &&
		    vb->planes[i].dbuf->size < vb2_plane_size(vb, i))
			return -EINVAL;
	}

	if (V4L2_TYPE_IS_OUTPUT(vb->vb2_queue->type)) {
		unsigned long used = vb2_get_plane_payload(vb, 0);

		if (used > vb2_plane_size(vb, 0) ||
		    vb->planes[0].data_offset >= used)
			return -EINVAL;
		return 0;
	}

	ret = daedalus_buf_fit(ctx, vb);
	return ret ? : daedalus_access_begin(ctx, vb);
}

/* Where there is a picture the worker has ended the access. */
static void daedalus_buf_finish(struct vb2_buffer *vb)
{
	if (V4L2_TYPE_IS_CAPTURE(vb->vb2_queue->type) &&
	    vb->state != VB2_BUF_STATE_DONE)
		daedalus_access_end(vb);
}

static void daedalus_buf_queue(struct vb2_buffer *vb)
{
	struct daedalus_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);

	v4l2_m2m_buf_queue(ctx->fh.m2m_ctx, to_vb2_v4l2_buffer(vb));
	daedalus_request_pump(ctx);
}

static void daedalus_buf_request_complete(struct vb2_buffer *vb)
{
	struct daedalus_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);

	v4l2_ctrl_request_complete(vb->req_obj.req, &ctx->hdl);
}

static int daedalus_start_streaming(struct vb2_queue *vq, unsigned int count)
{
	struct daedalus_ctx *ctx = vb2_get_drv_priv(vq);
	enum daedalus_queue_index index = daedalus_index(vq);

	ctx->sequence[index] = 0;
	ctx->streaming[index] = true;
	/* There is no session before there is a request for a worker. */
	daedalus_request_pump(ctx);
	return 0;
}

static void daedalus_stop_streaming(struct vb2_queue *vq)
{
	struct daedalus_ctx *ctx = vb2_get_drv_priv(vq);
	enum daedalus_queue_index index = daedalus_index(vq);
	struct v4l2_m2m_ctx *m2m_ctx = ctx->fh.m2m_ctx;
	struct vb2_v4l2_buffer *vbuf;

	ctx->streaming[index] = false;
	daedalus_request_cancel_all(ctx);

	if (index == DAEDALUS_DST) {
		while ((vbuf = v4l2_m2m_dst_buf_remove(m2m_ctx)))
			v4l2_m2m_buf_done(vbuf, VB2_BUF_STATE_ERROR);
		return;
	}
	while ((vbuf = v4l2_m2m_src_buf_remove(m2m_ctx))) {
		v4l2_ctrl_request_complete(vbuf->vb2_buf.req_obj.req,
					   &ctx->hdl);
		v4l2_m2m_buf_done(vbuf, VB2_BUF_STATE_ERROR);
	}
}

static const struct vb2_ops daedalus_vb2_ops = {
	.queue_setup		= daedalus_queue_setup,
	.buf_out_validate	= daedalus_buf_out_validate,
	.buf_init		= daedalus_buf_init,
	.buf_prepare		= daedalus_buf_prepare,
	.buf_finish		= daedalus_buf_finish,
	.buf_cleanup		= daedalus_buf_cleanup,
	.buf_queue		= daedalus_buf_queue,
	.buf_request_complete	= daedalus_buf_request_complete,
	.start_streaming	= daedalus_start_streaming,
	.stop_streaming		= daedalus_stop_streaming,
	DAEDALUS_VB2_WAIT_OPS
};

static int daedalus_vq_init(struct daedalus_ctx *ctx, struct vb2_queue *vq,
			    enum v4l2_buf_type type)
{
	vq->type = type;
	vq->io_modes = VB2_MMAP | VB2_DMABUF;
	vq->drv_priv = ctx;
	vq->buf_struct_size = sizeof(struct daedalus_vbuf);
	vq->ops = &daedalus_vb2_ops;
	vq->mem_ops = &daedalus_mem_ops;
	vq->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_COPY;
	vq->lock = &ctx->vb_mutex;
	vq->dev = ctx->dev->v4l2_dev.dev;
	daedalus_set_max_buffers(vq, DAEDALUS_MAX_BUFFERS);
	return vb2_queue_init(vq);
}

/* Argument of v4l2_m2m_ctx_init(). */
int daedalus_queue_init(void *priv, struct vb2_queue *src_vq,
			struct vb2_queue *dst_vq)
{
	struct daedalus_ctx *ctx = priv;
	int ret;

	src_vq->supports_requests = true;
	src_vq->requires_requests = true;
	src_vq->subsystem_flags = VB2_V4L2_FL_SUPPORTS_M2M_HOLD_CAPTURE_BUF;
	ret = daedalus_vq_init(ctx, src_vq,
			       V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE);
	if (ret)
		return ret;
	return daedalus_vq_init(ctx, dst_vq,
				V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE);
}

/**
 * daedalus_request_validate() - check a media request before it is queued
 * @req: the request
 *
 * It has one bitstream buffer, the control that describes the picture, and no
 * control of another context: that one's controls would never complete.
 *
 * Return: 0, -ENOENT if something is missing, or another negative errno.
 */
int daedalus_request_validate(struct media_request *req)
{
	struct media_request_object *obj;
	struct daedalus_ctx *ctx = NULL;
	int ret;

	switch (vb2_request_buffer_cnt(req)) {
	case 0:
		return -ENOENT;
	case 1:
		break;
	default:
		return -EINVAL;
	}

	list_for_each_entry(obj, &req->objects, list) {
		if (vb2_request_object_is_buffer(obj)) {
			struct vb2_buffer *vb =
				container_of(obj, struct vb2_buffer, req_obj);

			ctx = vb2_get_drv_priv(vb->vb2_queue);
		}
	}
	list_for_each_entry(obj, &req->objects, list) {
		if (!vb2_request_object_is_buffer(obj) &&
		    obj->priv != &ctx->hdl)
			return -EINVAL;
	}
	ret = daedalus_ctrls_validate(ctx, req);
	return ret ? : vb2_request_validate(req);
}
