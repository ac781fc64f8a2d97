// SPDX-License-Identifier: GPL-2.0-or-later
/* MPEG-2, and which of it can be decoded. */

#include "daedalus_dev.h"

/* f_code has four bits in a picture coding extension. */
#define DAEDALUS_MPEG2_MAX_F_CODE 15

static const struct v4l2_ctrl_config daedalus_mpeg2_ctrls[] = {
	{
		.id = V4L2_CID_STATELESS_MPEG2_SEQUENCE,
	}, {
		.id = V4L2_CID_STATELESS_MPEG2_PICTURE,
	}, {
		.id = V4L2_CID_STATELESS_MPEG2_QUANTISATION,
	}, {
		.id = V4L2_CID_MPEG_VIDEO_MPEG2_PROFILE,
		.min = V4L2_MPEG_VIDEO_MPEG2_PROFILE_SIMPLE,
		.max = V4L2_MPEG_VIDEO_MPEG2_PROFILE_MAIN,
		.def = V4L2_MPEG_VIDEO_MPEG2_PROFILE_MAIN,
	}, {
		.id = V4L2_CID_MPEG_VIDEO_MPEG2_LEVEL,
		.min = V4L2_MPEG_VIDEO_MPEG2_LEVEL_LOW,
		.max = V4L2_MPEG_VIDEO_MPEG2_LEVEL_HIGH,
		.def = V4L2_MPEG_VIDEO_MPEG2_LEVEL_HIGH,
	},
};

static const u32 daedalus_mpeg2_sent[] = {
	V4L2_CID_STATELESS_MPEG2_SEQUENCE,
	V4L2_CID_STATELESS_MPEG2_PICTURE,
	V4L2_CID_STATELESS_MPEG2_QUANTISATION,
};

static int
daedalus_mpeg2_try_picture(const struct v4l2_ctrl_mpeg2_picture *picture)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (picture->f_code[i / 2][i % 2] > DAEDALUS_MPEG2_MAX_F_CODE)
			return -EINVAL;
	}
	return 0;
}

static int
daedalus_mpeg2_try_quant(const struct v4l2_ctrl_mpeg2_quantisation *quant)
{
	unsigned int i;

	/* The others are for 4:2:2 and 4:4:4. Zero is forbidden in all. */
	for (i = 0; i < ARRAY_SIZE(quant->intra_quantiser_matrix); i++) {
		if (!quant->intra_quantiser_matrix[i] ||
		    !quant->non_intra_quantiser_matrix[i])
			return -EINVAL;
	}
	return 0;
}

static int daedalus_mpeg2_try_ctrl(struct v4l2_ctrl *ctrl)
{
	switch (ctrl->id) {
	case V4L2_CID_STATELESS_MPEG2_SEQUENCE:
		/* 4:2:0 */
		return ctrl->p_new.p_mpeg2_sequence->chroma_format == 1 ?
			0 : -EINVAL;
	case V4L2_CID_STATELESS_MPEG2_PICTURE:
		return daedalus_mpeg2_try_picture(ctrl->p_new.p_mpeg2_picture);
	case V4L2_CID_STATELESS_MPEG2_QUANTISATION:
		return daedalus_mpeg2_try_quant(ctrl->p_new.p_mpeg2_quantisation);
	default:
		return 0;
	}
}

static int daedalus_mpeg2_check(struct daedalus_ctx *ctx)
{
	const struct v4l2_ctrl_mpeg2_sequence *sequence =
		ctx->sent[0]->p_cur.p_mpeg2_sequence;

	if (!sequence->horizontal_size || !sequence->vertical_size ||
	    sequence->horizontal_size > ctx->decoded.width ||
	    sequence->vertical_size > ctx->decoded.height)
		return -EINVAL;
	return 0;
}

const struct daedalus_codec daedalus_codec_mpeg2 = {
	.fourcc = V4L2_PIX_FMT_MPEG2_SLICE,
	.ctrls = daedalus_mpeg2_ctrls,
	.num_ctrls = ARRAY_SIZE(daedalus_mpeg2_ctrls),
	.sent = daedalus_mpeg2_sent,
	.num_sent = ARRAY_SIZE(daedalus_mpeg2_sent),
	.frame = V4L2_CID_STATELESS_MPEG2_PICTURE,
	.decoded = daedalus_decoded_8bit,
	.num_decoded = DAEDALUS_NUM_DECODED_8BIT,
	.try_ctrl = daedalus_mpeg2_try_ctrl,
	.check = daedalus_mpeg2_check,
};
