/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Daedalus: a stateless video decoder whose engine is a process in userspace.
 *
 * Locks, outermost first:
 *
 *   media_device.req_queue_mutex     the media core's
 *   daedalus_ctx.vb_mutex            the V4L2 queues and formats of a context
 *     v4l2_ctrl_handler.lock         its controls; nothing else inside
 *     dma_buf.resv                   somebody else's, see daedalus_fence_submit()
 *   daedalus_ctx.lock                its requests in flight and its session
 *     daedalus_pages.lock            devices that see a buffer; no memory is
 *                                    allocated inside, fences depend on it
 *   daedalus_broker.lock             owner of the control device, session list
 *   daedalus_ctx.dmabuf_lock         (spinlock) buffer ids; pointer to session
 *   daedalus_msg_queue.lock          (spinlock)
 *
 * A client can hold its own control handler's lock for as long as it likes, with
 * a page fault that it serves itself. So only what it queues takes that lock (what
 * formats depend on is in daedalus_ctx.bit_depth), and not with daedalus_ctx.lock
 * held, which workers and the watchdog need. MEDIA_REQUEST_IOC_QUEUE takes it
 * under req_queue_mutex in the media core already, v4l2_ctrl_request_queue(), and
 * so does the end of a queued request in v4l2_ctrl_request_complete(): that a
 * client with such a fault stalls requests of others is the core's to mend, here
 * as with any stateless decoder.
 *
 * Nothing waits for a worker or a fence with any of these held, see
 * daedalus_wait.c; but for one that is added in the moment between QBUF's look at
 * a DMA-BUF and dma_buf_begin_cpu_access(), which waits itself.
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
#include <linux/uidgid.h>
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
#include "daedalus_mem.h"
#include "daedalus_msg.h"
#include "daedalus_session.h"
#include "daedalus_v4l2_proto.h"

#define DAEDALUS_NAME		"daedalus_v4l2"

#define DAEDALUS_MAX_SIZE	8192U
#define DAEDALUS_MAX_BITSTREAM	SZ_256M

/* The largest picture in one buffer: 4:2:0, two bytes a sample. */
#define DAEDALUS_MAX_PICTURE						\
	(DAEDALUS_MAX_SIZE * DAEDALUS_MAX_SIZE * 3 + DAEDALUS_TAIL_PADDING)

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

/**
 * struct daedalus_dev - the device; there is one
 * @v4l2_dev: its reference count is the life of this structure
 * @mdev: media device, for requests
 * @vfd: video node
 * @m2m_dev: see daedalus_vb2.c for what mem2mem is used for
 * @misc: control device
 * @broker: what is behind @misc
 * @stats: counters
 * @allocated: bytes of buffers, of all contexts
 * @count_lock: (spinlock) protects @counted; innermost
 * @counted: struct daedalus_session that are not freed
 * @lease_lock: (spinlock) protects @leases, @leases_ended and
 *	daedalus_session.released; innermost
 * @leases: struct daedalus_lease
 * @leases_ended: changes when there are less of them
 * @lease_wait: who waits for that
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
	atomic64_t allocated;
	spinlock_t count_lock;
	struct list_head counted;
	spinlock_t lease_lock;
	struct list_head leases;
	unsigned int leases_ended;
	wait_queue_head_t lease_wait;
	struct dentry *debugfs;
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
 * @msg: OUTPUT: room for the request, until that is sent
 * @sent: OUTPUT: the worker has read the request
 * @dst: OUTPUT: the CAPTURE buffer that is decoded to
 * @dmabufs: OUTPUT: what the request names, bitstream first
 * @num_dmabufs: OUTPUT: length of @dmabufs
 * @fence: OUTPUT: signals when the picture is finished; a reference is held
 * @finished: OUTPUT: the request has ended, with @state
 * @state: OUTPUT: VB2_BUF_STATE_DONE or VB2_BUF_STATE_ERROR
 * @pending: CAPTURE: requests in flight that decode to it
 * @failed: CAPTURE: one of them ended with an error
 * @charged: bytes of it that daedalus_ctx.allocated has
 */
