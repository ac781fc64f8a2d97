// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>

#include "daedalus/result.h"
#include "gbm/render_node.h"
#include "gbm/surface_allocator.h"

// The sources of surface memory. All of them hand out zeroed memory, so that a new
// surface shows nothing of another process, and all are thread-safe. That one opens does
// not mean that it works: see probeProvider().
namespace daedalus::gbm {

/// "gbm": linear buffers of the GPU's own driver.
Result<std::unique_ptr<SurfaceProvider>> openGbmProvider(const DrmDevice &device);

/// "dumb": the kernel driver's simple buffers, which only the card node gives.
Result<std::unique_ptr<SurfaceProvider>> openDumbProvider(const DrmDevice &device);

/// "dma-heap": pages of /dev/dma_heap/system, cached by the CPU.
Result<std::unique_ptr<SurfaceProvider>> openDmaHeapProvider();

/// "udmabuf": a memfd's pages, turned into a DMA-BUF by /dev/udmabuf.
Result<std::unique_ptr<SurfaceProvider>> openUdmabufProvider();

/// "memfd": ordinary memory that is no DMA-BUF, so that no device can use it. For tests and
/// measurements where there is no device; never chosen unless it is asked for by name.
Result<std::unique_ptr<SurfaceProvider>> openMemfdProvider();

} // namespace daedalus::gbm
