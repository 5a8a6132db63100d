// When a try may be tried again. Pure: what looks random is drawn from `seed`.
#pragma once

#include <cstdint>
#include <optional>

#include "workflow/definition.hpp"

namespace endure::workflow::interpreter {

// The delay in ms before retry number `retries + 1`, or nothing where a limit of the policy is
// reached. `elapsed_ms`: since the try was entered; both of the policy's durations bound it.
std::optional<std::int64_t> retry_delay_ms(const RetryPolicy& policy, std::uint32_t retries,
                                           std::int64_t elapsed_ms, std::uint64_t seed);

// Mixes two numbers into one whose bits look random; the same for the same two.
std::uint64_t mix(std::uint64_t a, std::uint64_t b);

}  // namespace endure::workflow::interpreter
