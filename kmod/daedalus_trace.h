/* SPDX-License-Identifier: GPL-2.0-or-later */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM daedalus_v4l2

#if !defined(DAEDALUS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define DAEDALUS_TRACE_H

#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(daedalus_request,
	TP_PROTO(u32 session, u32 cookie, u64 timestamp),
	TP_ARGS(session, cookie, timestamp),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(u32, cookie)
		__field(u64, timestamp)
	),
	TP_fast_assign(
		__entry->session = session;
		__entry->cookie = cookie;
		__entry->timestamp = timestamp;
	),
	TP_printk("session=%u cookie=%u timestamp=%llu",
		  __entry->session, __entry->cookie, __entry->timestamp)
);

/* A request was queued for the worker. */
DEFINE_EVENT(daedalus_request, daedalus_request_queued,
	TP_PROTO(u32 session, u32 cookie, u64 timestamp),
	TP_ARGS(session, cookie, timestamp));

/* The worker read the request. */
DEFINE_EVENT(daedalus_request, daedalus_request_sent,
	TP_PROTO(u32 session, u32 cookie, u64 timestamp),
	TP_ARGS(session, cookie, timestamp));

/* The request ended without the worker. */
DEFINE_EVENT(daedalus_request, daedalus_request_cancelled,
	TP_PROTO(u32 session, u32 cookie, u64 timestamp),
	TP_ARGS(session, cookie, timestamp));

/* The worker finished the request. */
TRACE_EVENT(daedalus_request_completed,
	TP_PROTO(u32 session, u32 cookie, u64 timestamp, u32 status,
		 u32 bytes_copied),
	TP_ARGS(session, cookie, timestamp, status, bytes_copied),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(u32, cookie)
		__field(u64, timestamp)
		__field(u32, status)
		__field(u32, bytes_copied)
	),
	TP_fast_assign(
		__entry->session = session;
		__entry->cookie = cookie;
		__entry->timestamp = timestamp;
		__entry->status = status;
		__entry->bytes_copied = bytes_copied;
	),
	TP_printk("session=%u cookie=%u timestamp=%llu status=%u bytes_copied=%u",
		  __entry->session, __entry->cookie, __entry->timestamp,
		  __entry->status, __entry->bytes_copied)
);

/* A session made no progress for timeout_ms. */
TRACE_EVENT(daedalus_session_timeout,
	TP_PROTO(u32 session, u32 inflight),
	TP_ARGS(session, inflight),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(u32, inflight)
	),
	TP_fast_assign(
		__entry->session = session;
		__entry->inflight = inflight;
	),
	TP_printk("session=%u inflight=%u", __entry->session,
		  __entry->inflight)
);

TRACE_EVENT(daedalus_session_open,
	TP_PROTO(u32 session, u32 codec),
	TP_ARGS(session, codec),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(u32, codec)
	),
	TP_fast_assign(
		__entry->session = session;
		__entry->codec = codec;
	),
	TP_printk("session=%u codec=%c%c%c%c", __entry->session,
		  __entry->codec & 0xff, (__entry->codec >> 8) & 0xff,
		  (__entry->codec >> 16) & 0xff, (__entry->codec >> 24) & 0xff)
);

TRACE_EVENT(daedalus_session_close,
	TP_PROTO(u32 session, u32 reason),
	TP_ARGS(session, reason),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(u32, reason)
	),
	TP_fast_assign(
		__entry->session = session;
		__entry->reason = reason;
	),
	TP_printk("session=%u reason=%u", __entry->session, __entry->reason)
);

/*
 * Caches were invalidated for CPUs or cleaned for a device that is attached to
 * a plane of ours. "dir" is an enum dma_data_direction.
 */
TRACE_EVENT(daedalus_dmabuf_sync,
	TP_PROTO(unsigned long inode, bool to_device, u32 dir),
	TP_ARGS(inode, to_device, dir),
	TP_STRUCT__entry(
		__field(unsigned long, inode)
		__field(bool, to_device)
		__field(u32, dir)
	),
	TP_fast_assign(
		__entry->inode = inode;
		__entry->to_device = to_device;
		__entry->dir = dir;
	),
	TP_printk("inode=%lu for=%s dir=%u", __entry->inode,
		  __entry->to_device ? "device" : "cpu", __entry->dir)
);

#endif

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE daedalus_trace
#include <trace/define_trace.h>
