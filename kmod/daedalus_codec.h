/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The codecs: one table, in daedalus_codec.c, and a file for each.
 */
#ifndef DAEDALUS_CODEC_H
#define DAEDALUS_CODEC_H

#include <linux/types.h>
#include <media/v4l2-ctrls.h>

/* Bound of daedalus_codec.num_sent. */
#define DAEDALUS_MAX_SENT 8

/* Bound of daedalus_num_codecs. */
#define DAEDALUS_MAX_CODECS 6

struct daedalus_ctx;

/**
 * struct daedalus_codec - all that the module knows of a codec
 * @fourcc: of the OUTPUT queue
 * @ctrls: controls of the codec
 * @num_ctrls: length of @ctrls
 * @sent: ids of those whose values go to the worker with each request
 * @num_sent: length of @sent, up to DAEDALUS_MAX_SENT
 * @frame: id of the control that describes one picture: each request has it
 * @decoded: fourccs of the CAPTURE queue, the preferred one first. Those of the
 *	stream's bit depth are offered.
 * @num_decoded: length of @decoded
 * @try_ctrl: refuse values that the engine cannot decode; optional
 * @check: called before a request is sent, with the control handler's lock
 *	held: 0 if the controls go with the formats of the context; optional
 * @sequence: id of the control that tells how many bits a sample has, 0 where
 *	these are always 8
 * @bit_depth: what a value of @sequence says, which may be a depth that nothing
 *	is decoded of. Before a request is sent it is compared with the CAPTURE
 *	format.
 */
struct daedalus_codec {
	u32 fourcc;
	const struct v4l2_ctrl_config *ctrls;
	unsigned int num_ctrls;
	const u32 *sent;
	unsigned int num_sent;
	u32 frame;
	const u32 *decoded;
	unsigned int num_decoded;
	int (*try_ctrl)(struct v4l2_ctrl *ctrl);
	int (*check)(struct daedalus_ctx *ctx);
	u32 sequence;
	unsigned int (*bit_depth)(union v4l2_ctrl_ptr value);
};

/* Formats of 8-bit 4:2:0 pictures, the preferred one first. */
#define DAEDALUS_NUM_DECODED_8BIT 4
extern const u32 daedalus_decoded_8bit[DAEDALUS_NUM_DECODED_8BIT];

/* Formats of 4:2:0 pictures of 8 and of 10 bits, the preferred ones first. */
#define DAEDALUS_NUM_DECODED_10BIT 6
extern const u32 daedalus_decoded_10bit[DAEDALUS_NUM_DECODED_10BIT];

extern const struct daedalus_codec daedalus_codec_av1; /* if DAEDALUS_HAVE_AV1 */
extern const struct daedalus_codec daedalus_codec_h264;
extern const struct daedalus_codec daedalus_codec_hevc;
extern const struct daedalus_codec daedalus_codec_mpeg2;
extern const struct daedalus_codec daedalus_codec_vp8;
extern const struct daedalus_codec daedalus_codec_vp9;

extern const struct daedalus_codec *const daedalus_codecs[];
extern const unsigned int daedalus_num_codecs;

const struct daedalus_codec *daedalus_codec_find(u32 fourcc);

#endif
