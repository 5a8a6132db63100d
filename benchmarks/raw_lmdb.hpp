// The limit that the database sets: LMDB doing the writes of a workload without Endure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace endure::benchmarks {

// The rows of one transition, by their sizes as the workload stored them. Every transition puts its
// workflow's snapshot (over the one before) and a history record, and deletes the step that it
// answers; every one but a workflow's last puts a step. Names, indexes and counters, which Endure
// writes besides, are no part of the limit.
struct TransitionShape {
  std::size_t snapshot_bytes = 0;
  std::size_t history_bytes = 0;
  std::size_t step_bytes = 0;
  std::uint32_t per_workflow = 5;  // transitions of one workflow
};

// `batch` workflows side by side, each making one transition a commit, one flush a commit, in a
// fresh volume below `folder`; for about `transitions`, at most some seconds: transitions per
// second.
Result<double> raw_lmdb_transitions_per_s(const std::string& folder, const TransitionShape& shape,
                                          std::uint64_t transitions, std::size_t batch);

}  // namespace endure::benchmarks
