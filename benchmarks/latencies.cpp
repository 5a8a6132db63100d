#include "benchmarks/latencies.hpp"

#include <algorithm>

namespace endure::benchmarks {

double ms_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count();
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

void add_latencies(Report& report, const std::vector<double>& latencies_ms,
                   const std::string& prefix) {
  const std::string key = prefix.empty() ? "" : prefix + "_";
  const std::string label = prefix.empty() ? "" : prefix + " ";
  report.add(key + "p50_ms", percentile(latencies_ms, 0.50), label + "p50", "ms");
  report.add(key + "p95_ms", percentile(latencies_ms, 0.95), label + "p95", "ms");
  report.add(key + "p99_ms", percentile(latencies_ms, 0.99), label + "p99", "ms");
  report.add(key + "max_ms", percentile(latencies_ms, 1.0), label + "max", "ms");
}

}  // namespace endure::benchmarks
