/* SPDX-License-Identifier: ((GPL-2.0-or-later WITH Linux-syscall-note) OR BSD-2-Clause) */
/*
 * Wire protocol between the daedalus_v4l2 kernel module and its daemon.
 *
 * Two kinds of file speak it:
 *
 *  - the control device, /dev/daedalus-v4l2, has one owner: the broker. It
 *    carries HELLO, PING and the opening and closing of sessions;
 *  - a session file, obtained from the control device with
 *    DAEDALUS_IOC_SESSION_FD, belongs to one worker. It carries the decode
 *    requests of one V4L2 context.
 *
 * Every message is one header followed by payload_len bytes. One read() returns
 * exactly one message, one write() sends exactly one. All fields are in the byte
 * order of the machine; all structures have the same layout for 32 and 64 bit
 * userspace.
 */
#ifndef DAEDALUS_V4L2_PROTO_H
#define DAEDALUS_V4L2_PROTO_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define DAEDALUS_CONTROL_DEVICE "daedalus-v4l2"

/* 'D', '0', '4', 'V' in memory order on a little-endian machine. */
#define DAEDALUS_MSG_MAGIC 0x56343044u

/* The only version there is; HELLO negotiates it. */
#define DAEDALUS_MSG_VERSION 1u

/* Largest payload of any message, in either direction, in bytes. */
#define DAEDALUS_MSG_MAX_PAYLOAD 65536u

/* Largest payload of PING, which PONG repeats, in bytes. */
#define DAEDALUS_MSG_MAX_PING 64u

/* A message whose type has this bit set answers the type without it. */
#define DAEDALUS_MSG_RESPONSE 0x80000000u

/**
 * enum daedalus_msg_type - what a message is
 * @DAEDALUS_MSG_HELLO: broker to kernel, first message on the control device.
 *	Payload: struct daedalus_hello.
 * @DAEDALUS_MSG_PING: liveness check, either direction, on either file. No
 *	payload, or any payload up to DAEDALUS_MSG_MAX_PING bytes.
 * @DAEDALUS_MSG_SESSION_OPEN: kernel to broker: a context wants a worker.
 *	Payload: struct daedalus_session_open. The cookie is the session's id.
 * @DAEDALUS_MSG_SESSION_CLOSE: kernel to broker: the session is over. Payload:
 *	struct daedalus_session_close. No answer. A session that ends before
 *	its SESSION_OPEN was read vanishes with that message.
 * @DAEDALUS_MSG_REQ_DECODE: kernel to worker: decode one request. Payload:
 *	struct daedalus_req_decode and its controls.
 * @DAEDALUS_MSG_BUFFER_FREE: kernel to worker: a buffer id that a request named
 *	will not be named again; its mapping may be dropped. Payload: struct
 *	daedalus_buffer_free. No answer. An unknown id is to be ignored.
 */
enum daedalus_msg_type {
	DAEDALUS_MSG_HELLO = 0x01,
	DAEDALUS_MSG_PING = 0x02,
	DAEDALUS_MSG_SESSION_OPEN = 0x10,
	DAEDALUS_MSG_SESSION_CLOSE = 0x11,
	DAEDALUS_MSG_REQ_DECODE = 0x20,
	DAEDALUS_MSG_BUFFER_FREE = 0x21,
};

/*
 * The kernel's answer to HELLO: struct daedalus_hello with min_version ==
 * max_version == the version in force.
 */
#define DAEDALUS_MSG_HELLO_ACK (DAEDALUS_MSG_HELLO | DAEDALUS_MSG_RESPONSE)

/*
 * The answer to PING: same cookie, same payload. On a session file a worker may
 * send it unasked, to say that it is at work on a request that takes its time.
 */
#define DAEDALUS_MSG_PONG (DAEDALUS_MSG_PING | DAEDALUS_MSG_RESPONSE)

/*
 * Broker to kernel, same cookie. Payload: struct daedalus_session_status. Needed
 * only for a failure (no worker could be started): taking the session file is the
 * success.
 */
#define DAEDALUS_MSG_SESSION_OPEN_ACK (DAEDALUS_MSG_SESSION_OPEN | DAEDALUS_MSG_RESPONSE)

/*
 * Worker to kernel, same cookie, in any order: the request is finished. Payload:
 * struct daedalus_resp_frame. The write fails with ENOENT if the client has
 * cancelled the request meanwhile, which is normal, and with EPROTO if the request
 * was never read, which ends the session. A request that was read has to be
 * answered in any case: until then, or until the session file is closed, nobody can
 * queue the picture's memory again.
 */
