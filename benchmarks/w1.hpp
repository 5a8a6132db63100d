// W1, throughput: workflows of four steps, about 300 bytes of input, each step's result durable
// before the next begins, a fixed number in flight. W1b is the same with one in flight.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "benchmarks/pool_of_calls.hpp"
#include "benchmarks/report.hpp"

namespace endure::benchmarks {

struct W1Options {
  std::uint64_t workflows = 20'000;
  std::uint32_t concurrency = 256;
  std::size_t text_bytes = 160;  // of the text in the input, which every snapshot and step carries
  // An expression that computes without end, run by one further workflow after the other meanwhile;
  // empty: none. What it does to the latencies of the others is the measurement.
  std::string rogue_expression;
  std::string folder;  // a fresh one below it is used and removed; empty: the temporary folder
  Progress progress;   // called now and then
};

// Native: steps are done by functions inside the node, workflows started by in-process calls; the
// definition is a DSL document and the store a fresh LMDB volume with full durability.
Result<Report> run_w1_native(const W1Options& options);

}  // namespace endure::benchmarks
