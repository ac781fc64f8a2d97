// SPDX-License-Identifier: GPL-2.0-or-later
/* H.264, and which of it can be decoded. */

#include "daedalus_dev.h"

static const struct v4l2_ctrl_config daedalus_h264_ctrls[] = {
	{
		.id = V4L2_CID_STATELESS_H264_SPS,
	}, {
		.id = V4L2_CID_STATELESS_H264_PPS,
	}, {
		.id = V4L2_CID_STATELESS_H264_SCALING_MATRIX,
	}, {
		.id = V4L2_CID_STATELESS_H264_DECODE_PARAMS,
	}, {
		.id = V4L2_CID_STATELESS_H264_DECODE_MODE,
		.min = V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
		.max = V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
		.def = V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
	}, {
		/* A frame's slices are told apart by their start codes. */
		.id = V4L2_CID_STATELESS_H264_START_CODE,
		.min = V4L2_STATELESS_H264_START_CODE_ANNEX_B,
		.max = V4L2_STATELESS_H264_START_CODE_ANNEX_B,
		.def = V4L2_STATELESS_H264_START_CODE_ANNEX_B,
	}, {
		.id = V4L2_CID_MPEG_VIDEO_H264_PROFILE,
		.min = V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE,
		.max = V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10,
		.def = V4L2_MPEG_VIDEO_H264_PROFILE_MAIN,
		.menu_skip_mask = BIT(V4L2_MPEG_VIDEO_H264_PROFILE_EXTENDED),
	}, {
		.id = V4L2_CID_MPEG_VIDEO_H264_LEVEL,
		.min = V4L2_MPEG_VIDEO_H264_LEVEL_1_0,
		.max = V4L2_MPEG_VIDEO_H264_LEVEL_6_2,
		.def = V4L2_MPEG_VIDEO_H264_LEVEL_4_1,
	},
};

static const u32 daedalus_h264_sent[] = {
	V4L2_CID_STATELESS_H264_SPS,
	V4L2_CID_STATELESS_H264_PPS,
	V4L2_CID_STATELESS_H264_SCALING_MATRIX,
	V4L2_CID_STATELESS_H264_DECODE_PARAMS,
};

static int daedalus_h264_try_ctrl(struct v4l2_ctrl *ctrl)
{
	const struct v4l2_ctrl_h264_sps *sps = ctrl->p_new.p_h264_sps;

	if (ctrl->id != V4L2_CID_STATELESS_H264_SPS)
		return 0;

	/* 4:0:0 and 4:2:0; 0 is also the control's default. */
	if (sps->chroma_format_idc > 1)
		return -EINVAL;
	if (sps->bit_depth_luma_minus8 != 0 && sps->bit_depth_luma_minus8 != 2)
		return -EINVAL;
	if (sps->bit_depth_chroma_minus8 != sps->bit_depth_luma_minus8)
		return -EINVAL;
	return 0;
}

static unsigned int daedalus_h264_bit_depth(union v4l2_ctrl_ptr value)
{
	return value.p_h264_sps->bit_depth_luma_minus8 + 8;
}

static int daedalus_h264_check(struct daedalus_ctx *ctx)
{
	const struct v4l2_ctrl_h264_sps *sps = ctx->sent[0]->p_cur.p_h264_sps;
	u32 width = (sps->pic_width_in_mbs_minus1 + 1) * 16;
	u32 height = (sps->pic_height_in_map_units_minus1 + 1) * 16;

	if (!(sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY))
		height *= 2;

	/* OUTPUT may have the visible size, which is less than whole macroblocks. */
	if (width > ALIGN(ctx->decoded.width, 16) ||
	    height > ctx->decoded.height)
		return -EINVAL;
	return 0;
}

const struct daedalus_codec daedalus_codec_h264 = {
	.fourcc = V4L2_PIX_FMT_H264_SLICE,
	.ctrls = daedalus_h264_ctrls,
	.num_ctrls = ARRAY_SIZE(daedalus_h264_ctrls),
	.sent = daedalus_h264_sent,
	.num_sent = ARRAY_SIZE(daedalus_h264_sent),
	.frame = V4L2_CID_STATELESS_H264_DECODE_PARAMS,
	.decoded = daedalus_decoded_10bit,
	.num_decoded = DAEDALUS_NUM_DECODED_10BIT,
	.try_ctrl = daedalus_h264_try_ctrl,
	.sequence = V4L2_CID_STATELESS_H264_SPS,
	.bit_depth = daedalus_h264_bit_depth,
	.check = daedalus_h264_check,
};
