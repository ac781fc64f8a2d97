/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Daedalus: a stateless video decoder whose engine is a process in userspace.
 *
 * Locks, outermost first:
 *
 *   media_device.req_queue_mutex     the media core's
 *   daedalus_ctx.vb_mutex            the V4L2 queues and formats of a context
 *     v4l2_ctrl_handler.lock         its controls; nothing else inside
 *   daedalus_ctx.lock                its requests in flight and its session
 *   daedalus_broker.lock             owner of the control device, session list
 *   daedalus_ctx.dmabuf_lock         (spinlock) buffer ids; pointer to session
 *   daedalus_msg_queue.lock          (spinlock)
 *
 * A client can hold its own control handler's lock for as long as it likes, with
 * a page fault that it serves itself. So only its own ioctls take that lock, and
 * not with daedalus_ctx.lock held, which workers and the watchdog need.
 *
 * The vb2 memory operations run under vb2_queue.mmap_lock, which is inside the
 * mm's mmap_lock, which is inside the control handler's lock: they take only
 * daedalus_ctx.dmabuf_lock.
 */
#ifndef DAEDALUS_DEV_H
#define DAEDALUS_DEV_H

#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <media/media-device.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-device.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-mem2mem.h>
#include <media/videobuf2-v4l2.h>

#include "compat.h"
#include "daedalus_codec.h"
#include "daedalus_msg.h"
#include "daedalus_v4l2_proto.h"

#define DAEDALUS_NAME		"daedalus_v4l2"

#define DAEDALUS_MAX_SIZE	8192U
#define DAEDALUS_MAX_BITSTREAM	SZ_256M

/* Buffers of a queue, where vb2 lets the driver choose. */
#define DAEDALUS_MAX_BUFFERS	128U

/**
 * struct daedalus_stats - counters since the module was loaded
 * @requests: decode requests of clients
 * @frames_done: requests that ended without an error
 * @frames_error: requests that ended with V4L2_BUF_FLAG_ERROR
 * @cancelled: those of @frames_error that STREAMOFF or close() cancelled
 * @timeouts: sessions that were ended because they made no progress
 * @bytes_copied: sum of daedalus_resp_frame.bytes_copied
 * @sessions: sessions that were opened
 * @pings: PING sent
 * @pongs: PONG received
 * @last_pong: cookie of the last PONG
 */
struct daedalus_stats {
	atomic64_t requests;
	atomic64_t frames_done;
	atomic64_t frames_error;
	atomic64_t cancelled;
	atomic64_t timeouts;
	atomic64_t bytes_copied;
	atomic64_t sessions;
	atomic64_t pings;
	atomic64_t pongs;
	atomic_t last_pong;
};

struct daedalus_control_file;

/**
 * struct daedalus_broker - the control device
 * @lock: protects all below and daedalus_session.taken. Never held while
 *	waiting for anything but memory.
 * @owner: the open control file, NULL if there is none
 * @sessions: struct daedalus_session that are not closed, by id
 * @last_session: the newest id
 */
struct daedalus_broker {
	struct mutex lock;
	struct daedalus_control_file *owner;
	struct xarray sessions;
	u32 last_session;
};

/**
 * struct daedalus_dev - the device; there is one
 * @v4l2_dev: its reference count is the life of this structure
 * @mdev: media device, for requests
 * @vfd: video node
 * @m2m_dev: see daedalus_vb2.c for what mem2mem is used for
 * @misc: control device
 * @broker: what is behind @misc
 * @stats: counters
 * @debugfs: directory
 */
struct daedalus_dev {
	struct v4l2_device v4l2_dev;
	struct media_device mdev;
	struct video_device vfd;
	struct v4l2_m2m_dev *m2m_dev;
	struct miscdevice misc;
	struct daedalus_broker broker;
	struct daedalus_stats stats;
	struct dentry *debugfs;
};

/**
 * struct daedalus_session - a context and its worker
 * @ref: held by the context, the session file, the work and for lookups
 * @dev: the device
 * @ctx: the context; a reference is held
 * @id: names the session, see struct daedalus_session_open
 * @codec: fourcc of the OUTPUT queue
 * @owner: the control file that was told of the session; only compared
 * @queue: messages for the worker
 * @close_msg: SESSION_CLOSE for the broker, allocated ahead
 * @work: the watchdog, and the way to fail the session from where
 *	daedalus_ctx.lock cannot be taken; holds a reference when pending
 * @failed: reason given to daedalus_session_fail(), plus one
 * @progress: jiffies of the last answer to a request, or of the first request
 *	or the worker's arrival since
 * @alive: jiffies of the worker's last PONG
 * @closed: protected by daedalus_ctx.lock
 * @taken: the session file was given out; protected by daedalus_broker.lock
 * @pid: who reads the session file, 0 if nobody did yet
 */
