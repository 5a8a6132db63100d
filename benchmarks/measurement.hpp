// What one run of a workload measured, and the machine's own limit taken in the same run.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace endure::benchmarks {

struct Measurement {
  std::string workload;
  std::uint64_t workflows = 0;
  std::uint32_t concurrency = 0;
  std::uint64_t rogues = 0;  // workflows beside these whose expression was stopped at its limit
  double seconds = 0;
  std::uint64_t transitions = 0;
  std::vector<double> latencies_ms;  // start to durable end, one a workflow
  double cpu_s = 0;                  // user and system, of this process
  double rss_peak_mb = 0;
  std::uint64_t written_bytes = 0;     // to the disk, as the kernel counts them
  std::uint64_t commits = 0;           // each is one flush
  double limit_transitions_per_s = 0;  // raw LMDB, same puts and deletes in the same batches
  double limit_flushes_per_s = 0;      // fdatasync of one page, one after the other

  double workflows_per_s() const { return static_cast<double>(workflows) / seconds; }
  double transitions_per_s() const { return static_cast<double>(transitions) / seconds; }
  double mean_batch() const {
    return commits > 0 ? static_cast<double>(transitions) / static_cast<double>(commits) : 0;
  }
  // The latency that `share` (0 to 1) of the workflows did not exceed.
  double percentile_ms(double share) const;
};

nlohmann::json to_json(const Measurement& measurement);

// A table for people.
std::string to_table(const Measurement& measurement);

}  // namespace endure::benchmarks