#define DAEDALUS_MSG_RESP_FRAME (DAEDALUS_MSG_REQ_DECODE | DAEDALUS_MSG_RESPONSE)

/**
 * struct daedalus_msg_header - starts every message
 * @magic: DAEDALUS_MSG_MAGIC, else the write fails with EBADMSG
 * @version: version in force, else EPROTO
 * @type: enum daedalus_msg_type, perhaps with DAEDALUS_MSG_RESPONSE
 * @cookie: chosen by the asking side, repeated in the answer
 * @payload_len: bytes that follow; more than DAEDALUS_MSG_MAX_PAYLOAD, or not
 *	what write() was given, fails with EMSGSIZE. A read() into a buffer that
 *	is too short for the next message fails with EMSGSIZE and leaves the
 *	message queued.
 * @reserved: zero
 */
struct daedalus_msg_header {
	__u32 magic;
	__u32 version;
	__u32 type;
	__u32 cookie;
	__u32 payload_len;
	__u32 reserved;
};

/**
 * struct daedalus_hello - version negotiation
 * @min_version: oldest version that the sender speaks
 * @max_version: newest version that the sender speaks
 * @features: reserved for optional parts of the protocol, zero
 * @reserved: zero
 */
struct daedalus_hello {
	__u32 min_version;
	__u32 max_version;
	__u32 features;
	__u32 reserved;
};

/**
 * struct daedalus_session_open - a V4L2 context wants a worker
 * @session_id: names the session until it is closed; not reused before all other
 *	ids were
 * @codec: V4L2 fourcc of the OUTPUT queue (V4L2_PIX_FMT_H264_SLICE ...)
 */
struct daedalus_session_open {
	__u32 session_id;
	__u32 codec;
};

/**
 * struct daedalus_session_status - the broker's answer to SESSION_OPEN
 * @session_id: as in the request
 * @status: 0, or a positive errno value
 */
struct daedalus_session_status {
	__u32 session_id;
	__u32 status;
};

/* Why a session was closed. */
#define DAEDALUS_CLOSE_CLIENT 0u /* the client closed its file or the context was released */
#define DAEDALUS_CLOSE_TIMEOUT 1u /* the worker made no progress: end it */
#define DAEDALUS_CLOSE_PROTOCOL 2u /* the worker broke the protocol: end it */
#define DAEDALUS_CLOSE_WORKER 3u /* the worker closed its session file */

/**
 * struct daedalus_session_close - a session is over
 * @session_id: the session
 * @reason: DAEDALUS_CLOSE_*
 */
struct daedalus_session_close {
	__u32 session_id;
	__u32 reason;
};

#define DAEDALUS_MAX_PLANES 3

/*
 * CAPTURE format that V4L2 has no name for: planar 4:2:0 like YU12, with ten bits in
 * the low end of each 16-bit word of the machine's byte order. FourCC 'I010'.
 */
#define DAEDALUS_PIX_FMT_I010 0x30313049u

/**
 * struct daedalus_plane - one colour plane of the CAPTURE picture
 * @buffer_id: DMA-BUF that holds it, see DAEDALUS_IOC_GET_DMABUF
 * @offset: bytes from the DMA-BUF's start to the first sample
 * @stride: bytes from one row to the next
 * @size: bytes that may be touched from @offset on
 */
struct daedalus_plane {
	__u32 buffer_id;
	__u32 offset;
	__u32 stride;
	__u32 size;
};

/**
 * struct daedalus_control - one stateless codec control of a request
 * @id: V4L2_CID_STATELESS_*
 * @size: bytes of data that follow; the next control starts at the next
 *	multiple of 8 bytes
 */
struct daedalus_control {
	__u32 id;
	__u32 size;
};

/*
 * Flag of struct daedalus_req_decode: the bitstream lies in memory that only CPUs have
 * ever had access to, so that reading it takes no DMA_BUF_IOCTL_SYNC.
 */
#define DAEDALUS_DECODE_CPU_BITSTREAM 0x1u

