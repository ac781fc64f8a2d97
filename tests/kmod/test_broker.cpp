// SPDX-License-Identifier: BSD-2-Clause
#include "tests/kmod/test_broker.h"

#include <sys/ioctl.h>

#include <cerrno>

#include "tests/kmod/dma_buffer.h"

namespace daedalus::test {

namespace {

Result<WireMessage> nextOf(int fd, std::uint32_t type)
{
    auto message = readMessage(fd);
    if (message && message->header.type != type) {
        return fail(EPROTO, "a message of another type");
    }
    return message;
}

} // namespace

Result<WireMessage> TestWorker::next(std::uint32_t type)
{
    return nextOf(fd_.get(), type);
}

int TestWorker::respond(std::uint32_t cookie, std::uint32_t status, std::uint32_t bytesCopied)
{
    return writeMessage(fd_.get(), DAEDALUS_MSG_RESP_FRAME, cookie,
                        daedalus_resp_frame{status, bytesCopied});
}

UniqueFd TestWorker::dmaBuf(std::uint32_t id, std::uint64_t *size, int *error)
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

bool TestBroker::hello()
{
    const daedalus_hello mine{DAEDALUS_MSG_VERSION, DAEDALUS_MSG_VERSION, 0, 0};
    if (writeMessage(fd(), DAEDALUS_MSG_HELLO, 77U, mine) != 0) {
        return false;
    }
    const auto answer = nextOf(fd(), DAEDALUS_MSG_HELLO_ACK);
    if (!answer || answer->header.cookie != 77) {
        return false;
    }
    const auto theirs = answer->as<daedalus_hello>();
    return theirs.min_version == DAEDALUS_MSG_VERSION && theirs.max_version == DAEDALUS_MSG_VERSION;
}

Result<daedalus_session_open> TestBroker::nextSession()
{
    return nextOf(fd(), DAEDALUS_MSG_SESSION_OPEN).map([](const WireMessage &message) {
        return message.as<daedalus_session_open>();
    });
}

Result<daedalus_session_close> TestBroker::nextClose()
{
    return nextOf(fd(), DAEDALUS_MSG_SESSION_CLOSE).map([](const WireMessage &message) {
        return message.as<daedalus_session_close>();
    });
}

UniqueFd TestBroker::take(std::uint32_t id)
{
    daedalus_session_fd request{.session_id = id, .fd = -1};
    if (::ioctl(fd(), DAEDALUS_IOC_SESSION_FD, &request) != 0) {
        return {};
    }
    return UniqueFd(request.fd);
}

Result<TestWorker> TestBroker::nextWorker()
{
    return nextSession().and_then([this](const daedalus_session_open &session) {
        UniqueFd fd = take(session.session_id);
        return fd ? Result<TestWorker>(TestWorker(std::move(fd))) : failErrno("taking a session");
    });
}

Result<TestWorker> TestBroker::workerOf(Client &client, const Submission &request)
{
    std::vector<int> planes;
    UniqueFd picture;
    if (client.captureMemory() == V4L2_MEMORY_DMABUF) {
        picture = makeDmaBuf(1UL << 20);
        planes.assign(client.planes(), picture.get());
    }
    int error = client.queueCapture(0, planes);
    if (error == 0) {
        error = client.submit(request);
    }
    if (error != 0) {
        return fail(error, "the first request");
    }
    auto worker = nextWorker();
    for (const bool on : {false, true}) {
        for (const auto type : {kOutput, kCapture}) {
            error = client.stream(type, on);
            if (error != 0) {
                return fail(error, on ? "STREAMON" : "STREAMOFF");
            }
        }
    }
    client.forgetRequests();
    return worker;
}

} // namespace daedalus::test
