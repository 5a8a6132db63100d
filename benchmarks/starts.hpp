// How many workflows a second a node takes over HTTP, by batches of starts on a few kept-alive
// connections. Nobody works on their steps.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "benchmarks/pool_of_calls.hpp"
#include "benchmarks/report.hpp"

namespace endure::benchmarks {

struct StartsOptions {
  std::uint64_t workflows = 100'000;
  std::uint32_t connections = 4;
  std::uint32_t batch = 100;  // starts in a call; 1: each by a call of its own
  std::string folder;
  Progress progress;
};

Result<Report> run_starts(const StartsOptions& options);

}  // namespace endure::benchmarks