/**
 * struct daedalus_req_decode - decode one request
 * @timestamp: the OUTPUT buffer's timestamp in ns, the name by which later
 *	requests refer to this picture (v4l2 reference_ts). The two fields of a
 *	picture are two requests with the same timestamp and planes.
 * @codec: V4L2 fourcc of the OUTPUT queue
 * @pixelformat: V4L2 fourcc of the CAPTURE queue
 * @width: of the CAPTURE format, in samples, padding included
 * @height: of the CAPTURE format, in rows, padding included
 * @coded_width: of the OUTPUT format, in samples
 * @coded_height: of the OUTPUT format, in rows
 * @bitstream_id: DMA-BUF that holds the bitstream
 * @bitstream_offset: bytes from its start to the first byte
 * @bitstream_size: bytes of bitstream
 * @num_planes: colour planes in @planes (2 for NV12 and P010, 3 for YU12 and I010), whether or
 *	not they share a DMA-BUF
 * @planes: the colour planes
 * @num_controls: struct daedalus_control that follow this structure, the first
 *	immediately behind it
 * @flags: DAEDALUS_DECODE_*
 * @queued: when the client queued the request, CLOCK_MONOTONIC in ns
 * @in_flight: requests of the session that are not finished, this one included
 * @reserved: zero
 */
struct daedalus_req_decode {
	__u64 timestamp;
	__u32 codec;
	__u32 pixelformat;
	__u32 width;
	__u32 height;
	__u32 coded_width;
	__u32 coded_height;
	__u32 bitstream_id;
	__u32 bitstream_offset;
	__u32 bitstream_size;
	__u32 num_planes;
	struct daedalus_plane planes[DAEDALUS_MAX_PLANES];
	__u32 num_controls;
	__u32 flags;
	__u64 queued;
	__u32 in_flight;
	__u32 reserved;
};

/**
 * struct daedalus_resp_frame - a request is finished
 * @status: 0, or a positive errno value: the picture is not usable and the
 *	buffer is returned with V4L2_BUF_FLAG_ERROR
 * @bytes_copied: what the engine copied to fill the picture, for statistics
 */
struct daedalus_resp_frame {
	__u32 status;
	__u32 bytes_copied;
};

/**
 * struct daedalus_buffer_free - a buffer id is gone
 * @buffer_id: the id
 * @reserved: zero
 */
struct daedalus_buffer_free {
	__u32 buffer_id;
	__u32 reserved;
};

/**
 * struct daedalus_session_fd - argument of DAEDALUS_IOC_SESSION_FD
 * @session_id: in: from SESSION_OPEN
 * @fd: out: the session file, close-on-exec
 */
struct daedalus_session_fd {
	__u32 session_id;
	__s32 fd;
};

/**
 * struct daedalus_get_dmabuf - argument of DAEDALUS_IOC_GET_DMABUF
 * @buffer_id: in: from struct daedalus_plane or bitstream_id
 * @fd: out: the DMA-BUF, close-on-exec
 * @size: out: its size in bytes
 */
struct daedalus_get_dmabuf {
	__u32 buffer_id;
	__s32 fd;
	__u64 size;
};

/*
 * On the control device: take a session that SESSION_OPEN announced, once. Fails
 * with ENOENT if the session is over meanwhile.
 */
#define DAEDALUS_IOC_SESSION_FD _IOWR('D', 0x01, struct daedalus_session_fd)
/*
 * On a session file: a file descriptor for a buffer whose id a request of this session
 * named and that is not gone. Fails with ENOENT once the context has another session.
 */
#define DAEDALUS_IOC_GET_DMABUF _IOWR('D', 0x02, struct daedalus_get_dmabuf)

/*
 * CAPTURE layout. All sides compute it alike, so that a surface allocated by the
 * VA driver can be queued as it is:
 *
 *  - luma stride: width rounded up to DAEDALUS_STRIDE_ALIGN samples, unless the
 *    client asks for another multiple of 16 bytes that holds the width; chroma
 *    stride is the luma stride for NV12 and P010 and half of it for planar
 *    formats;
 *  - luma rows: the CAPTURE format's height. Planes follow each other with no
 *    gap (single-buffer formats);
 *  - the last plane of each buffer is followed by DAEDALUS_TAIL_PADDING bytes,
 *    which vector code may read.
 *
 * The module reports a CAPTURE width that is the coded width rounded up to 2, and
 * a CAPTURE height that is the coded height rounded up to DAEDALUS_HEIGHT_ALIGN;
 * a client may ask for more, never for less.
 */
#define DAEDALUS_STRIDE_ALIGN 128u
#define DAEDALUS_HEIGHT_ALIGN 64u
#define DAEDALUS_TAIL_PADDING 4096u

#endif /* DAEDALUS_V4L2_PROTO_H */
