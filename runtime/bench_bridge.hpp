// endure bench bridge: calls between two bridges on loopback beside the same over raw ZeroMQ.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "benchmarks/pool_of_calls.hpp"
#include "benchmarks/report.hpp"

namespace endure {

struct BenchBridgeOptions {
  std::uint64_t calls = 100'000;
  std::uint32_t in_flight = 64;
  std::uint32_t bytes = 512;  // of a call, and of its answer
  benchmarks::Progress progress;
};

// One report with CURVE, as in production, and one without. The bridge and the raw sockets take
// turns, so that what else the machine does meets both.
Result<std::vector<benchmarks::Report>> run_bench_bridge(const BenchBridgeOptions& options);

}  // namespace endure
