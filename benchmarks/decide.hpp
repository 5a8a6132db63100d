// What one transition costs before the store sees it: the time of decide(), the time to encode the
// snapshot, and the snapshot's size, over a typical agent (enrich with retries, triage, review by
// event, two actions side by side), once with expressions that need no jq and once with jq.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "benchmarks/report.hpp"

namespace endure::benchmarks {

// Runs `workflows` workflows one after the other, in memory; a report for each kind of expressions.
// Error: Code::invalid with what went otherwise than the definition says.
Result<std::vector<Report>> run_decide(std::uint64_t workflows);

}  // namespace endure::benchmarks
