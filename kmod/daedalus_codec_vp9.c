// SPDX-License-Identifier: GPL-2.0-or-later
/* VP9, and which of it can be decoded. */

#include "daedalus_dev.h"

static const struct v4l2_ctrl_config daedalus_vp9_ctrls[] = {
	{
		.id = V4L2_CID_STATELESS_VP9_FRAME,
	}, {
		.id = V4L2_CID_STATELESS_VP9_COMPRESSED_HDR,
	}, {
		.id = V4L2_CID_MPEG_VIDEO_VP9_PROFILE,
		.min = V4L2_MPEG_VIDEO_VP9_PROFILE_0,
		.max = V4L2_MPEG_VIDEO_VP9_PROFILE_2,
		.def = V4L2_MPEG_VIDEO_VP9_PROFILE_0,
		.menu_skip_mask = BIT(V4L2_MPEG_VIDEO_VP9_PROFILE_1),
	},
};

static const u32 daedalus_vp9_sent[] = {
	V4L2_CID_STATELESS_VP9_FRAME,
	V4L2_CID_STATELESS_VP9_COMPRESSED_HDR,
};

static int daedalus_vp9_try_ctrl(struct v4l2_ctrl *ctrl)
{
	const struct v4l2_ctrl_vp9_frame *frame = ctrl->p_new.p_vp9_frame;

	if (ctrl->id != V4L2_CID_STATELESS_VP9_FRAME)
		return 0;

	/*
	 * Profiles 0 and 2 imply 4:2:0, and profile 0 implies 8 bit: the control
	 * framework checks it. Profile 2 has 10 or 12 bit.
	 */
	if (frame->profile != V4L2_MPEG_VIDEO_VP9_PROFILE_0 &&
	    frame->profile != V4L2_MPEG_VIDEO_VP9_PROFILE_2)
		return -EINVAL;
	return frame->bit_depth == 8 || frame->bit_depth == 10 ? 0 : -EINVAL;
}

static unsigned int daedalus_vp9_bit_depth(union v4l2_ctrl_ptr value)
{
	return value.p_vp9_frame->bit_depth;
}

static int daedalus_vp9_check(struct daedalus_ctx *ctx)
{
	const struct v4l2_ctrl_vp9_frame *frame =
		ctx->sent[0]->p_cur.p_vp9_frame;

	if (frame->frame_width_minus_1 + 1U > ctx->decoded.width ||
	    frame->frame_height_minus_1 + 1U > ctx->decoded.height)
		return -EINVAL;
	return 0;
}

const struct daedalus_codec daedalus_codec_vp9 = {
	.fourcc = V4L2_PIX_FMT_VP9_FRAME,
	.ctrls = daedalus_vp9_ctrls,
	.num_ctrls = ARRAY_SIZE(daedalus_vp9_ctrls),
	.sent = daedalus_vp9_sent,
	.num_sent = ARRAY_SIZE(daedalus_vp9_sent),
	.frame = V4L2_CID_STATELESS_VP9_FRAME,
	.decoded = daedalus_decoded_10bit,
	.num_decoded = DAEDALUS_NUM_DECODED_10BIT,
	.try_ctrl = daedalus_vp9_try_ctrl,
	.sequence = V4L2_CID_STATELESS_VP9_FRAME,
	.bit_depth = daedalus_vp9_bit_depth,
	.check = daedalus_vp9_check,
};
