// Runs W1 on a node in this process and says what that took.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "benchmarks/limits.hpp"
#include "benchmarks/native_node.hpp"
#include "benchmarks/process_figures.hpp"
#include "benchmarks/w1.hpp"

namespace endure::benchmarks {

struct NativeLoad {
  Writes writes;
  std::vector<double> latencies_ms;  // start to durable end, one a workflow
  ProcessUse use;
};

// Deploys W1 and finds out its rows' sizes, once for each volume.
Result<TransitionShape> prepare_w1(NativeNode& node, const W1Options& options);

// The node must be prepared, and have workers for the queues (add_w1_workers). Ids begin with
// `prefix`.
Result<NativeLoad> run_w1_on(NativeNode& node, const W1Options& options,
                             const TransitionShape& shape, const std::string& prefix = "w-");

void add_w1_workers(NativeNode& node);

}  // namespace endure::benchmarks
