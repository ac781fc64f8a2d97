// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decode requests: from a pair of buffers to a message in flight, and back.
 *
 * A request is in flight from when its message was queued for the worker until
 * it is finished by exactly one of: the worker's answer, STREAMOFF or close(),
 * the end of the session. Finished ones stay in daedalus_ctx.inflight for as long
 * as there are earlier ones that are not. All are finished, and taken off the
 * list, without letting go of daedalus_ctx.lock in between; so when
 * stop_streaming has had that lock, vb2 has all buffers back.
 */

#include "daedalus_dev.h"
#include "daedalus_trace.h"

static struct vb2_buffer *to_vb(struct daedalus_vbuf *vbuf)
{
	return &vbuf->m2m.vb.vb2_buf;
}

/* Give a CAPTURE buffer back if neither a request nor the client needs it. */
static void daedalus_dst_done(struct daedalus_ctx *ctx,
			      struct daedalus_vbuf *dst)
{
	unsigned int i;

	if (dst->pending || dst == ctx->held)
		return;

	if (dst->failed) {
		for (i = 0; i < to_vb(dst)->num_planes; i++)
			vb2_set_plane_payload(to_vb(dst), i, 0);
	}
	v4l2_m2m_buf_done(&dst->m2m.vb, dst->failed ? VB2_BUF_STATE_ERROR :
						      VB2_BUF_STATE_DONE);
}

static void daedalus_request_release_held(struct daedalus_ctx *ctx)
{
	struct daedalus_vbuf *dst = ctx->held;

	ctx->held = NULL;
	if (dst)
		daedalus_dst_done(ctx, dst);
}

/*
 * The CAPTURE buffer first: when the OUTPUT buffer is done the request is
 * complete, and who polls it then expects the picture.
 */
static void daedalus_request_return(struct daedalus_ctx *ctx,
				    struct daedalus_vbuf *src)
{
	struct daedalus_vbuf *dst = src->dst;
	unsigned int i;

	list_del(&src->inflight);
	for (i = 0; i < src->num_dmabufs; i++)
		daedalus_dmabuf_put(ctx, src->dmabufs[i]);

	if (src->state != VB2_BUF_STATE_DONE)
		dst->failed = true;
	dst->pending--;
	daedalus_dst_done(ctx, dst);
	v4l2_m2m_buf_done(&src->m2m.vb, src->state);
}

/*
 * Give the buffers of finished requests back, in decode order: those of a
 * request that was refused, or that the worker was quick with, wait for the ones
 * before it.
 */
static void daedalus_request_retire(struct daedalus_ctx *ctx)
{
	struct daedalus_vbuf *src, *next;

	lockdep_assert_held(&ctx->lock);

	list_for_each_entry_safe(src, next, &ctx->inflight, inflight) {
		if (!src->finished)
			break;
		daedalus_request_return(ctx, src);
	}
}

/* How a request ended. daedalus_request_retire() is to follow. */
static void daedalus_request_finish(struct daedalus_ctx *ctx,
				    struct daedalus_vbuf *src,
				    enum vb2_buffer_state state)
{
	struct daedalus_stats *stats = &ctx->dev->stats;

	lockdep_assert_held(&ctx->lock);

	src->finished = true;
	src->state = state;
	ctx->num_inflight--;
	if (state == VB2_BUF_STATE_DONE)
		atomic64_inc(&stats->frames_done);
	else
		atomic64_inc(&stats->frames_error);
}

static int daedalus_request_name_buffers(struct daedalus_vbuf *src)
{
	struct vb2_buffer *dst = to_vb(src->dst);
	unsigned int i;
	int ret;

	ret = daedalus_mem_get_dmabuf(to_vb(src), 0, &src->dmabufs[0]);
	if (ret)
		return ret;
	src->num_dmabufs = 1;

	for (i = 0; i < dst->num_planes; i++) {
		ret = daedalus_mem_get_dmabuf(dst, i, &src->dmabufs[1 + i]);
		if (ret)
			return ret;
		src->num_dmabufs++;
	}
	return 0;
}

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

/* The message for a request, with what the control handler's lock protects. */
static struct daedalus_msg *daedalus_request_snapshot(struct daedalus_ctx *ctx)
{
	struct daedalus_msg *msg;
	u32 size;
	int ret;

	mutex_lock(ctx->hdl.lock);
	ret = daedalus_request_check(ctx);
	if (ret) {
		msg = ERR_PTR(ret);
		goto unlock;
	}
	size = sizeof(struct daedalus_req_decode) + daedalus_ctrls_size(ctx);
	/* Some controls are as long as the client makes them. */
	if (size > DAEDALUS_MSG_MAX_PAYLOAD) {
		msg = ERR_PTR(-EMSGSIZE);
		goto unlock;
	}
	msg = daedalus_msg_alloc(DAEDALUS_MSG_REQ_DECODE, 0, NULL, size);
	if (!msg) {
		msg = ERR_PTR(-ENOMEM);
		goto unlock;
	}
	daedalus_ctrls_snapshot(ctx, msg->payload +
				sizeof(struct daedalus_req_decode));
unlock:
	mutex_unlock(ctx->hdl.lock);
	return msg;
}

/*
 * Apply a request's controls and note their values. Decoding changes none, so
 * this is also where their part in the request is complete: later they may have
 * the values of the next one.
 */
static struct daedalus_msg *daedalus_request_controls(struct daedalus_ctx *ctx,
						      struct media_request *req)
{
	struct daedalus_msg *msg;
	int ret;

