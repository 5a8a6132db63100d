// W1, throughput: workflows of four steps, about 300 bytes of input, each step's result durable
// before the next begins, a fixed number in flight. W1b is the same with one in flight.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "benchmarks/measurement.hpp"

namespace endure::benchmarks {

struct W1Options {
  std::uint64_t workflows = 20'000;
  std::uint32_t concurrency = 256;
  // An expression that computes without end, run by one further workflow after the other meanwhile;
  // empty: none. What it does to the latencies of the others is the measurement.
  std::string rogue_expression;
  std::string folder;  // a fresh one below it is used and removed; empty: the temporary folder
  std::function<void(std::uint64_t done)> progress;  // called now and then; may be empty
};

// Native: steps are done by functions inside the node, workflows started by the in-process client;
// the definition is a DSL document and the store a fresh LMDB volume with full durability.
Result<Measurement> run_w1_native(const W1Options& options);

}  // namespace endure::benchmarks
