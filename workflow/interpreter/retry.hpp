// When a try may be tried again. Pure: what looks random is drawn from `seed`.
#pragma once

#include <cstdint>
#include <optional>

#include "workflow/definition.hpp"
#include "workflow/interpreter/evaluator.hpp"

namespace endure::workflow::interpreter {

// A policy whose durations are known.
struct RetryTimes {
  RetryPolicy::Backoff backoff = RetryPolicy::Backoff::constant;
  std::int64_t delay_ms = 0;
  double multiplier = 2.0;
  std::int64_t increment_ms = 0;
  std::int64_t max_delay_ms = 0;  // 0: none
  std::int64_t jitter_from_ms = 0;
  std::int64_t jitter_to_ms = 0;
  std::optional<std::uint32_t> limit_attempts;
  std::optional<std::int64_t> limit_attempt_duration_ms;
  std::optional<std::int64_t> limit_duration_ms;
};

// Evaluates the policy's durations at the place of the try.
Evaluated<RetryTimes> retry_times(const RetryPolicy& policy, const Evaluator& evaluator,
                                  const Value& dot, const Site& site);

// The delay in ms before retry number `retries + 1`, or nothing where a limit of the policy is
// reached. `elapsed_ms`: since the try was entered; both of the policy's durations bound it.
std::optional<std::int64_t> retry_delay_ms(const RetryTimes& policy, std::uint32_t retries,
                                           std::int64_t elapsed_ms, std::uint64_t seed);

// Mixes two numbers into one whose bits look random; the same for the same two.
std::uint64_t mix(std::uint64_t a, std::uint64_t b);

}  // namespace endure::workflow::interpreter
