// SPDX-License-Identifier: BSD-2-Clause
#include "tests/kmod/broker.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "tests/kmod/dma_buffer.h"

namespace daedalus::test {

std::optional<Message> Worker::next(std::uint32_t type)
{
    auto message = readMessage(fd_.get());
    if (message && message->header.type != type) {
        return std::nullopt;
    }
    return message;
}

int Worker::respond(std::uint32_t cookie, std::uint32_t status, std::uint32_t bytesCopied)
{
    return writeMessage(fd_.get(), DAEDALUS_MSG_RESP_FRAME, cookie,
                        daedalus_resp_frame{status, bytesCopied});
}

UniqueFd Worker::dmaBuf(std::uint32_t id, std::uint64_t *size, int *error)
{
    daedalus_get_dmabuf get{.buffer_id = id, .fd = -1, .size = 0};
    if (::ioctl(fd_.get(), DAEDALUS_IOC_GET_DMABUF, &get) != 0) {
        if (error != nullptr) {
            *error = errno;
        }
        return {};
    }
    if (size != nullptr) {
        *size = get.size;
    }
    return UniqueFd(get.fd);
}

Broker::Broker() : fd_(::open("/dev/" DAEDALUS_CONTROL_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK))
{
    if (!fd_) {
        error_ = errno;
    }
}

bool Broker::hello()
{
    const daedalus_hello mine{DAEDALUS_MSG_VERSION, DAEDALUS_MSG_VERSION, 0, 0};
    if (writeMessage(fd_.get(), DAEDALUS_MSG_HELLO, 77, mine) != 0) {
        return false;
    }
    const auto answer = readMessage(fd_.get());
    if (!answer || answer->header.type != DAEDALUS_MSG_HELLO_ACK || answer->header.cookie != 77) {
        return false;
    }
    const auto theirs = answer->as<daedalus_hello>();
    return theirs.min_version == DAEDALUS_MSG_VERSION && theirs.max_version == DAEDALUS_MSG_VERSION;
}

std::optional<Message> Broker::next(std::uint32_t type)
{
    auto message = readMessage(fd_.get());
    if (message && message->header.type != type) {
        return std::nullopt;
    }
    return message;
}

std::optional<daedalus_session_open> Broker::nextSession()
{
    const auto message = next(DAEDALUS_MSG_SESSION_OPEN);
    if (!message) {
        return std::nullopt;
    }
    return message->as<daedalus_session_open>();
}

std::optional<daedalus_session_close> Broker::nextClose()
{
    const auto message = next(DAEDALUS_MSG_SESSION_CLOSE);
    if (!message) {
        return std::nullopt;
    }
    return message->as<daedalus_session_close>();
}

UniqueFd Broker::take(std::uint32_t id)
{
    daedalus_session_fd request{.session_id = id, .fd = -1};
    if (::ioctl(fd_.get(), DAEDALUS_IOC_SESSION_FD, &request) != 0) {
        return {};
    }
    return UniqueFd(request.fd);
}

std::optional<Worker> Broker::nextWorker()
{
    const auto session = nextSession();
    if (!session) {
        return std::nullopt;
    }
    UniqueFd fd = take(session->session_id);
    if (!fd) {
        return std::nullopt;
    }
    return Worker(std::move(fd));
}

std::optional<Worker> Broker::workerOf(Client &client, const Submission &request)
{
    std::vector<int> planes;
    UniqueFd picture;
    if (client.captureMemory() == V4L2_MEMORY_DMABUF) {
        picture = makeDmaBuf(1UL << 20);
        planes.assign(client.planes(), picture.get());
    }
    if (client.queueCapture(0, planes) != 0 || client.submit(request) != 0) {
        return std::nullopt;
    }
    auto worker = nextWorker();
    for (const bool on : {false, true}) {
        if (client.stream(kOutput, on) != 0 || client.stream(kCapture, on) != 0) {
            return std::nullopt;
        }
    }
    client.forgetRequests();
    return worker;
}

} // namespace daedalus::test
