// The machine's own limits, taken in the same run as a measurement and put beside it.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "benchmarks/raw_lmdb.hpp"
#include "benchmarks/report.hpp"

namespace endure::benchmarks {

// What the measurement did to the volume.
struct Writes {
  TransitionShape shape;
  std::uint64_t transitions = 0;
  std::uint64_t commits = 0;
  double seconds = 0;

  double per_s() const { return seconds > 0 ? static_cast<double>(transitions) / seconds : 0; }
  double mean_batch() const {
    return commits > 0 ? static_cast<double>(transitions) / static_cast<double>(commits) : 0;
  }
};

// Adds commits, mean_batch and fsyncs, and below `limit` what LMDB, the disk and the actor library
// do by themselves, each with the measurement's share of it. Makes its files in `folder`.
Result<void> add_limits(Report& report, const Writes& writes, const std::string& folder);

}  // namespace endure::benchmarks
