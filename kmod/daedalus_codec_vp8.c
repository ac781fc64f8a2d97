// SPDX-License-Identifier: GPL-2.0-or-later
/* VP8, all of which can be decoded. */

#include "daedalus_dev.h"

static const struct v4l2_ctrl_config daedalus_vp8_ctrls[] = {
	{
		.id = V4L2_CID_STATELESS_VP8_FRAME,
	}, {
		.id = V4L2_CID_MPEG_VIDEO_VP8_PROFILE,
		.min = V4L2_MPEG_VIDEO_VP8_PROFILE_0,
		.max = V4L2_MPEG_VIDEO_VP8_PROFILE_3,
		.def = V4L2_MPEG_VIDEO_VP8_PROFILE_0,
	},
};

static const u32 daedalus_vp8_sent[] = {
	V4L2_CID_STATELESS_VP8_FRAME,
};

static int daedalus_vp8_check(struct daedalus_ctx *ctx)
{
	const struct v4l2_ctrl_vp8_frame *frame =
		ctx->sent[0]->p_cur.p_vp8_frame;

	if (frame->width > ctx->decoded.width ||
	    frame->height > ctx->decoded.height)
		return -EINVAL;
	return 0;
}

const struct daedalus_codec daedalus_codec_vp8 = {
	.fourcc = V4L2_PIX_FMT_VP8_FRAME,
	.ctrls = daedalus_vp8_ctrls,
	.num_ctrls = ARRAY_SIZE(daedalus_vp8_ctrls),
	.sent = daedalus_vp8_sent,
	.num_sent = ARRAY_SIZE(daedalus_vp8_sent),
	.frame = V4L2_CID_STATELESS_VP8_FRAME,
	.decoded = daedalus_decoded_8bit,
	.num_decoded = DAEDALUS_NUM_DECODED_8BIT,
	.check = daedalus_vp8_check,
};
