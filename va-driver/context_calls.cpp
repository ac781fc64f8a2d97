// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>
#include <span>
#include <vector>

#include "va-driver/context.h"
#include "va-driver/entry_points.h"

namespace daedalus::va {

VAStatus createContext(Driver &driver, VAConfigID configId, int width, int height, int /*flags*/,
                       VASurfaceID *targets, int targetCount, VAContextID *id)
{
    const auto config = driver.configs.find(configId);
    if (!config) {
        return VA_STATUS_ERROR_INVALID_CONFIG;
    }
    if (id == nullptr || width <= 0 || height <= 0 || targetCount < 0 ||
        (targets == nullptr && targetCount > 0)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (static_cast<uint32_t>(width) > kMaxPictureSize ||
        static_cast<uint32_t>(height) > kMaxPictureSize) {
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    }
    // The list is a hint: any surface can be a target later.
    const auto list = std::span(targets, static_cast<size_t>(targetCount));
    if (!std::ranges::all_of(
            list, [&](VASurfaceID target) { return driver.surfaces.find(target) != nullptr; })) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    const auto inserted = Context::create(driver, *config, static_cast<uint32_t>(width),
                                          static_cast<uint32_t>(height))
                              .and_then([&](std::shared_ptr<Context> context) {
                                  return driver.contexts.insert(std::move(context));
                              });
    *id = inserted.value_or(VA_INVALID_ID);
    return inserted ? VA_STATUS_SUCCESS : inserted.error();
}

VAStatus destroyContext(Driver &driver, VAContextID id)
{
    return driver.contexts.remove(id) ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_CONTEXT;
}

VAStatus beginPicture(Driver &driver, VAContextID contextId, VASurfaceID targetId)
{
    const auto context = driver.contexts.find(contextId);
    if (!context) {
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    }
    auto target = driver.surfaces.find(targetId);
    if (!target) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    return context->begin(targetId, std::move(target));
}

VAStatus renderPicture(Driver &driver, VAContextID contextId, VABufferID *ids, int count)
{
    const auto context = driver.contexts.find(contextId);
    if (!context) {
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    }
    if (ids == nullptr || count <= 0) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    std::vector<std::shared_ptr<Buffer>> buffers;
    for (const VABufferID id : std::span(ids, static_cast<size_t>(count))) {
        buffers.push_back(driver.buffers.find(id));
        if (!buffers.back()) {
            return VA_STATUS_ERROR_INVALID_BUFFER;
        }
    }
    return context->render(buffers);
}

VAStatus endPicture(Driver &driver, VAContextID contextId)
{
    const auto context = driver.contexts.find(contextId);
    return context ? context->end() : VA_STATUS_ERROR_INVALID_CONTEXT;
}

} // namespace daedalus::va
