// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Picture and bitstream formats, and the layout of pictures in memory, which
 * daedalus_v4l2_proto.h defines.
 */

#include "daedalus_dev.h"

#define DAEDALUS_MIN_BITSTREAM		SZ_1M
/* Room for more than a picture's samples that no client was seen to need. */
#define DAEDALUS_AMPLE_BITSTREAM	SZ_32M
#define DAEDALUS_STRIDE_STEP		16

/**
 * struct daedalus_format - a format of 4:2:0 pictures
 * @fourcc: V4L2's name, or a private one
 * @bit_depth: bits of a sample
 * @sample_size: bytes of a sample
 * @num_planes: colour planes: 2 if U and V are interleaved, or 3
 * @mem_planes: buffers: 1, or one for each colour plane
 * @description: of a private format; V4L2 has one for its own
 *
 * Not v4l2_format_info(): that does not know private formats, and 6.1 is wrong
 * about P010.
 */
struct daedalus_format {
	u32 fourcc;
	u8 bit_depth;
	u8 sample_size;
	u8 num_planes;
	u8 mem_planes;
	const char *description;
};

static const struct daedalus_format daedalus_formats[] = {
	{
		.fourcc = V4L2_PIX_FMT_NV12,
		.bit_depth = 8,
		.sample_size = 1,
		.num_planes = 2,
		.mem_planes = 1,
	}, {
		.fourcc = V4L2_PIX_FMT_YUV420,
		.bit_depth = 8,
		.sample_size = 1,
		.num_planes = 3,
		.mem_planes = 1,
	}, {
		.fourcc = V4L2_PIX_FMT_NV12M,
		.bit_depth = 8,
		.sample_size = 1,
		.num_planes = 2,
		.mem_planes = 2,
	}, {
		.fourcc = V4L2_PIX_FMT_YUV420M,
		.bit_depth = 8,
		.sample_size = 1,
		.num_planes = 3,
		.mem_planes = 3,
	}, {
		.fourcc = V4L2_PIX_FMT_P010,
		.bit_depth = 10,
		.sample_size = 2,
		.num_planes = 2,
		.mem_planes = 1,
	}, {
		.fourcc = DAEDALUS_PIX_FMT_I010,
		.bit_depth = 10,
		.sample_size = 2,
		.num_planes = 3,
		.mem_planes = 1,
		.description = "10-bit Planar YUV 4:2:0",
	},
};

/* All that daedalus_codec.decoded may name is in the table. */
static const struct daedalus_format *daedalus_fmt_find(u32 fourcc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(daedalus_formats) - 1; i++) {
		if (daedalus_formats[i].fourcc == fourcc)
			break;
	}
	return &daedalus_formats[i];
}

/**
 * daedalus_fmt_bit_depth() - bits of a sample
 * @fourcc: of the CAPTURE queue
 *
 * Return: the bit depth.
 */
unsigned int daedalus_fmt_bit_depth(u32 fourcc)
{
	return daedalus_fmt_find(fourcc)->bit_depth;
}

/*
 * Bits of a sample of the stream's CAPTURE formats. If the controls say a depth
 * that no format of the codec has, then those of the preferred format are it.
 */
static unsigned int daedalus_fmt_stream_depth(struct daedalus_ctx *ctx)
{
	const struct daedalus_codec *codec = ctx->codec;
	unsigned int i, depth = daedalus_ctrls_bit_depth(ctx);

	for (i = 0; i < codec->num_decoded; i++) {
		if (daedalus_fmt_bit_depth(codec->decoded[i]) == depth)
			return depth;
	}
	return daedalus_fmt_bit_depth(codec->decoded[0]);
}

/* The index-th of the stream's CAPTURE formats, 0 if there are less. */
static u32 daedalus_fmt_decoded(struct daedalus_ctx *ctx, unsigned int index)
{
	const struct daedalus_codec *codec = ctx->codec;
	unsigned int depth = daedalus_fmt_stream_depth(ctx);
	unsigned int i;

	for (i = 0; i < codec->num_decoded; i++) {
		u32 fourcc = codec->decoded[i];

		if (daedalus_fmt_bit_depth(fourcc) == depth && !index--)
			return fourcc;
	}
	return 0;
}

/**
 * daedalus_fmt_enum_decoded() - VIDIOC_ENUM_FMT of the CAPTURE queue
 * @ctx: the context; vb_mutex is held
 * @f: the index, and the result
 *
 * Return: 0, or -EINVAL if there is none.
 */
