// W1 on a cluster: nodes, a worker beside each, and the client, every one a process of its own on
// this machine.
//
// Two ways, by turns: **direct**, each start sent to the node that owns the workflow, and
// **routed**, each sent to another node, which passes it on. What a passed start costs is the ratio
// of the two. The nodes share one machine: what several bring is seen only where there are cores
// for all of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "benchmarks/pool_of_calls.hpp"
#include "benchmarks/report.hpp"

namespace endure::benchmarks {

struct W1ClusterOptions {
  std::uint64_t workflows = 20'000;  // of all nodes, each way
  std::uint32_t concurrency = 256;   // of all nodes
  std::uint32_t nodes = 3;           // 1, 2, … up to so many are measured, one after the other
  std::string folder;
  Progress progress;
};

// One report for each number of nodes.
Result<std::vector<Report>> run_w1_cluster(const W1ClusterOptions& options);

}  // namespace endure::benchmarks
