// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decode requests, out: from a pair of buffers to a message in flight. The way
 * back is in daedalus_inflight.c.
 */

#include "daedalus_dev.h"
#include "daedalus_trace.h"

static void daedalus_request_describe(struct daedalus_ctx *ctx,
				      struct daedalus_vbuf *src,
				      struct daedalus_req_decode *req)
{
	struct daedalus_layout planes[DAEDALUS_MAX_PLANES];
	const struct vb2_plane *bitstream = &to_vb(src)->planes[0];
	unsigned int i;

	req->timestamp = to_vb(src)->timestamp;
	req->codec = ctx->coded.pixelformat;
	req->pixelformat = ctx->decoded.pixelformat;
	req->width = ctx->decoded.width;
	req->height = ctx->decoded.height;
	req->coded_width = ctx->coded.width;
	req->coded_height = ctx->coded.height;
	req->bitstream_id = src->dmabufs[0]->id;
	req->bitstream_offset = bitstream->data_offset;
	req->bitstream_size = bitstream->bytesused - bitstream->data_offset;
	req->num_planes = daedalus_fmt_layout(&ctx->decoded, planes);
	for (i = 0; i < req->num_planes; i++) {
		const struct daedalus_layout *plane = &planes[i];

		req->planes[i].buffer_id =
			src->dmabufs[1 + plane->mem_plane]->id;
		req->planes[i].offset = plane->offset;
		req->planes[i].stride = plane->stride;
		req->planes[i].size = plane->size;
	}
	req->num_controls = ctx->codec->num_sent;
	if (daedalus_mem_is_cpu_only(to_vb(src), 0))
		req->flags |= DAEDALUS_DECODE_CPU_BITSTREAM;
	req->queued = ktime_get_ns();
	req->in_flight = ctx->num_inflight;
}

static int daedalus_request_check(struct daedalus_ctx *ctx)
{
	if (daedalus_ctrls_bit_depth(ctx) !=
	    daedalus_fmt_bit_depth(ctx->decoded.pixelformat))
		return -EINVAL;
	return ctx->codec->check ? ctx->codec->check(ctx) : 0;
}

/**
 * daedalus_request_prepare() - allocate what a request needs
 * @ctx: the context; vb_mutex is held
 * @src: the OUTPUT buffer
 *
 * When the request is queued the media core's lock is held, which all clients
 * need: too much for an allocation that may have to wait for memory.
 *
 * Return: 0 or -ENOMEM.
 */
int daedalus_request_prepare(struct daedalus_ctx *ctx,
			     struct daedalus_vbuf *src)
{
	u32 room = sizeof(struct daedalus_req_decode) +
		   daedalus_ctrls_room(ctx);

	if (src->msg && src->msg->hdr.payload_len >= room)
		return 0;
	daedalus_msg_free(src->msg);
	src->msg = daedalus_msg_alloc(DAEDALUS_MSG_REQ_DECODE, 0, NULL, room);
	return src->msg ? 0 : -ENOMEM;
}

/* Fill the message in with what the control handler's lock protects. */
static int daedalus_request_snapshot(struct daedalus_ctx *ctx,
				     struct daedalus_msg *msg)
{
	u32 size;
	int ret;

	mutex_lock(ctx->hdl.lock);
	ret = daedalus_request_check(ctx);
	if (ret)
		goto unlock;
	size = sizeof(struct daedalus_req_decode) + daedalus_ctrls_size(ctx);
	if (size > msg->hdr.payload_len || size > DAEDALUS_MSG_MAX_PAYLOAD) {
		ret = -EMSGSIZE;
		goto unlock;
	}
	msg->hdr.payload_len = size;
	daedalus_ctrls_snapshot(ctx, msg->payload +
				sizeof(struct daedalus_req_decode));
unlock:
	mutex_unlock(ctx->hdl.lock);
	return ret;
}

/*
 * Apply a request's controls and note their values. Decoding changes none, so
 * this is also where their part in the request is complete: later they may have
 * the values of the next one.
 */
static int daedalus_request_controls(struct daedalus_ctx *ctx,
				     struct daedalus_vbuf *src)
{
	struct media_request *req = to_vb(src)->req_obj.req;
	int ret;

	ret = v4l2_ctrl_request_setup(req, &ctx->hdl);
	if (!ret)
		ret = daedalus_request_prepare(ctx, src);
	if (!ret)
		ret = daedalus_request_snapshot(ctx, src->msg);
	v4l2_ctrl_request_complete(req, &ctx->hdl);
	return ret;
}

/*
 * What takes memory, and the reservation objects' locks. The session is opened
 * here already because nothing should wait for memory once there is a fence.
 */
static int daedalus_request_arm(struct daedalus_ctx *ctx,
				struct daedalus_vbuf *src)
{
	struct daedalus_session *session;
	int ret;

	ret = daedalus_buf_fit(ctx, to_vb(src->dst));
	if (ret)
		return ret;

	mutex_lock(&ctx->lock);
	session = daedalus_session_open(ctx);
	mutex_unlock(&ctx->lock);
	if (IS_ERR(session))
		return PTR_ERR(session);

	ret = xa_err(xa_store(&ctx->requests, src->cookie, src, GFP_KERNEL));
	if (ret)
		return ret;
	ret = daedalus_mem_name_buffers(src);
	if (ret)
		return ret;
	return daedalus_fence_submit(ctx->timeline, src);
}

