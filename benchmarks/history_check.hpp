// Looks through the histories of W1's workflows for what was lost or counted twice.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "benchmarks/http_starts.hpp"
#include "benchmarks/node_process.hpp"

namespace endure::benchmarks {

struct HistoryFindings {
  std::uint64_t lost = 0;      // workflows that are not there or did not complete
  std::uint64_t repeated = 0;  // results that a workflow took more than once
  Instant last_resumed;        // the latest of the workflows' first transitions after `since_ms`
  Instant last_transition;     // the latest of all
};

// Of workflows 0 to count - 1 of `starts`, once all have completed; those that have not within
// `patience_ms` are lost.
Result<HistoryFindings> check_histories(const NodeProcess& node, const HttpStarts& starts,
                                        std::uint64_t count, std::int64_t since_ms,
                                        double patience_ms);

// One workflow's history as the API gives it.
void check_history(const nlohmann::json& history, std::int64_t since_ms, HistoryFindings& findings);

}  // namespace endure::benchmarks
