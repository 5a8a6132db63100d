// Starts at a given rate, whatever the node answers: a client that neither slows down nor keeps to
// Retry-After.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "benchmarks/http_line.hpp"
#include "benchmarks/http_starts.hpp"
#include "benchmarks/latencies.hpp"
#include "benchmarks/node_process.hpp"
#include "benchmarks/pool_of_calls.hpp"

namespace endure::benchmarks {

struct OpenLoadOptions {
  double starts_per_s = 0;
  double seconds = 0;
  std::uint32_t connections = 16;
  std::uint32_t batch = 50;
  Progress progress;
};

class OpenLoad {
 public:
  OpenLoad(const NodeProcess& node, OpenLoadOptions options, const std::string& prefix);

  // One thread a connection. A connection that gets its answer too late sends at once.
  Result<void> run();

  std::uint64_t offered() const { return offered_; }
  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t calls_refused() const { return calls_refused_; }  // whole, by 429
  bool said_when() const { return said_when_; }  // each of them came with Retry-After
  double seconds() const { return seconds_; }
  const std::vector<double>& latencies_ms() const { return latencies_ms_; }  // of calls taken
  const std::vector<std::string>& some_ids() const { return some_ids_; }     // of what was accepted

 private:
  void serve(std::uint32_t connection, SteadyClock::time_point begin);
  void take(const HttpAnswer& answer, std::uint64_t first, double latency_ms);

  const NodeProcess& node_;
  const OpenLoadOptions options_;
  const HttpStarts starts_;
  std::mutex mutex_;
  std::uint64_t offered_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t calls_refused_ = 0;
  bool said_when_ = true;
  double seconds_ = 0;
  std::vector<double> latencies_ms_;
  std::vector<std::string> some_ids_;
  std::optional<Error> error_;
};

}  // namespace endure::benchmarks