static int daedalus_request_send(struct daedalus_ctx *ctx,
				 struct daedalus_session *session,
				 struct daedalus_vbuf *src)
{
	struct daedalus_msg *msg = src->msg;
	int ret;

	if (IS_ERR(session))
		return PTR_ERR(session);

	msg->hdr.cookie = src->cookie;
	daedalus_request_describe(ctx, src, (void *)msg->payload);
	ret = daedalus_msg_push(&session->queue, msg);
	if (ret)
		return ret;
	src->msg = NULL;
	trace_daedalus_request_queued(session->id, src->cookie,
				      to_vb(src)->timestamp);
	daedalus_session_watch(session);
	return 0;
}

/* What v4l2_m2m_buf_copy_metadata() does; its arguments depend on the kernel. */
static void daedalus_copy_metadata(const struct vb2_v4l2_buffer *src,
				   struct vb2_v4l2_buffer *dst)
{
	const u32 mask = V4L2_BUF_FLAG_TIMECODE | V4L2_BUF_FLAG_TSTAMP_SRC_MASK;

	dst->vb2_buf.timestamp = src->vb2_buf.timestamp;
	dst->vb2_buf.copied_timestamp = 1;
	dst->field = src->field;
	dst->flags &= ~mask;
	dst->flags |= src->flags & mask;
	if (src->flags & V4L2_BUF_FLAG_TIMECODE)
		dst->timecode = src->timecode;
}

static void daedalus_request_submit(struct daedalus_ctx *ctx,
				    struct daedalus_vbuf *src,
				    struct daedalus_vbuf *dst)
{
	struct daedalus_session *session;
	int ret;

	atomic64_inc(&ctx->dev->stats.requests);
	src->m2m.vb.sequence = ctx->sequence[DAEDALUS_SRC]++;
	src->cookie = ++ctx->last_cookie;
	src->num_dmabufs = 0;
	src->fence = NULL;
	src->sent = false;
	src->finished = false;
	src->dst = dst;
	daedalus_copy_metadata(&src->m2m.vb, &dst->m2m.vb);
	ret = daedalus_request_controls(ctx, src);
	if (!ret)
		ret = daedalus_request_arm(ctx, src);

	mutex_lock(&ctx->lock);
	session = ret ? ERR_PTR(ret) : daedalus_session_open(ctx);
	dst->pending++;
	if (src->m2m.vb.flags & V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF)
		ctx->held = dst;
	else
		ctx->held = NULL;
	list_add_tail(&src->inflight, &ctx->inflight);
	ctx->num_inflight++;

	ret = daedalus_request_send(ctx, session, src);
	if (ret) {
		daedalus_msg_free(src->msg);
		src->msg = NULL;
		daedalus_request_finish(ctx, src, VB2_BUF_STATE_ERROR);
		daedalus_request_retire(ctx);
	}
	mutex_unlock(&ctx->lock);
}

/* The CAPTURE buffer for a request, NULL if there is none now. */
static struct daedalus_vbuf *daedalus_request_dst(struct daedalus_ctx *ctx,
						  struct vb2_v4l2_buffer *src)
{
	struct vb2_v4l2_buffer *vbuf;
	struct daedalus_vbuf *dst;

	/* A second field goes where the first went. */
	mutex_lock(&ctx->lock);
	if (ctx->held &&
	    to_vb(ctx->held)->timestamp != src->vb2_buf.timestamp)
		daedalus_request_release_held(ctx);
	dst = ctx->held;
	mutex_unlock(&ctx->lock);
	if (dst)
		return dst;

	vbuf = v4l2_m2m_dst_buf_remove(ctx->fh.m2m_ctx);
	if (!vbuf)
		return NULL;
	vbuf->sequence = ctx->sequence[DAEDALUS_DST]++;
	dst = to_daedalus_vbuf(vbuf);
	dst->pending = 0;
	dst->failed = false;
	return dst;
}

/**
 * daedalus_request_pump() - send all requests that have their buffers
 * @ctx: the context; vb_mutex is held
 */
void daedalus_request_pump(struct daedalus_ctx *ctx)
{
	struct v4l2_m2m_ctx *m2m_ctx = ctx->fh.m2m_ctx;
	struct vb2_v4l2_buffer *src;
	struct daedalus_vbuf *dst;

	lockdep_assert_held(&ctx->vb_mutex);

	if (!ctx->streaming[DAEDALUS_SRC] || !ctx->streaming[DAEDALUS_DST])
		return;

	while ((src = v4l2_m2m_next_src_buf(m2m_ctx))) {
		dst = daedalus_request_dst(ctx, src);
		if (!dst)
			break;
		v4l2_m2m_src_buf_remove(m2m_ctx);
		daedalus_request_submit(ctx, to_daedalus_vbuf(src), dst);
	}
}

/**
 * daedalus_request_flush() - hold no CAPTURE buffer back
 * @ctx: the context; vb_mutex is held
 */
void daedalus_request_flush(struct daedalus_ctx *ctx)
{
	struct vb2_v4l2_buffer *src;

	lockdep_assert_held(&ctx->vb_mutex);

	src = v4l2_m2m_last_src_buf(ctx->fh.m2m_ctx);
	if (src) {
		src->flags &= ~V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
		return;
	}
	mutex_lock(&ctx->lock);
	daedalus_request_release_held(ctx);
	mutex_unlock(&ctx->lock);
}
