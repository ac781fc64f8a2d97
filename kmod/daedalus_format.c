// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Picture and bitstream formats, and the layout of pictures in memory, which
 * daedalus_v4l2_proto.h defines.
 */

#include <media/v4l2-common.h>

#include "daedalus_dev.h"

#define DAEDALUS_MIN_BITSTREAM		SZ_1M
#define DAEDALUS_MAX_STRIDE		(4 * DAEDALUS_MAX_SIZE)
#define DAEDALUS_MAX_HEIGHT		(2 * DAEDALUS_MAX_SIZE)
#define DAEDALUS_STRIDE_STEP		16

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
	const struct v4l2_format_info *info = v4l2_format_info(pix->pixelformat);
	unsigned int i, num = info->comp_planes;
	u32 offset = 0;

	for (i = 0; i < num; i++) {
		struct daedalus_layout *plane = &planes[i];
		bool last = info->mem_planes > 1 || i == num - 1;
		u32 rows = pix->height;

		if (info->mem_planes > 1)
			offset = 0;
		plane->mem_plane = info->mem_planes > 1 ? i : 0;
		plane->offset = offset;
		plane->stride = pix->plane_fmt[0].bytesperline;
		if (i > 0) {
			plane->stride = plane->stride * info->bpp[i] /
					info->bpp[0] / info->hdiv;
			rows /= info->vdiv;
		}
		plane->size = plane->stride * rows;
		offset += plane->size;
		if (last)
			plane->size += DAEDALUS_TAIL_PADDING;
	}
	return num;
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

	/* Incompressible content is somewhat longer than the samples. */
	if (!size)
		size = max_t(u32, DAEDALUS_MIN_BITSTREAM,
			     pix->width * pix->height / 2 * 3 + SZ_64K);
	memset(pix->plane_fmt, 0, sizeof(pix->plane_fmt));
	pix->num_planes = 1;
	plane->sizeimage = PAGE_ALIGN(min_t(u32, size, DAEDALUS_MAX_BITSTREAM));
}

static u32 daedalus_fmt_stride(u32 wish, u32 width)
{
	if (wish >= width && wish <= DAEDALUS_MAX_STRIDE &&
	    IS_ALIGNED(wish, DAEDALUS_STRIDE_STEP))
		return wish;
	return ALIGN(width, DAEDALUS_STRIDE_ALIGN);
}

/**
 * daedalus_fmt_try_decoded() - make a CAPTURE format one that is possible
 * @codec: codec of the OUTPUT queue
 * @coded: format of the OUTPUT queue
 * @pix: the client's wish, and the result
 */
void daedalus_fmt_try_decoded(const struct daedalus_codec *codec,
			      const struct v4l2_pix_format_mplane *coded,
			      struct v4l2_pix_format_mplane *pix)
{
	struct daedalus_layout planes[DAEDALUS_MAX_PLANES];
	u32 min_width = ALIGN(coded->width, 2);
	u32 min_height = ALIGN(coded->height, DAEDALUS_HEIGHT_ALIGN);
	const struct v4l2_format_info *info;
	unsigned int i, num;
	u32 stride;

	for (i = 0; i < codec->num_decoded; i++) {
		if (codec->decoded[i] == pix->pixelformat)
			break;
	}
	if (i == codec->num_decoded)
		pix->pixelformat = codec->decoded[0];
	info = v4l2_format_info(pix->pixelformat);

	pix->width = ALIGN(clamp(pix->width, min_width, DAEDALUS_MAX_SIZE), 2);
	pix->height = ALIGN(clamp(pix->height, min_height, DAEDALUS_MAX_HEIGHT),
			    DAEDALUS_HEIGHT_ALIGN);
	pix->field = V4L2_FIELD_NONE;
	pix->flags = 0;
	pix->colorspace = coded->colorspace;
	pix->ycbcr_enc = coded->ycbcr_enc;
	pix->quantization = coded->quantization;
	pix->xfer_func = coded->xfer_func;

	stride = daedalus_fmt_stride(pix->plane_fmt[0].bytesperline,
				     pix->width * info->bpp[0]);
	memset(pix->plane_fmt, 0, sizeof(pix->plane_fmt));
	pix->plane_fmt[0].bytesperline = stride;
	pix->num_planes = info->mem_planes;

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
 */
void daedalus_fmt_reset_decoded(struct daedalus_ctx *ctx)
{
	struct v4l2_pix_format_mplane *pix = &ctx->decoded;

	memset(pix, 0, sizeof(*pix));
	daedalus_fmt_try_decoded(ctx->codec, &ctx->coded, pix);
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
	daedalus_fmt_reset_decoded(ctx);
}
