// W3, recovery: a node with many waiting workflows and many in flight is killed (kill -9) and
// started again. How long until it is ready, until all that was in flight goes on, and whether
// anything was lost or counted twice. A real node and a C++ worker, each a process of its own.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "benchmarks/pool_of_calls.hpp"
#include "benchmarks/report.hpp"

namespace endure::benchmarks {

struct W3Options {
  std::uint64_t workflows = 1'000'000;  // that wait
  std::uint32_t concurrency = 10'000;   // in flight at the kill
  std::string folder;                   // a fresh one below it is used and removed
  Progress progress;                    // of the preparation
};

Result<Report> run_w3(const W3Options& options);

}  // namespace endure::benchmarks
