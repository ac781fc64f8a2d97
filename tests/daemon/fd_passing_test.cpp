// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/fd_passing.h"

#include <gtest/gtest.h>

#include "tests/daemon/test_support.h"

namespace daedalus::test {
namespace {

TEST(FdPassing, CarriesAssignmentAndFile)
{
    auto socket = test::SocketPair::make();
    auto session = test::SocketPair::make();
    ASSERT_TRUE(daemon::sendAssignment(socket.first.get(), {.sessionId = 12, .codec = 34},
                                       session.first.get()));
    auto received = daemon::receiveAssignment(socket.second.get());
    ASSERT_TRUE(received) << received.error().what();
    EXPECT_EQ(received->assignment.sessionId, 12U);
    EXPECT_EQ(received->assignment.codec, 34U);
    EXPECT_EQ(::fcntl(received->session.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    // It is the same file: what is written here arrives at the session's other end.
    ASSERT_EQ(::write(received->session.get(), "x", 1), 1);
    char byte = 0;
    ASSERT_EQ(::read(session.second.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'x');
}

TEST(FdPassing, TellsThatTheOtherSideIsGone)
{
    auto socket = test::SocketPair::make();
    socket.first.reset();
    const auto received = daemon::receiveAssignment(socket.second.get());
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().code(), ESHUTDOWN);
    const auto session = test::memoryFile(1);
    EXPECT_FALSE(daemon::sendAssignment(socket.second.get(), {}, session.get()));
}

TEST(FdPassing, RejectsAnAssignmentWithoutFileOrOfOtherLength)
{
    auto socket = test::SocketPair::make();
    const daemon::Assignment assignment{.sessionId = 1, .codec = 2};
    ASSERT_EQ(::write(socket.first.get(), &assignment, sizeof(assignment)),
              static_cast<ssize_t>(sizeof(assignment)));
    auto received = daemon::receiveAssignment(socket.second.get());
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().code(), EPROTO);
    ASSERT_EQ(::write(socket.first.get(), &assignment, 3), 3);
    received = daemon::receiveAssignment(socket.second.get());
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().code(), EPROTO);
}

} // namespace
} // namespace daedalus::test
