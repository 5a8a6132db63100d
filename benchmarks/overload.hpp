// Overload: starts come over HTTP at several times the rate that the node can sustain. What it
// turns away, how long those wait that it takes, how its memory fares, and whether all that it took
// ends. A real node and a C++ worker, each a process of its own.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "benchmarks/pool_of_calls.hpp"
#include "benchmarks/report.hpp"

namespace endure::benchmarks {

struct OverloadOptions {
  double factor = 4;                 // of the sustainable rate
  std::uint32_t seconds = 60;        // of overload
  std::uint64_t workflows = 20'000;  // to find the sustainable rate with
  std::uint32_t connections = 64;
  std::uint32_t batch = 100;  // starts in a call
  std::string folder;         // a fresh one below it is used and removed
  Progress progress;
};

Result<Report> run_overload(const OverloadOptions& options);

}  // namespace endure::benchmarks
