// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/client.h"

#include <filesystem>

#include "tools/common/exit_status.h"

namespace daedalus::conformance {

namespace {

class V4l2Client : public Client {
public:
    explicit V4l2Client(std::string program) : program_(std::move(program)) {}

    std::optional<std::string> unavailable() override
    {
        for (const auto &entry : nodes()) {
            std::error_code ignored;
            const auto driver = std::filesystem::read_symlink(entry / "device/driver", ignored);
            if (driver.string().find("daedalus") != std::string::npos) {
                return std::nullopt;
            }
        }
        return "no video node of ours: is the module loaded?";
    }

    [[nodiscard]] std::vector<std::string> formats(const StreamInfo &info) const override
    {
        return info.depth > 8
                   ? std::vector<std::string>{"p010", "p010/dmabuf", "i010/dmabuf", "i010"}
                   : std::vector<std::string>{"nv12",        "yu12/dmabuf", "nm12",
                                              "ym12/dmabuf", "nv12/dmabuf", "yu12"};
    }

    [[nodiscard]] bool wantsElementary() const override { return true; }

    Attempt decode(const Stream &stream, const std::string &format, const FrameList & /*expected*/,
                   std::chrono::seconds limit) override
    {
        Ended ended;
        Attempt attempt = collectFrames(command(stream, format, {"--framemd5"}), limit, ended);
        if (!ended.timedOut &&
            (ended.status == tools::kExitNotSupported ||
             (!stream.info.is420 && ended.status != 0 && attempt.frames.empty()))) {
            attempt.refused = true;
            attempt.error.clear();
        }
        return attempt;
    }

    std::vector<uint8_t> samples(const Stream &stream, const std::string &format, uint64_t before,
                                 uint64_t bytes, std::chrono::seconds limit) override
    {
        return readExcerpt(command(stream, format, {"--output", "-"}), limit, before, bytes);
    }

private:
    static std::vector<std::filesystem::path> nodes()
    {
        std::vector<std::filesystem::path> result;
        std::error_code error;
        for (const auto &entry :
             std::filesystem::directory_iterator("/sys/class/video4linux", error)) {
            result.push_back(entry.path());
        }
        return result;
    }

    [[nodiscard]] Command command(const Stream &stream, const std::string &format,
                                  const std::vector<std::string> &output) const
    {
        const auto slash = format.find('/');
        const std::string memory =
            slash == std::string::npos ? std::string("mmap") : format.substr(slash + 1);
        Command result{{program_, "--memory", memory, "--format", format.substr(0, slash)}, {}};
        result.arguments.insert(result.arguments.end(), output.begin(), output.end());
        result.arguments.push_back(stream.elementary);
        return result;
    }

    std::string program_;
};

/// Beside this program, where it is built; else in PATH.
std::string findProgram()
{
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    const auto built = self.parent_path().parent_path() / "v4l2-decode" / "v4l2-decode";
    return std::filesystem::exists(built, error) ? built.string() : std::string("v4l2-decode");
}

} // namespace

std::unique_ptr<Client> makeV4l2Client(const std::string &program)
{
    return std::make_unique<V4l2Client>(program.empty() ? findProgram() : program);
}

} // namespace daedalus::conformance
