// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decode requests, back: from a message in flight to buffers that are done.
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

/**
 * daedalus_request_release_held() - wait for no second field any more
 * @ctx: the context; its lock is held
 */
void daedalus_request_release_held(struct daedalus_ctx *ctx)
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
	xa_erase(&ctx->requests, src->cookie);
	for (i = 0; i < src->num_dmabufs; i++)
		daedalus_dmabuf_put(ctx, src->dmabufs[i]);

	if (src->state != VB2_BUF_STATE_DONE)
		dst->failed = true;
	dst->pending--;
	daedalus_dst_done(ctx, dst);
	v4l2_m2m_buf_done(&src->m2m.vb, src->state);
}

/**
 * daedalus_request_retire() - give the buffers of finished requests back
 * @ctx: the context; its lock is held
 *
 * In decode order: those of a request that was refused, or that the worker was
 * quick with, wait for the ones before it.
 */
void daedalus_request_retire(struct daedalus_ctx *ctx)
{
	struct daedalus_vbuf *src, *next;

	lockdep_assert_held(&ctx->lock);

	list_for_each_entry_safe(src, next, &ctx->inflight, inflight) {
		if (!src->finished)
			break;
		daedalus_request_return(ctx, src);
	}
}

/**
 * daedalus_request_finish() - note how a request ended
 * @ctx: the context; its lock is held
 * @src: the request
 * @state: VB2_BUF_STATE_DONE or VB2_BUF_STATE_ERROR
 *
 * daedalus_request_retire() is to follow. Whoever imports the picture waits for
 * nothing but it: not for earlier ones either.
 */
void daedalus_request_finish(struct daedalus_ctx *ctx,
			     struct daedalus_vbuf *src,
			     enum vb2_buffer_state state)
{
	struct daedalus_stats *stats = &ctx->dev->stats;

	lockdep_assert_held(&ctx->lock);

	daedalus_fence_finish(src, state == VB2_BUF_STATE_DONE ? 0 : -EIO);
	src->finished = true;
	src->state = state;
	if (!--ctx->num_inflight)
		wake_up_all(&ctx->idle);
	if (state == VB2_BUF_STATE_DONE)
		atomic64_inc(&stats->frames_done);
	else
		atomic64_inc(&stats->frames_error);
}

/* Take a request back from its worker if that has not read it. */
static bool daedalus_request_unsend(struct daedalus_session *session,
				    const struct daedalus_vbuf *src)
{
	return daedalus_msg_drop(&session->queue, DAEDALUS_MSG_REQ_DECODE,
				 src->cookie);
}

/**
 * daedalus_request_fail_all() - finish all requests with an error
 * @ctx: the context; its lock is held
 * @session: its session, which has ended
 */
void daedalus_request_fail_all(struct daedalus_ctx *ctx,
			       struct daedalus_session *session)
{
	struct daedalus_vbuf *src;

	list_for_each_entry(src, &ctx->inflight, inflight) {
		if (src->finished)
			continue;
		if (!daedalus_request_unsend(session, src))
			daedalus_lease_keep(session, src);
		daedalus_request_finish(ctx, src, VB2_BUF_STATE_ERROR);
	}
	daedalus_request_retire(ctx);
}

static void daedalus_request_cancel(struct daedalus_ctx *ctx,
				    struct daedalus_vbuf *src)
{
	trace_daedalus_request_cancelled(ctx->session->id, src->cookie,
					 to_vb(src)->timestamp);
	atomic64_inc(&ctx->dev->stats.cancelled);
	daedalus_request_finish(ctx, src, VB2_BUF_STATE_ERROR);
}

/**
 * daedalus_request_recall() - cancel what the worker has not read
 * @ctx: the context
 *
 * Return: true if there are requests that it has read.
 */
bool daedalus_request_recall(struct daedalus_ctx *ctx)
{
	struct daedalus_vbuf *src;
	bool more;

	mutex_lock(&ctx->lock);
	list_for_each_entry(src, &ctx->inflight, inflight) {
		if (!src->finished &&
		    daedalus_request_unsend(ctx->session, src))
			daedalus_request_cancel(ctx, src);
	}
	daedalus_request_retire(ctx);
	more = ctx->num_inflight;
	mutex_unlock(&ctx->lock);
	return more;
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
	struct daedalus_vbuf *src;

	mutex_lock(&ctx->lock);
	list_for_each_entry(src, &ctx->inflight, inflight) {
		if (src->finished)
			continue;
		if (!daedalus_request_unsend(ctx->session, src))
			daedalus_lease_keep(ctx->session, src);
		daedalus_request_cancel(ctx, src);
	}
	daedalus_request_retire(ctx);
	daedalus_request_release_held(ctx);
	mutex_unlock(&ctx->lock);
}

/**
 * daedalus_request_sent() - a worker is about to read a request
 * @session: the worker's session
 * @cookie: of the request, which may have been cancelled meanwhile
 */
void daedalus_request_sent(struct daedalus_session *session, u32 cookie)
{
	struct daedalus_ctx *ctx = session->ctx;
	struct daedalus_vbuf *src;
	unsigned int i;

	mutex_lock(&ctx->lock);
	src = session->closed ? NULL : xa_load(&ctx->requests, cookie);
	if (src) {
		src->sent = true;
		spin_lock(&ctx->dmabuf_lock);
		for (i = 0; i < src->num_dmabufs; i++)
			src->dmabufs[i]->named_to = session->id;
		spin_unlock(&ctx->dmabuf_lock);
	}
	mutex_unlock(&ctx->lock);
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
	src = xa_load(&ctx->requests, cookie);
	if (!src || src->finished) {
		ret = -ENOENT;
		goto unlock;
	}
	if (!src->sent) {
		daedalus_session_close(ctx, DAEDALUS_CLOSE_PROTOCOL);
		ret = -EPROTO;
		goto unlock;
	}

	WRITE_ONCE(session->progress, jiffies);
	atomic64_add(resp->bytes_copied, &ctx->dev->stats.bytes_copied);
	trace_daedalus_request_completed(session->id, cookie,
					 to_vb(src)->timestamp, resp->status,
					 resp->bytes_copied);
	if (!resp->status)
		ctx->deaths = 0;
	daedalus_request_finish(ctx, src, resp->status ? VB2_BUF_STATE_ERROR :
							 VB2_BUF_STATE_DONE);
	daedalus_request_retire(ctx);
unlock:
	mutex_unlock(&ctx->lock);
	/* Not before: until then the request could end without its answer. */
	daedalus_lease_end(session, cookie);
	return ret;
}
