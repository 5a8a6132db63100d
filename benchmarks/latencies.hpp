// Latencies of many operations, and what share of them did not exceed what.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "benchmarks/report.hpp"

namespace endure::benchmarks {

using SteadyClock = std::chrono::steady_clock;

double ms_since(SteadyClock::time_point begin);

// The latency that `share` (0 to 1) of the operations did not exceed; 0 where there is none.
double percentile(std::vector<double> values, double share);

// p50_ms, p95_ms, p99_ms and max_ms; `prefix` stands before each key and label.
void add_latencies(Report& report, const std::vector<double>& latencies_ms,
                   const std::string& prefix = {});

}  // namespace endure::benchmarks
