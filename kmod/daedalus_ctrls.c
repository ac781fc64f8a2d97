// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Controls: the client sets them with each request, and their values go to the
 * worker with it.
 */

#include "daedalus_dev.h"

static int daedalus_try_ctrl(struct v4l2_ctrl *ctrl)
{
	unsigned int i, j;

	for (i = 0; i < daedalus_num_codecs; i++) {
		const struct daedalus_codec *codec = daedalus_codecs[i];

		for (j = 0; j < codec->num_ctrls; j++) {
			if (codec->ctrls[j].id == ctrl->id)
				return codec->try_ctrl ?
					codec->try_ctrl(ctrl) : 0;
		}
	}
	return 0;
}

/*
 * Note how many bits the samples have. So nobody else has to take the handler's
 * lock to know it: a client can hold that one for as long as it likes, with a
 * page fault that it serves itself.
 */
static int daedalus_s_ctrl(struct v4l2_ctrl *ctrl)
{
	struct daedalus_ctx *ctx =
		container_of(ctrl->handler, struct daedalus_ctx, hdl);
	unsigned int i;

	for (i = 0; i < daedalus_num_codecs; i++) {
		const struct daedalus_codec *codec = daedalus_codecs[i];

		if (codec->sequence == ctrl->id)
			WRITE_ONCE(ctx->bit_depth[i],
				   codec->bit_depth(ctrl->p_new));
	}
	return 0;
}

static const struct v4l2_ctrl_ops daedalus_ctrl_ops = {
	.try_ctrl = daedalus_try_ctrl,
	.s_ctrl = daedalus_s_ctrl,
};

/**
 * daedalus_ctrls_init() - create the controls of all codecs
 * @ctx: the context
 *
 * Return: 0, or a negative errno; then the handler is freed.
 */
int daedalus_ctrls_init(struct daedalus_ctx *ctx)
{
	struct v4l2_ctrl_handler *hdl = &ctx->hdl;
	unsigned int i, j, num = 0;
	int ret;

	for (i = 0; i < daedalus_num_codecs; i++)
		num += daedalus_codecs[i]->num_ctrls;

	v4l2_ctrl_handler_init(hdl, num);
	for (i = 0; i < daedalus_num_codecs; i++) {
		const struct daedalus_codec *codec = daedalus_codecs[i];

		for (j = 0; j < codec->num_ctrls; j++) {
			struct v4l2_ctrl_config cfg = codec->ctrls[j];

			cfg.ops = &daedalus_ctrl_ops;
			v4l2_ctrl_new_custom(hdl, &cfg, NULL);
		}
	}

	ret = hdl->error;
	if (!ret)
		ret = v4l2_ctrl_handler_setup(hdl);
	if (ret) {
		v4l2_ctrl_handler_free(hdl);
		return ret;
	}
	ctx->fh.ctrl_handler = hdl;
	return 0;
}

/**
 * daedalus_ctrls_select() - change the codec
 * @ctx: the context; vb_mutex is held, or nobody else knows it yet
 * @codec: the codec
 */
void daedalus_ctrls_select(struct daedalus_ctx *ctx,
			   const struct daedalus_codec *codec)
{
	unsigned int i;

	ctx->codec = codec;
	for (i = 0; i < codec->num_sent; i++)
		ctx->sent[i] = v4l2_ctrl_find(&ctx->hdl, codec->sent[i]);
}

/**
 * daedalus_ctrls_bit_depth() - bits of a sample of what is decoded
 * @ctx: the context; vb_mutex is held, or nobody else knows it yet
 *
 * Return: the bit depth that the controls say now, which may be one that
 * nothing is decoded of.
 */
unsigned int daedalus_ctrls_bit_depth(struct daedalus_ctx *ctx)
{
	unsigned int i;

	for (i = 0; i < daedalus_num_codecs; i++) {
		if (daedalus_codecs[i] == ctx->codec && ctx->codec->sequence)
			return READ_ONCE(ctx->bit_depth[i]);
	}
	return 8;
}

/**
 * daedalus_ctrls_validate() - whether a request has what each one needs
 * @ctx: the context
 * @req: the request, of whose buffers one is in the OUTPUT queue; so the codec
 *	does not change
 *
 * Return: 0, or -ENOENT if the control that describes the picture is missing.
 */
int daedalus_ctrls_validate(struct daedalus_ctx *ctx, struct media_request *req)
{
	struct v4l2_ctrl_handler *hdl;
	struct v4l2_ctrl *ctrl;

	hdl = v4l2_ctrl_request_hdl_find(req, &ctx->hdl);
	if (!hdl)
		return -ENOENT;
	ctrl = v4l2_ctrl_request_hdl_ctrl_find(hdl, ctx->codec->frame);
	v4l2_ctrl_request_hdl_put(hdl);
	return ctrl ? 0 : -ENOENT;
}

static u32 daedalus_ctrl_size(const struct v4l2_ctrl *ctrl)
{
	return ctrl->elems * ctrl->elem_size;
}

/**
 * daedalus_ctrls_room() - most room that the controls of a request can need
 * @ctx: the context; vb_mutex is held
 *
 * Return: bytes.
 */
u32 daedalus_ctrls_room(struct daedalus_ctx *ctx)
{
	unsigned int i;
	u32 size = 0;

	for (i = 0; i < ctx->codec->num_sent; i++) {
		const struct v4l2_ctrl *ctrl = ctx->sent[i];
		u32 elems = ctrl->is_dyn_array ? ctrl->dims[0] : ctrl->elems;

		size += sizeof(struct daedalus_control);
		size += ALIGN(elems * ctrl->elem_size, 8);
	}
	return size;
}

/**
 * daedalus_ctrls_size() - room that the controls of a request need
 * @ctx: the context; vb_mutex and its control handler's lock are held
 *
 * Return: bytes of struct daedalus_control and data.
 */
u32 daedalus_ctrls_size(struct daedalus_ctx *ctx)
{
	unsigned int i;
	u32 size = 0;

	for (i = 0; i < ctx->codec->num_sent; i++) {
		size += sizeof(struct daedalus_control);
		size += ALIGN(daedalus_ctrl_size(ctx->sent[i]), 8);
	}
	return size;
}

/**
 * daedalus_ctrls_snapshot() - copy the controls of a request
 * @ctx: the context; vb_mutex and its control handler's lock are held
 * @out: zeroed memory of daedalus_ctrls_size() bytes
 */
void daedalus_ctrls_snapshot(struct daedalus_ctx *ctx, u8 *out)
{
	unsigned int i;

	for (i = 0; i < ctx->codec->num_sent; i++) {
		const struct v4l2_ctrl *ctrl = ctx->sent[i];
		struct daedalus_control *head = (struct daedalus_control *)out;

		head->id = ctrl->id;
		head->size = daedalus_ctrl_size(ctrl);
		out += sizeof(*head);
		memcpy(out, ctrl->p_cur.p_const, head->size);
		out += ALIGN(head->size, 8);
	}
}