int daedalus_fmt_enum_decoded(struct daedalus_ctx *ctx,
			      struct v4l2_fmtdesc *f)
{
	const char *description;

	f->pixelformat = daedalus_fmt_decoded(ctx, f->index);
	if (!f->pixelformat)
		return -EINVAL;
	description = daedalus_fmt_find(f->pixelformat)->description;
	if (description)
		strscpy(f->description, description, sizeof(f->description));
	return 0;
}

/**
 * daedalus_fmt_layout() - locate the colour planes of a picture
 * @pix: CAPTURE format, with width, height and strides filled in
 * @planes: result, DAEDALUS_MAX_PLANES of them
 *
 * Return: the number of colour planes.
 */
unsigned int daedalus_fmt_layout(const struct v4l2_pix_format_mplane *pix,
				 struct daedalus_layout *planes)
{
	const struct daedalus_format *fmt = daedalus_fmt_find(pix->pixelformat);
	unsigned int i, num = fmt->num_planes;
	u32 offset = 0;

	for (i = 0; i < num; i++) {
		struct daedalus_layout *plane = &planes[i];
		bool last = fmt->mem_planes > 1 || i == num - 1;
		u32 rows = pix->height;

		if (fmt->mem_planes > 1)
			offset = 0;
		plane->mem_plane = fmt->mem_planes > 1 ? i : 0;
		plane->offset = offset;
		plane->stride = pix->plane_fmt[0].bytesperline;
		if (i > 0) {
			plane->stride /= num - 1;
			rows /= 2;
		}
		plane->size = plane->stride * rows;
		offset += plane->size;
		if (last)
			plane->size += DAEDALUS_TAIL_PADDING;
	}
	return num;
}

/* Room for any picture: incompressible content is longer than the samples. */
static u32 daedalus_fmt_bitstream_size(const struct v4l2_pix_format_mplane *pix,
				       unsigned int bit_depth)
{
	return pix->width * pix->height / 2 * 3 / 8 * bit_depth + SZ_64K;
}

/**
 * daedalus_fmt_bitstream_room() - room for any picture of the stream
 * @ctx: the context; vb_mutex is held
 *
 * Return: bytes.
 */
u32 daedalus_fmt_bitstream_room(struct daedalus_ctx *ctx)
{
	return daedalus_fmt_bitstream_size(&ctx->coded,
					   daedalus_fmt_stream_depth(ctx));
}

/**
 * daedalus_fmt_bitstream_max() - most room that is given for a bitstream
 * @pix: the OUTPUT format
 *
 * Return: bytes.
 */
u32 daedalus_fmt_bitstream_max(const struct v4l2_pix_format_mplane *pix)
{
	u32 ample = max_t(u32, DAEDALUS_AMPLE_BITSTREAM,
			  2 * daedalus_fmt_bitstream_size(pix, 10));

	return min_t(u32, ample, DAEDALUS_MAX_BITSTREAM);
}

/**
 * daedalus_fmt_try_coded() - make an OUTPUT format one that is possible
 * @pix: the client's wish, and the result
 */
void daedalus_fmt_try_coded(struct v4l2_pix_format_mplane *pix)
{
	struct v4l2_plane_pix_format *plane = &pix->plane_fmt[0];
	u32 size = plane->sizeimage;

	if (!daedalus_codec_find(pix->pixelformat))
		pix->pixelformat = daedalus_codecs[0]->fourcc;
	pix->width = clamp(pix->width, 1U, DAEDALUS_MAX_SIZE);
	pix->height = clamp(pix->height, 1U, DAEDALUS_MAX_SIZE);
	pix->field = V4L2_FIELD_NONE;
	pix->flags = 0;
	if (pix->colorspace == V4L2_COLORSPACE_DEFAULT)
		pix->colorspace = V4L2_COLORSPACE_REC709;

	if (!size)
		size = max_t(u32, DAEDALUS_MIN_BITSTREAM,
			     daedalus_fmt_bitstream_size(pix, 8));
	memset(pix->plane_fmt, 0, sizeof(pix->plane_fmt));
	pix->num_planes = 1;
	plane->sizeimage = PAGE_ALIGN(min(size, daedalus_fmt_bitstream_max(pix)));
}

