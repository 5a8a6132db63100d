// Whether cost grows straight: W1 on a volume that holds many completed workflows already, beside
// W1 on an empty one.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "benchmarks/report.hpp"
#include "benchmarks/w1.hpp"

namespace endure::benchmarks {

struct GrowthOptions {
  std::uint64_t completed = 1'000'000;  // in the volume before the measurement
  W1Options w1;
};

Result<Report> run_growth(const GrowthOptions& options);

// Puts `count` completed workflows into the volume in `folder`, which no node has open: each with
// its name, its last snapshot and one history record of the size of W1's five. As fast as the store
// goes; no workflow has run.
Result<void> fill_volume(const std::string& folder, std::uint64_t count, const Progress& progress);

}  // namespace endure::benchmarks