struct daedalus_session {
	struct kref ref;
	struct daedalus_dev *dev;
	struct daedalus_ctx *ctx;
	u32 id;
	u32 codec;
	struct daedalus_control_file *owner;
	struct daedalus_msg_queue queue;
	struct daedalus_msg *close_msg;
	struct delayed_work work;
	atomic_t failed;
	unsigned long progress;
	unsigned long alive;
	bool closed;
	bool taken;
	pid_t pid;
};

/**
 * struct daedalus_dmabuf - a DMA-BUF that requests of a context name
 * @list: in daedalus_ctx.dmabufs
 * @id: its name
 * @users: planes of vb2 buffers and requests in flight
 * @dbuf: the DMA-BUF; a reference is held
 * @named_to: id of the last session whose worker read the name, or 0
 * @free_msg: BUFFER_FREE for that worker, allocated ahead
 */
struct daedalus_dmabuf {
	struct list_head list;
	u32 id;
	unsigned int users;
	struct dma_buf *dbuf;
	u32 named_to;
	struct daedalus_msg *free_msg;
};

/**
 * struct daedalus_vbuf - a vb2 buffer of either queue
 * @m2m: mem2mem's part
 * @inflight: OUTPUT: in daedalus_ctx.inflight
 * @cookie: OUTPUT: of the request
 * @dst: OUTPUT: the CAPTURE buffer that is decoded to
 * @dmabufs: OUTPUT: what the request names, bitstream first
 * @num_dmabufs: OUTPUT: length of @dmabufs
 * @pending: CAPTURE: requests in flight that decode to it
 * @failed: CAPTURE: one of them ended with an error
 */
struct daedalus_vbuf {
	struct v4l2_m2m_buffer m2m;
	struct list_head inflight;
	u32 cookie;
	struct daedalus_vbuf *dst;
	struct daedalus_dmabuf *dmabufs[1 + DAEDALUS_MAX_PLANES];
	unsigned int num_dmabufs;
	unsigned int pending;
	bool failed;
};

/**
 * struct daedalus_ctx - an open file of the video node
 * @ref: held by the file and by sessions
 * @dev: the device; a reference is held
 * @fh: V4L2's part
 * @hdl: controls
 * @vb_mutex: serialises the ioctls of queues and formats
 * @codec: selected by the OUTPUT format
 * @sent: the controls that @codec->sent names
 * @coded: OUTPUT format
 * @decoded: CAPTURE format
 * @sequence: next sequence number, by queue
 * @streaming: whether vb2 has started the queue, by queue
 * @lock: protects @inflight, @held, @last_cookie and changes of @session
 * @inflight: OUTPUT buffers (struct daedalus_vbuf) whose request was sent
 * @num_inflight: length of @inflight; may be read without the lock
 * @held: CAPTURE buffer that the next request with its timestamp decodes to
 *	(V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF)
 * @last_cookie: of the newest request
 * @session: who decodes, NULL if nobody. Changed with @lock and @dmabuf_lock
 *	held, read with either. A reference is held.
 * @dmabuf_lock: protects @dmabufs, what is in it, and @last_dmabuf
 * @dmabufs: struct daedalus_dmabuf
 * @last_dmabuf: newest id
 */
struct daedalus_ctx {
	struct kref ref;
	struct daedalus_dev *dev;
	struct v4l2_fh fh;
	struct v4l2_ctrl_handler hdl;

	struct mutex vb_mutex;
	const struct daedalus_codec *codec;
	struct v4l2_ctrl *sent[DAEDALUS_MAX_SENT];
	struct v4l2_pix_format_mplane coded;
	struct v4l2_pix_format_mplane decoded;
	u32 sequence[2];
	bool streaming[2];

	struct mutex lock;
	struct list_head inflight;
	unsigned int num_inflight;
	struct daedalus_vbuf *held;
	u32 last_cookie;
	struct daedalus_session *session;

	spinlock_t dmabuf_lock;
	struct list_head dmabufs;
	u32 last_dmabuf;
};

/* Indices of daedalus_ctx.sequence and daedalus_ctx.streaming. */
enum daedalus_queue_index {
	DAEDALUS_SRC,
	DAEDALUS_DST,
};

static inline struct daedalus_ctx *daedalus_file_ctx(struct file *file)
{
	return container_of(daedalus_file_fh(file), struct daedalus_ctx, fh);
}

static inline struct daedalus_vbuf *
to_daedalus_vbuf(struct vb2_v4l2_buffer *vbuf)
{
	return container_of(vbuf, struct daedalus_vbuf, m2m.vb);
}