struct daedalus_vbuf {
	struct v4l2_m2m_buffer m2m;
	struct list_head inflight;
	u32 cookie;
	struct daedalus_msg *msg;
	bool sent;
	struct daedalus_vbuf *dst;
	struct daedalus_dmabuf *dmabufs[1 + DAEDALUS_MAX_PLANES];
	unsigned int num_dmabufs;
	struct daedalus_fence *fence;
	bool finished;
	enum vb2_buffer_state state;
	unsigned int pending;
	bool failed;
	s64 charged;
};

/**
 * struct daedalus_ctx - an open file of the video node
 * @ref: held by the file and by sessions
 * @dev: the device; a reference is held
 * @fh: V4L2's part
 * @hdl: controls
 * @uid: who opened the file
 * @allocated: bytes of its buffers
 * @vb_mutex: serialises the ioctls of queues and formats
 * @codec: selected by the OUTPUT format
 * @sent: the controls that @codec->sent names
 * @bit_depth: what daedalus_codec.sequence says, by codec; changed with the
 *	control handler's lock held, may be read without
 * @coded: OUTPUT format
 * @decoded: CAPTURE format
 * @sequence: next sequence number, by queue
 * @streaming: whether vb2 has started the queue, by queue
 * @found_in_use: how often a QBUF found memory that is still in use
 * @waits_for_fences: the memory if its fences tell, with a reference; for xchg()
 *	only
 * @lock: protects @inflight, @requests, @held, @deaths, @pause_end and
 *	changes of @session
 * @inflight: OUTPUT buffers (struct daedalus_vbuf) whose request was sent or
 *	refused, in decode order
 * @num_inflight: those of @inflight that are not finished; may be read without
 *	the lock
 * @idle: who waits for @num_inflight to become zero
 * @requests: what is in @inflight, by cookie
 * @held: CAPTURE buffer that the next request with its timestamp decodes to
 *	(V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF)
 * @last_cookie: of the newest request; changed with @vb_mutex held
 * @session: who decodes, NULL if nobody. Changed with @lock and @dmabuf_lock
 *	held, read with either. A reference is held.
 * @deaths: sessions since the last picture that the client did not end
 * @pause_end: jiffies when there may be another, see daedalus_limit_pauses()
 * @dmabuf_lock: protects @dmabufs, what is in it, and @last_dmabuf
 * @dmabufs: struct daedalus_dmabuf
 * @last_dmabuf: newest id
 * @timeline: fences of what is written for it
 */
struct daedalus_ctx {
	struct kref ref;
	struct daedalus_dev *dev;
	struct v4l2_fh fh;
	struct v4l2_ctrl_handler hdl;
	kuid_t uid;
	atomic64_t allocated;

	struct mutex vb_mutex;
	const struct daedalus_codec *codec;
	struct v4l2_ctrl *sent[DAEDALUS_MAX_SENT];
	unsigned int bit_depth[DAEDALUS_MAX_CODECS];
	struct v4l2_pix_format_mplane coded;
	struct v4l2_pix_format_mplane decoded;
	u32 sequence[2];
	bool streaming[2];
	unsigned int found_in_use;
	struct dma_buf *waits_for_fences;

	struct mutex lock;
	struct list_head inflight;
	unsigned int num_inflight;
	wait_queue_head_t idle;
	struct xarray requests;
	struct daedalus_vbuf *held;
	u32 last_cookie;
	struct daedalus_session *session;
	unsigned int deaths;
	unsigned long pause_end;

