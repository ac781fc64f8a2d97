// SPDX-License-Identifier: GPL-2.0-or-later
/* AV1, and which of it can be decoded. Kernels before 6.5 do not know it. */

#include "daedalus_dev.h"

#ifdef DAEDALUS_HAVE_AV1

enum {
	DAEDALUS_AV1_SEQUENCE,
	DAEDALUS_AV1_FRAME,
	DAEDALUS_AV1_TILES,
	DAEDALUS_AV1_FILM_GRAIN,
};

static const u32 daedalus_av1_sent[] = {
	[DAEDALUS_AV1_SEQUENCE] = V4L2_CID_STATELESS_AV1_SEQUENCE,
	[DAEDALUS_AV1_FRAME] = V4L2_CID_STATELESS_AV1_FRAME,
	[DAEDALUS_AV1_TILES] = V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
	[DAEDALUS_AV1_FILM_GRAIN] = V4L2_CID_STATELESS_AV1_FILM_GRAIN,
};

static const struct v4l2_ctrl_config daedalus_av1_ctrls[] = {
	{
		.id = V4L2_CID_STATELESS_AV1_SEQUENCE,
	}, {
		.id = V4L2_CID_STATELESS_AV1_FRAME,
	}, {
		/* As long as the frame has tiles. */
		.id = V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
		.dims = { V4L2_AV1_MAX_TILE_COUNT },
	}, {
		.id = V4L2_CID_STATELESS_AV1_FILM_GRAIN,
	}, {
		.id = V4L2_CID_MPEG_VIDEO_AV1_PROFILE,
		.min = V4L2_MPEG_VIDEO_AV1_PROFILE_MAIN,
		.max = V4L2_MPEG_VIDEO_AV1_PROFILE_MAIN,
		.def = V4L2_MPEG_VIDEO_AV1_PROFILE_MAIN,
	}, {
		.id = V4L2_CID_MPEG_VIDEO_AV1_LEVEL,
		.min = V4L2_MPEG_VIDEO_AV1_LEVEL_2_0,
		.max = V4L2_MPEG_VIDEO_AV1_LEVEL_6_3,
		.def = V4L2_MPEG_VIDEO_AV1_LEVEL_4_1,
	},
};

/* Profile 0 is 4:2:0 or monochrome. */
static int daedalus_av1_try_sequence(const struct v4l2_ctrl_av1_sequence *seq)
{
	if (seq->seq_profile != V4L2_MPEG_VIDEO_AV1_PROFILE_MAIN)
		return -EINVAL;
	if (seq->bit_depth != 8 && seq->bit_depth != 10)
		return -EINVAL;
	return seq->order_hint_bits > 8 ? -EINVAL : 0;
}

/* What the control framework leaves to drivers, in its older versions at least. */
static int daedalus_av1_try_frame(const struct v4l2_ctrl_av1_frame *frame)
{
	const struct v4l2_av1_tile_info *tiles = &frame->tile_info;
	bool inter = frame->frame_type == V4L2_AV1_INTER_FRAME ||
		     frame->frame_type == V4L2_AV1_SWITCH_FRAME;
	unsigned int i;

	if (tiles->tile_cols > V4L2_AV1_MAX_TILE_COLS ||
	    tiles->tile_rows > V4L2_AV1_MAX_TILE_ROWS ||
	    tiles->tile_cols * tiles->tile_rows > V4L2_AV1_MAX_TILE_COUNT)
		return -EINVAL;
	for (i = 0; inter && i < V4L2_AV1_REFS_PER_FRAME; i++) {
		if (frame->ref_frame_idx[i] < 0 ||
		    frame->ref_frame_idx[i] >= V4L2_AV1_TOTAL_REFS_PER_FRAME)
			return -EINVAL;
	}
	return 0;
}

static int daedalus_av1_try_ctrl(struct v4l2_ctrl *ctrl)
{
	switch (ctrl->id) {
	case V4L2_CID_STATELESS_AV1_SEQUENCE:
		return daedalus_av1_try_sequence(ctrl->p_new.p_av1_sequence);
	case V4L2_CID_STATELESS_AV1_FRAME:
		return daedalus_av1_try_frame(ctrl->p_new.p_av1_frame);
	default:
		return 0;
	}
}

static unsigned int daedalus_av1_bit_depth(union v4l2_ctrl_ptr value)
{
	return value.p_av1_sequence->bit_depth;
}

static int daedalus_av1_check(struct daedalus_ctx *ctx)
{
	const struct v4l2_ctrl_av1_frame *frame =
		ctx->sent[DAEDALUS_AV1_FRAME]->p_cur.p_av1_frame;

	/* Super resolution has the picture be wider than the frame was coded. */
	if (frame->upscaled_width > ctx->decoded.width ||
	    frame->frame_width_minus_1 >= ctx->decoded.width ||
	    frame->frame_height_minus_1 >= ctx->decoded.height)
		return -EINVAL;
	return 0;
}

const struct daedalus_codec daedalus_codec_av1 = {
	.fourcc = V4L2_PIX_FMT_AV1_FRAME,
	.ctrls = daedalus_av1_ctrls,
	.num_ctrls = ARRAY_SIZE(daedalus_av1_ctrls),
	.sent = daedalus_av1_sent,
	.num_sent = ARRAY_SIZE(daedalus_av1_sent),
	.frame = V4L2_CID_STATELESS_AV1_FRAME,
	.decoded = daedalus_decoded_10bit,
	.num_decoded = DAEDALUS_NUM_DECODED_10BIT,
	.try_ctrl = daedalus_av1_try_ctrl,
	.check = daedalus_av1_check,
	.sequence = V4L2_CID_STATELESS_AV1_SEQUENCE,
	.bit_depth = daedalus_av1_bit_depth,
};

#endif /* DAEDALUS_HAVE_AV1 */
