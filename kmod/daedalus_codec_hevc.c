// SPDX-License-Identifier: GPL-2.0-or-later
/* H.265, and which of it can be decoded. */

#include "daedalus_dev.h"

/*
 * No V4L2_CID_STATELESS_HEVC_SLICE_PARAMS nor .._ENTRY_POINT_OFFSETS: a decoder
 * of whole frames needs neither, all of it is in the bitstream; and GStreamer
 * 1.22, which fills them in where they are offered, reads entry points that it
 * has freed.
 */
static const struct v4l2_ctrl_config daedalus_hevc_ctrls[] = {
	{
		.id = V4L2_CID_STATELESS_HEVC_SPS,
	}, {
		.id = V4L2_CID_STATELESS_HEVC_PPS,
	}, {
		.id = V4L2_CID_STATELESS_HEVC_SCALING_MATRIX,
	}, {
		.id = V4L2_CID_STATELESS_HEVC_DECODE_PARAMS,
	}, {
		.id = V4L2_CID_STATELESS_HEVC_DECODE_MODE,
		.min = V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED,
		.max = V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED,
		.def = V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED,
	}, {
		/* A frame's slices are told apart by their start codes. */
		.id = V4L2_CID_STATELESS_HEVC_START_CODE,
		.min = V4L2_STATELESS_HEVC_START_CODE_ANNEX_B,
		.max = V4L2_STATELESS_HEVC_START_CODE_ANNEX_B,
		.def = V4L2_STATELESS_HEVC_START_CODE_ANNEX_B,
	}, {
		.id = V4L2_CID_MPEG_VIDEO_HEVC_PROFILE,
		.min = V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN,
		.max = V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10,
		.def = V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN,
	}, {
		.id = V4L2_CID_MPEG_VIDEO_HEVC_LEVEL,
		.min = V4L2_MPEG_VIDEO_HEVC_LEVEL_1,
		.max = V4L2_MPEG_VIDEO_HEVC_LEVEL_6_2,
		.def = V4L2_MPEG_VIDEO_HEVC_LEVEL_4_1,
	},
};

static const u32 daedalus_hevc_sent[] = {
	V4L2_CID_STATELESS_HEVC_SPS,
	V4L2_CID_STATELESS_HEVC_PPS,
	V4L2_CID_STATELESS_HEVC_SCALING_MATRIX,
	V4L2_CID_STATELESS_HEVC_DECODE_PARAMS,
};

static int daedalus_hevc_try_ctrl(struct v4l2_ctrl *ctrl)
{
	const struct v4l2_ctrl_hevc_sps *sps = ctrl->p_new.p_hevc_sps;

	if (ctrl->id != V4L2_CID_STATELESS_HEVC_SPS)
		return 0;

	/* 4:2:0; 0 is the control's default, which is never sent. */
	if (sps->chroma_format_idc > 1)
		return -EINVAL;
	if (sps->bit_depth_luma_minus8 != 0 && sps->bit_depth_luma_minus8 != 2)
		return -EINVAL;
	if (sps->bit_depth_chroma_minus8 != sps->bit_depth_luma_minus8)
		return -EINVAL;
	return 0;
}

static unsigned int daedalus_hevc_bit_depth(union v4l2_ctrl_ptr value)
{
	return value.p_hevc_sps->bit_depth_luma_minus8 + 8;
}

static int daedalus_hevc_check(struct daedalus_ctx *ctx)
{
	const struct v4l2_ctrl_hevc_sps *sps = ctx->sent[0]->p_cur.p_hevc_sps;
	u32 block;

	if (sps->chroma_format_idc != 1 ||
	    sps->log2_min_luma_coding_block_size_minus3 > 3)
		return -EINVAL;

	/* OUTPUT may have the visible size, which is less than whole blocks. */
	block = 8 << sps->log2_min_luma_coding_block_size_minus3;
	if (sps->pic_width_in_luma_samples > ALIGN(ctx->decoded.width, block) ||
	    sps->pic_height_in_luma_samples > ctx->decoded.height)
		return -EINVAL;
	return 0;
}

const struct daedalus_codec daedalus_codec_hevc = {
	.fourcc = V4L2_PIX_FMT_HEVC_SLICE,
	.ctrls = daedalus_hevc_ctrls,
	.num_ctrls = ARRAY_SIZE(daedalus_hevc_ctrls),
	.sent = daedalus_hevc_sent,
	.num_sent = ARRAY_SIZE(daedalus_hevc_sent),
	.frame = V4L2_CID_STATELESS_HEVC_DECODE_PARAMS,
	.decoded = daedalus_decoded_10bit,
	.num_decoded = DAEDALUS_NUM_DECODED_10BIT,
	.try_ctrl = daedalus_hevc_try_ctrl,
	.sequence = V4L2_CID_STATELESS_HEVC_SPS,
	.bit_depth = daedalus_hevc_bit_depth,
	.check = daedalus_hevc_check,
};