	spinlock_t dmabuf_lock;
	struct list_head dmabufs;
	u32 last_dmabuf;
	struct daedalus_timeline *timeline;
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

static inline struct vb2_buffer *to_vb(struct daedalus_vbuf *vbuf)
{
	return &vbuf->m2m.vb.vb2_buf;
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
u32 daedalus_fmt_bitstream_max(const struct v4l2_pix_format_mplane *pix);
void daedalus_fmt_try_coded(struct v4l2_pix_format_mplane *pix);
void daedalus_fmt_try_decoded(struct daedalus_ctx *ctx,
			      struct v4l2_pix_format_mplane *pix);
void daedalus_fmt_reset_decoded(struct daedalus_ctx *ctx, bool keep);
void daedalus_fmt_follow_depth(struct daedalus_ctx *ctx);
void daedalus_fmt_init(struct daedalus_ctx *ctx);

/* daedalus_limit.c */
bool daedalus_limit_allows(s64 bytes);
int daedalus_limit_charge(struct daedalus_ctx *ctx,
			  struct daedalus_vbuf *vbuf);
void daedalus_limit_uncharge(struct daedalus_ctx *ctx,
			     struct daedalus_vbuf *vbuf);
int daedalus_limit_session(struct daedalus_session *session);
void daedalus_limit_session_end(struct daedalus_session *session);
void daedalus_limit_death(struct daedalus_ctx *ctx);
bool daedalus_limit_pauses(struct daedalus_ctx *ctx);

/* daedalus_video.c */
extern const struct v4l2_ioctl_ops daedalus_ioctl_ops;

/* daedalus_ctrls.c */
int daedalus_ctrls_init(struct daedalus_ctx *ctx);
void daedalus_ctrls_select(struct daedalus_ctx *ctx,
			   const struct daedalus_codec *codec);
unsigned int daedalus_ctrls_bit_depth(struct daedalus_ctx *ctx);
int daedalus_ctrls_validate(struct daedalus_ctx *ctx,
			    struct media_request *req);
u32 daedalus_ctrls_room(struct daedalus_ctx *ctx);
u32 daedalus_ctrls_size(struct daedalus_ctx *ctx);
void daedalus_ctrls_snapshot(struct daedalus_ctx *ctx, u8 *out);

/* daedalus_vb2.c */
int daedalus_queue_init(void *priv, struct vb2_queue *src_vq,
			struct vb2_queue *dst_vq);
void daedalus_queue_drop_messages(struct daedalus_ctx *ctx);
int daedalus_buf_fit(struct daedalus_ctx *ctx, struct vb2_buffer *vb);
int daedalus_request_validate(struct media_request *req);

/* daedalus_mem.c */
extern const struct vb2_mem_ops daedalus_mem_ops;
int daedalus_mem_name_buffers(struct daedalus_vbuf *src);
bool daedalus_mem_is_cpu_only(const struct vb2_buffer *vb, unsigned int plane);
void daedalus_dmabuf_put(struct daedalus_ctx *ctx,
			 struct daedalus_dmabuf *dmabuf);
struct dma_buf *daedalus_dmabuf_find(struct daedalus_ctx *ctx, u32 id);

/* daedalus_request.c */
int daedalus_request_prepare(struct daedalus_ctx *ctx,
			     struct daedalus_vbuf *src);
void daedalus_request_pump(struct daedalus_ctx *ctx);
void daedalus_request_flush(struct daedalus_ctx *ctx);

/* daedalus_inflight.c */
void daedalus_request_release_held(struct daedalus_ctx *ctx);
void daedalus_request_finish(struct daedalus_ctx *ctx,
			     struct daedalus_vbuf *src,
			     enum vb2_buffer_state state);
void daedalus_request_retire(struct daedalus_ctx *ctx);
void daedalus_request_fail_all(struct daedalus_ctx *ctx,
			       struct daedalus_session *session);
bool daedalus_request_recall(struct daedalus_ctx *ctx);
void daedalus_request_sent(struct daedalus_session *session, u32 cookie);
void daedalus_request_cancel_all(struct daedalus_ctx *ctx);
int daedalus_request_respond(struct daedalus_session *session, u32 cookie,
			     const struct daedalus_resp_frame *resp);

/* daedalus_debugfs.c */
void daedalus_debugfs_init(struct daedalus_dev *dev);
void daedalus_debugfs_exit(struct daedalus_dev *dev);

#endif
