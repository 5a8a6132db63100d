#include "benchmarks/open_load.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace endure::benchmarks {

namespace {

std::uint64_t count_of(const std::string& text, std::string_view part) {
  std::uint64_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

}  // namespace

OpenLoad::OpenLoad(const NodeProcess& node, OpenLoadOptions options, const std::string& prefix)
    : node_(node), options_(std::move(options)), starts_("w1", prefix) {}

Result<void> OpenLoad::run() {
  const auto begin = SteadyClock::now();
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < options_.connections; ++i) {
    threads.emplace_back([this, i, begin] { serve(i, begin); });
  }
  for (auto& thread : threads) thread.join();
  seconds_ = ms_since(begin) / 1'000;
  if (error_) return Failure{*error_};
  return {};
}

// The connections take turns in the schedule.
void OpenLoad::serve(std::uint32_t connection, SteadyClock::time_point begin) {
  HttpLine line = node_.line();
  const double between_s = options_.batch / options_.starts_per_s;
  for (std::uint64_t call = connection;; call += options_.connections) {
    const std::chrono::duration<double> due(static_cast<double>(call) * between_s);
    if (due.count() >= options_.seconds || ms_since(begin) >= options_.seconds * 1'000) return;
    std::this_thread::sleep_until(begin + std::chrono::duration_cast<SteadyClock::duration>(due));
    const std::uint64_t first = call * options_.batch;
    const auto sent = SteadyClock::now();
    const auto answer = line.post("/v1/workflows/batch", starts_.many(first, options_.batch));
    const double latency_ms = ms_since(sent);
    const std::lock_guard lock(mutex_);
    if (!answer) {
      error_ = answer.error();
      return;
    }
    take(*answer, first, latency_ms);
    if (options_.progress) {
      options_.progress(static_cast<std::uint64_t>(ms_since(begin)),
                        static_cast<std::uint64_t>(options_.seconds * 1'000));
    }
  }
}

// With the lock held.
void OpenLoad::take(const HttpAnswer& answer, std::uint64_t first, double latency_ms) {
  offered_ += options_.batch;
  if (answer.status == 429) {
    ++calls_refused_;
    said_when_ = said_when_ && answer.retry_after_s > 0;
    return;
  }
  if (answer.status != 200) {
    error_ = Error{
        Code::invalid,
        "the node answers " + std::to_string(answer.status) + ": " + answer.body.substr(0, 300),
        ""};
    return;
  }
  const std::uint64_t taken = count_of(answer.body, R"("existed":false)");
  if (taken == 0) return;
  accepted_ += taken;
  latencies_ms_.push_back(latency_ms);
  // Starts are turned away from a batch's end, so the first one was taken.
  some_ids_.push_back(starts_.id(first));
}

}  // namespace endure::benchmarks
