// W2, waiting: many workflows that each wait for one event addressed to them. How fast they are
// started, what one costs while it waits, how fast a list is answered meanwhile, and how fast they
// end when their events come. In this process, over a fresh LMDB volume with full durability.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "benchmarks/native_node.hpp"
#include "benchmarks/pool_of_calls.hpp"
#include "benchmarks/report.hpp"

namespace endure::benchmarks {

struct W2Options {
  std::uint64_t workflows = 1'000'000;
  std::uint32_t concurrency = 4'096;  // starts, and later events, under way
  std::string folder;                 // a fresh one below it is used and removed
  Progress progress;
};

Result<Report> run_w2(const W2Options& options);

// Starts workflows "waiting-0" to "waiting-<n-1>" of W2; the seconds that it took. Deploys the
// definition.
Result<double> start_waiting(NativeNode& node, const W2Options& options);

}  // namespace endure::benchmarks
