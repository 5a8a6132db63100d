// W1 as it is run in production: a node, a worker and a client, each a process of its own.
#pragma once

#include "base/result.hpp"
#include "benchmarks/report.hpp"
#include "benchmarks/w1.hpp"
#include "benchmarks/worker_process.hpp"

namespace endure::benchmarks {

// Workflows are started over HTTP by this process, one of eight at most alone and awaited, the
// others in batches; steps are done by one worker over ZeroMQ. Latencies are those of the workflows
// that were started alone, as their client sees them.
Result<Report> run_w1_workers(const W1Options& options, const WorkerOptions& worker);

}  // namespace endure::benchmarks
