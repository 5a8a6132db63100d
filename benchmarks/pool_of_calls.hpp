// Keeps a fixed number of asynchronous operations under way until all are done, and takes their
// latencies. Operations are begun on the thread that runs the pool; they may end on any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "benchmarks/latencies.hpp"

namespace endure::benchmarks {

using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;  // may be empty

class PoolOfCalls {
 public:
  using Done = std::function<void(const Result<void>&)>;
  // Begins operation number `n`; calls `done` once, when it has ended.
  using Begin = std::function<void(std::uint64_t n, Done done)>;

  PoolOfCalls(std::uint64_t all, std::uint64_t at_once, Begin begin, Progress progress = {});

  // Runs operations 0 to all - 1. The first error ends it: no more are begun, and those under way
  // are waited for.
  Result<void> run();

  double seconds() const { return seconds_; }
  std::vector<double> take_latencies_ms() { return std::move(latencies_ms_); }

 private:
  std::uint64_t next_lot() const;  // how many may be begun now
  void begin_one(std::uint64_t n);
  void ended(SteadyClock::time_point begun, const Result<void>& result);

  const std::uint64_t all_;
  const std::uint64_t at_once_;
  const std::uint64_t lot_;  // so many are begun together, which saves wake-ups
  const Begin begin_;
  const Progress progress_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t begun_ = 0;
  std::uint64_t ended_ = 0;
  std::optional<Error> error_;
  double seconds_ = 0;
  std::vector<double> latencies_ms_;
};

}  // namespace endure::benchmarks