static u32 daedalus_fmt_stride(u32 wish, u32 width, u32 sample_size)
{
	if (wish >= width * sample_size &&
	    wish <= DAEDALUS_MAX_SIZE * sample_size &&
	    IS_ALIGNED(wish, DAEDALUS_STRIDE_STEP))
		return wish;
	return ALIGN(width, DAEDALUS_STRIDE_ALIGN) * sample_size;
}

/**
 * daedalus_fmt_try_decoded() - make a CAPTURE format one that is possible
 * @ctx: the context; vb_mutex is held, or nobody else knows it yet
 * @pix: the client's wish, and the result
 */
void daedalus_fmt_try_decoded(struct daedalus_ctx *ctx,
			      struct v4l2_pix_format_mplane *pix)
{
	const struct v4l2_pix_format_mplane *coded = &ctx->coded;
	struct daedalus_layout planes[DAEDALUS_MAX_PLANES];
	u32 min_width = ALIGN(coded->width, 2);
	u32 min_height = ALIGN(coded->height, DAEDALUS_HEIGHT_ALIGN);
	const struct daedalus_format *fmt;
	unsigned int i, num;
	u32 fourcc, stride;

	for (i = 0; (fourcc = daedalus_fmt_decoded(ctx, i)); i++) {
		if (fourcc == pix->pixelformat)
			break;
	}
	if (!fourcc)
		pix->pixelformat = daedalus_fmt_decoded(ctx, 0);
	fmt = daedalus_fmt_find(pix->pixelformat);

	pix->width = ALIGN(clamp(pix->width, min_width, DAEDALUS_MAX_SIZE), 2);
	pix->height = ALIGN(clamp(pix->height, min_height, DAEDALUS_MAX_SIZE),
			    DAEDALUS_HEIGHT_ALIGN);
	pix->field = V4L2_FIELD_NONE;
	pix->flags = 0;
	pix->colorspace = coded->colorspace;
	pix->ycbcr_enc = coded->ycbcr_enc;
	pix->quantization = coded->quantization;
	pix->xfer_func = coded->xfer_func;

	stride = daedalus_fmt_stride(pix->plane_fmt[0].bytesperline,
				     pix->width, fmt->sample_size);
	memset(pix->plane_fmt, 0, sizeof(pix->plane_fmt));
	pix->plane_fmt[0].bytesperline = stride;
	pix->num_planes = fmt->mem_planes;

	num = daedalus_fmt_layout(pix, planes);
	for (i = 0; i < num; i++) {
		struct v4l2_plane_pix_format *plane =
			&pix->plane_fmt[planes[i].mem_plane];

		plane->sizeimage = planes[i].offset + planes[i].size;
		if (i == planes[i].mem_plane)
			plane->bytesperline = planes[i].stride;
	}
}

/**
 * daedalus_fmt_reset_decoded() - CAPTURE format after a change of the OUTPUT one
 * @ctx: the context
 * @keep: whether the pixel format stays if it can: there are CAPTURE buffers,
 *	with which the client cannot set it again
 */
void daedalus_fmt_reset_decoded(struct daedalus_ctx *ctx, bool keep)
{
	struct v4l2_pix_format_mplane *pix = &ctx->decoded;
	u32 fourcc = keep ? pix->pixelformat : 0;

	memset(pix, 0, sizeof(*pix));
	pix->pixelformat = fourcc;
	daedalus_fmt_try_decoded(ctx, pix);
}

/**
 * daedalus_fmt_follow_depth() - CAPTURE format after controls were set
 * @ctx: the context; vb_mutex is held, and no CAPTURE buffers exist
 */
void daedalus_fmt_follow_depth(struct daedalus_ctx *ctx)
{
	if (daedalus_fmt_bit_depth(ctx->decoded.pixelformat) !=
	    daedalus_fmt_stream_depth(ctx))
		daedalus_fmt_reset_decoded(ctx, false);
}

/**
 * daedalus_fmt_init() - formats of a new context
 * @ctx: the context
 */
void daedalus_fmt_init(struct daedalus_ctx *ctx)
{
	struct v4l2_pix_format_mplane *pix = &ctx->coded;

	pix->width = 1920;
	pix->height = 1080;
	daedalus_fmt_try_coded(pix);
	daedalus_ctrls_select(ctx, daedalus_codec_find(pix->pixelformat));
	daedalus_fmt_reset_decoded(ctx, false);
}
