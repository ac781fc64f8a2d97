// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/held_mapping.h"

#include <gbm.h>

namespace daedalus::bench {

Result<HeldMapping> HeldMapping::make(const tools::EglDevice &device,
                                      const tools::ExportedLayer &layer)
{
    gbm_import_fd_data data{.fd = layer.planes[0].fd,
                            .width = layer.width,
                            .height = layer.height,
                            .stride = layer.planes[0].pitch,
                            .format = layer.drmFormat};
    HeldMapping held(::gbm_bo_import(device.gbm(), GBM_BO_IMPORT_FD, &data, GBM_BO_USE_LINEAR));
    if (held.buffer_ == nullptr) {
        return failErrno("gbm_bo_import");
    }
    uint32_t stride = 0;
    if (::gbm_bo_map(held.buffer_, 0, 0, data.width, data.height, GBM_BO_TRANSFER_READ, &stride,
                     &held.mapping_) == nullptr) {
        return failErrno("gbm_bo_map");
    }
    return held;
}

HeldMapping::~HeldMapping()
{
    if (buffer_ != nullptr && mapping_ != nullptr) {
        ::gbm_bo_unmap(buffer_, mapping_);
    }
    if (buffer_ != nullptr) {
        ::gbm_bo_destroy(buffer_);
    }
}

} // namespace daedalus::bench
