// The machine's own limit: what LMDB and the disk do without Endure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace endure::benchmarks {

// The writes of one transition, as the workload caused them.
struct TransitionShape {
  std::size_t snapshot_bytes = 0;
  std::size_t history_bytes = 0;
  std::size_t step_bytes = 0;      // put and later deleted
  std::uint32_t per_workflow = 5;  // transitions of one workflow; all but the last put a step
};

// Puts and deletes the same rows in the same batches, one flush each, in a fresh volume below
// `folder`: transitions per second.
Result<double> raw_lmdb_transitions_per_s(const std::string& folder, const TransitionShape& shape,
                                          std::uint64_t transitions, std::size_t batch);

// One page written in place and flushed, again and again, for about half a second: flushes per
// second.
Result<double> flushes_per_s(const std::string& folder);

}  // namespace endure::benchmarks
