#include "benchmarks/measurement.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace endure::benchmarks {

namespace {

double rounded(double value, double to) {
  return std::round(value * to) / to;
}

std::string row(const char* name, double value, const char* unit) {
  char text[96];
  std::snprintf(text, sizeof text, "  %-22s %12.2f %s\n", name, value, unit);
  return text;
}

double ratio_of(const Measurement& m) {
  return m.limit_transitions_per_s > 0 ? m.transitions_per_s() / m.limit_transitions_per_s : 0;
}

}  // namespace

double Measurement::percentile_ms(double share) const {
  if (latencies_ms.empty()) return 0;
  std::vector<double> sorted = latencies_ms;
  const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(index),
                   sorted.end());
  return sorted[index];
}

nlohmann::json to_json(const Measurement& m) {
  return {{"workload", m.workload},
          {"workflows", m.workflows},
          {"concurrency", m.concurrency},
          {"rogues", m.rogues},
          {"seconds", rounded(m.seconds, 1e3)},
          {"workflows_per_s", rounded(m.workflows_per_s(), 10)},
          {"transitions_per_s", rounded(m.transitions_per_s(), 10)},
          {"p50_ms", rounded(m.percentile_ms(0.50), 1e3)},
          {"p95_ms", rounded(m.percentile_ms(0.95), 1e3)},
          {"p99_ms", rounded(m.percentile_ms(0.99), 1e3)},
          {"max_ms", rounded(m.percentile_ms(1.0), 1e3)},
          {"cpu_s", rounded(m.cpu_s, 1e3)},
          {"rss_peak_mb", rounded(m.rss_peak_mb, 10)},
          {"written_bytes", m.written_bytes},
          {"commits", m.commits},
          {"mean_batch", rounded(m.mean_batch(), 10)},
          {"limit",
           {{"lmdb_transitions_per_s", rounded(m.limit_transitions_per_s, 10)},
            {"fdatasync_per_s", rounded(m.limit_flushes_per_s, 10)},
            {"ratio", rounded(ratio_of(m), 1e3)}}}};
}

std::string to_table(const Measurement& m) {
  std::string out = m.workload + ", " + std::to_string(m.workflows) + " workflows, " +
                    std::to_string(m.concurrency) + " in flight, full durability\n";
  if (m.rogues > 0) {
    out +=
        row("rogue workflows", static_cast<double>(m.rogues), "stopped at their limit meanwhile");
  }
  out += row("workflows", m.workflows_per_s(), "/s");
  out += row("transitions", m.transitions_per_s(), "/s");
  out += row("p50", m.percentile_ms(0.50), "ms");
  out += row("p95", m.percentile_ms(0.95), "ms");
  out += row("p99", m.percentile_ms(0.99), "ms");
  out += row("max", m.percentile_ms(1.0), "ms");
  out += row("CPU", m.cpu_s, "s");
  out += row("peak memory", m.rss_peak_mb, "MB");
  out += row("written", static_cast<double>(m.written_bytes) / 1e6, "MB");
  out += row("mean batch", m.mean_batch(), "transitions a commit");
  out += row("raw LMDB", m.limit_transitions_per_s, "transitions/s, same writes and batches");
  out += row("fdatasync", m.limit_flushes_per_s, "/s");
  out += row("share of raw LMDB", ratio_of(m), "");
  return out;
}

}  // namespace endure::benchmarks