	ret = v4l2_ctrl_request_setup(req, &ctx->hdl);
	msg = ret ? ERR_PTR(ret) : daedalus_request_snapshot(ctx);
	v4l2_ctrl_request_complete(req, &ctx->hdl);
	return msg;
}

static int daedalus_request_send(struct daedalus_ctx *ctx,
				 struct daedalus_session *session,
				 struct daedalus_vbuf *src,
				 struct daedalus_msg *msg)
{
	int ret;

	if (IS_ERR(session))
		return PTR_ERR(session);

	ret = daedalus_buf_fit(ctx, to_vb(src->dst));
	if (ret)
		return ret;
	ret = daedalus_request_name_buffers(src);
	if (ret)
		return ret;
	msg->hdr.cookie = src->cookie;
	daedalus_request_describe(ctx, src, (void *)msg->payload);
	ret = daedalus_msg_push(&session->queue, msg);
	if (ret)
		return ret;
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
	struct daedalus_msg *msg;
	int ret;

	atomic64_inc(&ctx->dev->stats.requests);
	src->m2m.vb.sequence = ctx->sequence[DAEDALUS_SRC]++;
	daedalus_copy_metadata(&src->m2m.vb, &dst->m2m.vb);
	msg = daedalus_request_controls(ctx, to_vb(src)->req_obj.req);

	mutex_lock(&ctx->lock);
	session = daedalus_session_open(ctx);
	src->cookie = ++ctx->last_cookie;
	src->num_dmabufs = 0;
	src->finished = false;
	src->dst = dst;
	dst->pending++;
	if (src->m2m.vb.flags & V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF)
		ctx->held = dst;
	else
		ctx->held = NULL;
	list_add_tail(&src->inflight, &ctx->inflight);
	ctx->num_inflight++;

	if (IS_ERR(msg)) {
		ret = PTR_ERR(msg);
	} else {
		ret = daedalus_request_send(ctx, session, src, msg);
		if (ret)
			daedalus_msg_free(msg);
	}
	if (ret) {
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
 * daedalus_request_fail_all() - finish all requests with an error
 * @ctx: the context; its lock is held
 *
 * For when the session has ended.
 */
void daedalus_request_fail_all(struct daedalus_ctx *ctx)
{
	struct daedalus_vbuf *src;

	list_for_each_entry(src, &ctx->inflight, inflight) {
		if (!src->finished)
			daedalus_request_finish(ctx, src, VB2_BUF_STATE_ERROR);
	}
	daedalus_request_retire(ctx);
}

/**
 * daedalus_request_cancel_all() - finish all requests at once
 * @ctx: the context
 *
 * For STREAMOFF and close(). What the worker did not read yet it will not see;
 * its answers to the rest will find nothing.
 */
void daedalus_request_cancel_all(struct daedalus_ctx *ctx)
{
	struct daedalus_session *session;
	struct daedalus_vbuf *src;

	mutex_lock(&ctx->lock);
	session = ctx->session;
	list_for_each_entry(src, &ctx->inflight, inflight) {
		if (src->finished)
			continue;
		trace_daedalus_request_cancelled(session->id, src->cookie,
						 to_vb(src)->timestamp);
		atomic64_inc(&ctx->dev->stats.cancelled);
		daedalus_msg_drop(&session->queue, DAEDALUS_MSG_REQ_DECODE,
				  src->cookie);
		daedalus_request_finish(ctx, src, VB2_BUF_STATE_ERROR);
	}
	daedalus_request_retire(ctx);
	daedalus_request_release_held(ctx);
	mutex_unlock(&ctx->lock);
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

static struct daedalus_vbuf *daedalus_request_find(struct daedalus_ctx *ctx,
						   u32 cookie)
{
	struct daedalus_vbuf *src;

	list_for_each_entry(src, &ctx->inflight, inflight) {
		if (src->cookie == cookie && !src->finished)
			return src;
	}
	return NULL;
}

/**
 * daedalus_request_respond() - a worker finished a request
 * @session: the worker's session
 * @cookie: of the request
 * @resp: the result
 *
 * Return: 0, -ENOENT if the request is not in flight (any more), -ESHUTDOWN if
 * the session has ended, -EPROTO if the worker did not even read the request:
 * that ends the session.
 */
int daedalus_request_respond(struct daedalus_session *session, u32 cookie,
			     const struct daedalus_resp_frame *resp)
{
	struct daedalus_ctx *ctx = session->ctx;
	struct daedalus_vbuf *src;
	int ret = 0;

	if (resp->status > MAX_ERRNO)
		return -EINVAL;

	mutex_lock(&ctx->lock);
	if (session->closed) {
		ret = -ESHUTDOWN;
		goto unlock;
	}
	src = daedalus_request_find(ctx, cookie);
	if (!src) {
		ret = -ENOENT;
		goto unlock;
	}
	if (daedalus_msg_drop(&session->queue, DAEDALUS_MSG_REQ_DECODE,
			      cookie)) {
		daedalus_session_close(ctx, DAEDALUS_CLOSE_PROTOCOL);
		ret = -EPROTO;
		goto unlock;
	}

	WRITE_ONCE(session->progress, jiffies);
	atomic64_add(resp->bytes_copied, &ctx->dev->stats.bytes_copied);
	trace_daedalus_request_completed(session->id, cookie,
					 to_vb(src)->timestamp, resp->status,
					 resp->bytes_copied);
	daedalus_request_finish(ctx, src, resp->status ? VB2_BUF_STATE_ERROR :
							 VB2_BUF_STATE_DONE);
	daedalus_request_retire(ctx);
unlock:
	mutex_unlock(&ctx->lock);
	return ret;
}
