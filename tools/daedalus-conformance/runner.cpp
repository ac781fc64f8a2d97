// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/runner.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <thread>

#include "tools/daedalus-conformance/difference_png.h"

namespace daedalus::conformance {

namespace {

std::string fileName(std::string text)
{
    std::replace(text.begin(), text.end(), '/', '-');
    return text;
}

uint64_t bytesBefore(const FrameList &frames, size_t number)
{
    return std::accumulate(frames.begin(), frames.begin() + static_cast<ptrdiff_t>(number),
                           uint64_t{0},
                           [](uint64_t sum, const FrameHash &frame) { return sum + frame.bytes; });
}

/// One line on stderr that shows how far things are. May be used by several threads.
class Progress {
public:
    Progress(bool shown, size_t total) : shown_(shown), total_(total) {}
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;
    ~Progress()
    {
        if (shown_) {
            std::fprintf(stderr, "\r\033[K");
        }
    }

    /// A piece of work is done.
    void done(const std::string &what, bool good)
    {
        const std::scoped_lock lock(mutex_);
        ++done_;
        bad_ += good ? 0 : 1;
        if (!shown_) {
            return;
        }
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
            std::chrono::steady_clock::now() - started_);
        std::fprintf(stderr, "\r\033[K%zu of %zu, %zu bad, %lld s: %.50s", done_, total_, bad_,
                     static_cast<long long>(seconds.count()), what.c_str());
        (void)std::fflush(stderr);
    }

private:
    const bool shown_;
    const size_t total_;
    std::mutex mutex_;
    size_t done_ = 0;
    size_t bad_ = 0;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

} // namespace

std::vector<Outcome> Runner::run(const std::vector<Stream> &streams)
{
    const auto jobs = plan(streams);
    std::vector<Outcome> outcomes(jobs.size());
    std::atomic<size_t> next{0};
    Progress progress(options_.progress, jobs.size());
    const auto work = [&] {
        for (size_t i = next++; i < jobs.size(); i = next++) {
            outcomes[i] = decode(*jobs[i].stream, jobs[i].path, jobs[i].format);
            const Status status = outcomes[i].status;
            progress.done(outcomes[i].stream + ' ' + outcomes[i].path,
                          status == Status::Exact || status == Status::Refused);
        }
    };
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::min<size_t>(options_.jobs, jobs.size()); ++i) {
        threads.emplace_back(work);
    }
    threads.clear();
    return outcomes;
}

std::vector<Runner::Job> Runner::plan(const std::vector<Stream> &streams) const
{
    std::vector<Job> jobs;
    // Formats take turns, another one for each path, so that in the whole all are covered.
    size_t turn = 0;
    for (const Stream &stream : streams) {
        for (const auto &[path, client] : clients_) {
            auto formats = client->formats(stream.info);
            if (!options_.formats.empty()) {
                std::erase_if(formats, [this](const std::string &format) {
                    return std::find(options_.formats.begin(), options_.formats.end(), format) ==
                           options_.formats.end();
                });
            } else if (!options_.everyFormat) {
                formats = {formats[turn % formats.size()]};
            }
            for (const std::string &format : formats) {
                jobs.push_back({&stream, path, format});
            }
        }
        ++turn;
    }
    return jobs;
}

Result<FrameList> Runner::expected(const Stream &stream, const Client &client)
{
    const Cropping cropping = client.cropping(stream);
    const std::string &list = client.wantsElementary()        ? stream.expectedElementaryFile
                              : cropping == Cropping::Ignored ? stream.expectedWholeFile
                                                              : stream.expectedFile;
    if (!list.empty()) {
        return readFrameList(list);
    }
    return references_.frames(client.wantsElementary() ? stream.elementary : stream.file, cropping);
}

Outcome Runner::decode(const Stream &stream, const std::string &path, const std::string &format)
{
    Outcome outcome{.stream = stream.name,
                    .file = stream.file,
                    .codec = stream.info.codec,
                    .path = path,
                    .format = format};
    Client &client = *clients_.at(path);
    const auto reference = expected(stream, client);
    if (!reference) {
        outcome.error = "no reference: " + reference.error().what();
        return outcome;
    }
    const auto started = std::chrono::steady_clock::now();
    const Attempt attempt = client.decode(stream, format, *reference, options_.limit);
    outcome.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    outcome.comparison = compare(*reference, attempt.frames);
    outcome.statistics = attempt.statistics;
    judge(outcome, attempt);
    if (outcome.status == Status::Different && !options_.differences.empty()) {
        show(outcome, stream, client, *reference, attempt.frames);
    }
    return outcome;
}

void Runner::judge(Outcome &outcome, const Attempt &attempt) const
{
    outcome.error = attempt.error;
    const bool exact = outcome.comparison.allExact();
    if (attempt.hung) {
        outcome.status = Status::Hung;
        outcome.error = "killed after " + std::to_string(options_.limit.count()) + " s";
    } else if (attempt.refused) {
        // A client that decodes in software instead has to do so exactly; others deliver
        // nothing.
        const bool right = attempt.error.empty() && (exact || attempt.frames.empty());
        outcome.status = right ? Status::Refused : Status::Failed;
        if (!right && attempt.error.empty()) {
            outcome.error = "refused, but what came instead is not exact";
        }
    } else if (!attempt.error.empty() && (exact || attempt.frames.empty())) {
        outcome.status = Status::Failed;
    } else {
        outcome.status = exact ? Status::Exact : Status::Different;
        if (outcome.comparison.expected == 0) {
            outcome.status = Status::Failed;
            outcome.error = "software decodes no frame of it";
        }
    }
}

/// Decodes both again up to the first frame that differs.
void Runner::show(Outcome &outcome, const Stream &stream, Client &client, const FrameList &expected,
                  const FrameList &got) const
{
    const size_t number = outcome.comparison.firstDifferent.value_or(0);
    const auto &file = client.wantsElementary() ? stream.elementary : stream.file;
    tools::Picture want;
    if (number < expected.size()) {
        if (auto picture = References::frame(file, client.cropping(stream), number)) {
            want = std::move(*picture);
        }
    }
    tools::Picture have;
    if (number < got.size()) {
        have.samples = client.samples(stream, outcome.format, bytesBefore(got, number),
                                      got[number].bytes, options_.limit);
        have.depth = want.depth;
        have.width = want.width;
        have.height = want.height;
        if (hashFrame(have.samples) == expected[std::min(number, expected.size() - 1)]) {
            outcome.error += " (exact when it was decoded again)";
        }
        if (have.samples.size() != want.size()) {
            // Of another size, which is not known: there is nothing to show.
            outcome.error += " (a frame of " + std::to_string(have.samples.size()) +
                             " bytes instead of " + std::to_string(want.size()) + ")";
            have = {};
        }
    }
    std::error_code ignored;
    std::filesystem::create_directories(options_.differences, ignored);
    const std::string path = options_.differences + '/' +
                             fileName(outcome.stream + '.' + outcome.path + '.' + outcome.format) +
                             ".png";
    if (auto written = writeDifferencePng(path, want, have); written) {
        outcome.picture = path;
    } else {
        outcome.error += " (" + written.error().what() + ")";
    }
}

} // namespace daedalus::conformance