/* daedalus_drv.c */
struct daedalus_ctx *daedalus_ctx_get(struct daedalus_ctx *ctx);
void daedalus_ctx_put(struct daedalus_ctx *ctx);

/* daedalus_format.c */

/**
 * struct daedalus_layout - where a colour plane is
 * @mem_plane: vb2 plane that holds it
 * @offset: bytes from the start of that
 * @stride: bytes from row to row
 * @size: bytes that may be touched, tail padding included
 */
struct daedalus_layout {
	unsigned int mem_plane;
	u32 offset;
	u32 stride;
	u32 size;
};

unsigned int daedalus_fmt_layout(const struct v4l2_pix_format_mplane *pix,
				 struct daedalus_layout *planes);
unsigned int daedalus_fmt_bit_depth(u32 fourcc);
int daedalus_fmt_enum_decoded(struct daedalus_ctx *ctx,
			      struct v4l2_fmtdesc *f);
u32 daedalus_fmt_bitstream_room(struct daedalus_ctx *ctx);
void daedalus_fmt_try_coded(struct v4l2_pix_format_mplane *pix);
void daedalus_fmt_try_decoded(struct daedalus_ctx *ctx,
			      struct v4l2_pix_format_mplane *pix);
void daedalus_fmt_reset_decoded(struct daedalus_ctx *ctx, bool keep);
void daedalus_fmt_follow_depth(struct daedalus_ctx *ctx);
void daedalus_fmt_init(struct daedalus_ctx *ctx);

/* daedalus_video.c */
extern const struct v4l2_ioctl_ops daedalus_ioctl_ops;

/* daedalus_ctrls.c */
int daedalus_ctrls_init(struct daedalus_ctx *ctx);
void daedalus_ctrls_select(struct daedalus_ctx *ctx,
			   const struct daedalus_codec *codec);
unsigned int daedalus_ctrls_bit_depth(struct daedalus_ctx *ctx);
u32 daedalus_ctrls_size(struct daedalus_ctx *ctx);
void daedalus_ctrls_snapshot(struct daedalus_ctx *ctx, u8 *out);

/* daedalus_vb2.c */
int daedalus_queue_init(void *priv, struct vb2_queue *src_vq,
			struct vb2_queue *dst_vq);
int daedalus_buf_fit(struct daedalus_ctx *ctx, struct vb2_buffer *vb);
int daedalus_request_validate(struct media_request *req);

/* daedalus_mem.c */
extern const struct vb2_mem_ops daedalus_mem_ops;
bool daedalus_mem_is_cpu_only(const struct vb2_buffer *vb, unsigned int plane);
int daedalus_mem_get_dmabuf(struct vb2_buffer *vb, unsigned int plane,
			    struct daedalus_dmabuf **out);
void daedalus_dmabuf_put(struct daedalus_ctx *ctx,
			 struct daedalus_dmabuf *dmabuf);
struct dma_buf *daedalus_dmabuf_find(struct daedalus_ctx *ctx, u32 id);
void daedalus_dmabuf_named(struct daedalus_ctx *ctx, u32 id, u32 session);

/* daedalus_request.c */
void daedalus_request_pump(struct daedalus_ctx *ctx);
void daedalus_request_cancel_all(struct daedalus_ctx *ctx);
void daedalus_request_fail_all(struct daedalus_ctx *ctx);
void daedalus_request_flush(struct daedalus_ctx *ctx);
int daedalus_request_respond(struct daedalus_session *session, u32 cookie,
			     const struct daedalus_resp_frame *resp);

/* daedalus_session.c */
struct daedalus_session *daedalus_session_open(struct daedalus_ctx *ctx);
void daedalus_session_close(struct daedalus_ctx *ctx, u32 reason);
void daedalus_session_fail(struct daedalus_session *session, u32 reason);
void daedalus_session_watch(struct daedalus_session *session);
void daedalus_session_put(struct daedalus_session *session);
int daedalus_session_take(struct daedalus_session *session,
			  struct daedalus_session_fd __user *arg);
int daedalus_session_init(void);
void daedalus_session_exit(void);

/* daedalus_broker.c */
int daedalus_broker_init(struct daedalus_dev *dev, struct device *parent);
void daedalus_broker_exit(struct daedalus_dev *dev);
int daedalus_broker_announce(struct daedalus_session *session);
void daedalus_broker_forget(struct daedalus_session *session, u32 reason);
bool daedalus_broker_ready(struct daedalus_dev *dev);
int daedalus_broker_ping(struct daedalus_dev *dev);
void daedalus_broker_untake(struct daedalus_session *session);

/* daedalus_debugfs.c */
void daedalus_debugfs_init(struct daedalus_dev *dev);
void daedalus_debugfs_exit(struct daedalus_dev *dev);

#endif
