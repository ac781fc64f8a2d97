// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/daedalus-conformance/client.h"
#include "tools/daedalus-conformance/collection.h"
#include "tools/daedalus-conformance/options.h"
#include "tools/daedalus-conformance/reference.h"

namespace daedalus::conformance {

/// What became of a stream on a path, in a format.
struct Outcome {
    std::string stream;
    std::string file;
    std::string codec;
    std::string path;
    std::string format;
    Status status = Status::Failed;
    Comparison comparison{};
    std::string error{};
    std::string picture{}; ///< the PNG, if one was written
    double seconds = 0;
    nlohmann::json statistics{};
};

/// A way to decode, by its name.
using Clients = std::map<std::string, std::unique_ptr<Client>>;

/// Decodes every stream on every path, several at once.
class Runner {
public:
    /// All must outlive it.
    Runner(const Options &options, const Clients &clients, References &references)
        : options_(options), clients_(clients), references_(references)
    {}

    /// In the order of streams and paths.
    std::vector<Outcome> run(const std::vector<Stream> &streams);

    /// One stream on one path, and what is to be said about it.
    Outcome decode(const Stream &stream, const std::string &path, const std::string &format);

private:
    struct Job {
        const Stream *stream;
        std::string path;
        std::string format;
    };

    [[nodiscard]] std::vector<Job> plan(const std::vector<Stream> &streams) const;
    Result<FrameList> expected(const Stream &stream, const Client &client);
    void judge(Outcome &outcome, const Attempt &attempt) const;
    void show(Outcome &outcome, const Stream &stream, Client &client, const FrameList &expected,
              const FrameList &got) const;

    const Options &options_;
    const Clients &clients_;
    References &references_;
};

} // namespace daedalus::conformance
