// The workflows that the workloads run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "workflow/value/value.hpp"

namespace endure::benchmarks {

// W1: four steps, one after the other, each on a queue of its own.
inline constexpr std::string_view w1_queues[] = {"receive", "enrich", "act", "complete"};
inline constexpr std::uint32_t w1_transitions = 5;  // the start and each step's result
inline constexpr const char* w1_definition = R"(
document: { dsl: '1.0.3', namespace: bench, name: w1, version: '1.0.0' }
do:
  - receive: { call: receive, with: { post: "${ . }" } }
  - enrich: { call: enrich, with: { post: "${ . }" } }
  - act: { call: act, with: { post: "${ . }" } }
  - complete: { call: complete, with: { post: "${ . }" } }
)";

// About 300 bytes; with `text_bytes` that much more in its text.
workflow::Json w1_input(std::uint64_t n, std::size_t text_bytes = 160);

// What a step of W1 does: it adds a field of about 40 bytes to the post that it gets.
workflow::Value w1_step(std::string_view queue, const workflow::Value& arguments);

// W2: waits for one event addressed to it, then ends.
inline constexpr const char* w2_event = "bench.go";
inline constexpr const char* w2_definition = R"(
document: { dsl: '1.0.3', namespace: bench, name: w2, version: '1.0.0' }
do:
  - wait:
      listen: { to: { one: { with: { type: bench.go } } } }
      metadata: { status: WAITING_FOR_REVIEW }
)";

}  // namespace endure::benchmarks
