/* SPDX-License-Identifier: ((GPL-2.0-or-later WITH Linux-syscall-note) OR BSD-2-Clause) */
/*
 * /dev/daedalus-importer: a device that DMA-BUFs can be attached to. Each open
 * file is a device of its own, with at most one attachment.
 */
#ifndef DAEDALUS_IMPORTER_H
#define DAEDALUS_IMPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Wait with the reservation object locked, as drivers do that move buffers. */
#define DAEDALUS_IMPORTER_LOCKED 0x1u

/**
 * struct daedalus_importer_wait - argument of DAEDALUS_IMPORTER_WAIT
 * @timeout_ms: how long to wait for who writes
 * @flags: DAEDALUS_IMPORTER_*
 * @waited_ms: result: how long it took
 * @timed_out: result: whether somebody still writes
 */
struct daedalus_importer_wait {
	__u32 timeout_ms;
	__u32 flags;
	__u32 waited_ms;
	__u32 timed_out;
};

/* Attach and map for reading: the argument is the DMA-BUF's descriptor. */
#define DAEDALUS_IMPORTER_ATTACH _IOW('I', 0x00, __s32)
#define DAEDALUS_IMPORTER_DETACH _IO('I', 0x01)
#define DAEDALUS_IMPORTER_WAIT _IOWR('I', 0x02, struct daedalus_importer_wait)

#endif
