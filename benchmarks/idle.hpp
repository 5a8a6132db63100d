// What a node costs that has nothing to do: its start in an empty folder, its share of a core and
// its memory while it idles, and the size of the program.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "benchmarks/report.hpp"

namespace endure::benchmarks {

struct IdleOptions {
  std::int64_t watch_ms = 10'000;
  std::string folder;
};

Result<Report> run_idle(const IdleOptions& options);

}  // namespace endure::benchmarks
