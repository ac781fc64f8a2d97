// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The codecs: each has a file of its own and an entry of daedalus_codecs[].
 */

#include <linux/kernel.h>

#include "daedalus_dev.h"

const u32 daedalus_decoded_8bit[DAEDALUS_NUM_DECODED_8BIT] = {
	V4L2_PIX_FMT_NV12,
	V4L2_PIX_FMT_YUV420,
	V4L2_PIX_FMT_NV12M,
	V4L2_PIX_FMT_YUV420M,
};

const u32 daedalus_decoded_10bit[DAEDALUS_NUM_DECODED_10BIT] = {
	V4L2_PIX_FMT_NV12,
	V4L2_PIX_FMT_YUV420,
	V4L2_PIX_FMT_NV12M,
	V4L2_PIX_FMT_YUV420M,
	V4L2_PIX_FMT_P010,
	DAEDALUS_PIX_FMT_I010,
};

const struct daedalus_codec *const daedalus_codecs[] = {
	&daedalus_codec_h264,
	&daedalus_codec_hevc,
	&daedalus_codec_mpeg2,
	&daedalus_codec_vp8,
	&daedalus_codec_vp9,
#ifdef DAEDALUS_HAVE_AV1
	&daedalus_codec_av1,
#endif
};

const unsigned int daedalus_num_codecs = ARRAY_SIZE(daedalus_codecs);

static_assert(ARRAY_SIZE(daedalus_codecs) <= DAEDALUS_MAX_CODECS);

/**
 * daedalus_codec_find() - look a codec up
 * @fourcc: of the OUTPUT queue
 *
 * Return: the codec, or NULL.
 */
const struct daedalus_codec *daedalus_codec_find(u32 fourcc)
{
	unsigned int i;

	for (i = 0; i < daedalus_num_codecs; i++) {
		if (daedalus_codecs[i]->fourcc == fourcc)
			return daedalus_codecs[i];
	}
	return NULL;
}
