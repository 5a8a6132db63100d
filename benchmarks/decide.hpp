// What one transition costs before the store sees it: the time of decide(), the time to encode the
// snapshot, and the snapshot's size, over a typical agent (enrich with retries, triage, review by
// event, two actions side by side), once with expressions that need no jq and once with jq.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace endure::benchmarks {

struct DecideFigures {
  std::string name;  // "plain" or "jq"
  std::uint64_t transitions = 0;
  double decide_p50_us = 0;
  double decide_p95_us = 0;
  double decide_p99_us = 0;
  double encode_p50_us = 0;
  std::size_t snapshot_p50_bytes = 0;
  std::size_t snapshot_max_bytes = 0;
};

// Runs `workflows` workflows one after the other, in memory. Error: Code::invalid with what went
// otherwise than the definition says.
Result<std::vector<DecideFigures>> run_decide(std::uint64_t workflows);

nlohmann::json to_json(const std::vector<DecideFigures>& figures);
std::string to_table(const std::vector<DecideFigures>& figures);

}  // namespace endure::benchmarks
