// Runs W1 on a real node over HTTP: keeps a number of workflows in flight by batches of starts, and
// meanwhile starts some alone and waits for their ends, for the latencies.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "benchmarks/http_line.hpp"
#include "benchmarks/http_starts.hpp"
#include "benchmarks/node_process.hpp"
#include "benchmarks/pool_of_calls.hpp"

namespace endure::benchmarks {

// The node's counters that benchmarks look at.
struct NodeCounters {
  std::uint64_t started = 0;
  std::uint64_t completed = 0;
  std::uint64_t transitions = 0;
  std::uint64_t commits = 0;
};
Result<NodeCounters> counters_of(HttpLine& line);

// In a cluster: the node whose workflows are run, the one that is asked, and the ids that lie on
// the first.
struct HttpTarget {
  const NodeProcess& owner;
  const NodeProcess& asked;
  IdFilter ids;
};

class HttpLoad {
 public:
  // `prefix` of the ids; a second load on the same node needs another one.
  HttpLoad(const NodeProcess& node, std::uint64_t workflows, std::uint32_t concurrency,
           const std::string& prefix, Progress progress = {});
  HttpLoad(HttpTarget target, std::uint64_t workflows, std::uint32_t concurrency,
           const std::string& prefix, Progress progress = {});

  // Until all have completed. Code::retry_later where nothing moves for a minute.
  Result<void> run();

  double seconds() const { return seconds_; }
  std::uint64_t workflows() const { return bulk_ + latencies_ms_.size(); }
  const NodeCounters& before() const { return before_; }
  const NodeCounters& after() const { return after_; }
  const std::vector<double>& latencies_ms() const { return latencies_ms_; }  // of the samples
  std::uint64_t turned_away() const { return turned_away_; }  // starts that were sent again (429)

 private:
  Result<void> run_bulk(HttpLine& line);
  Result<void> wait_for_last(HttpLine& line);
  void sample(std::uint32_t sampler);
  Result<double> sample_one(HttpLine& line, const HttpStarts& starts, std::uint64_t n);
  std::uint64_t completed_of_bulk(const NodeCounters& now) const;

  const HttpTarget target_;
  const std::uint64_t workflows_;
  const std::uint64_t bulk_;      // those that are started in batches
  const std::uint32_t samplers_;  // of the workflows in flight
  const std::uint32_t in_bulk_;
  const std::string prefix_;
  const Progress progress_;
  NodeCounters before_;
  NodeCounters after_;
  double seconds_ = 0;
  std::atomic<bool> bulk_ended_{false};
  std::atomic<std::uint64_t> turned_away_{0};
  mutable std::mutex mutex_;
  std::vector<double> latencies_ms_;
  std::optional<Error> error_;
};

}  // namespace endure::benchmarks
