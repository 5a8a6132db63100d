#include "workflow/interpreter/retry.hpp"

#include <algorithm>
#include <cmath>

namespace endure::workflow::interpreter {
namespace {

constexpr double longest_delay_ms = 366.0 * 24 * 3600 * 1000;

double backoff_ms(const RetryTimes& policy, std::uint32_t retries) {
  const auto delay = static_cast<double>(policy.delay_ms);
  switch (policy.backoff) {
    case RetryPolicy::Backoff::constant: return delay;
    case RetryPolicy::Backoff::linear:
      return delay + static_cast<double>(policy.increment_ms) * retries;
    case RetryPolicy::Backoff::exponential: return delay * std::pow(policy.multiplier, retries);
  }
  return delay;
}

}  // namespace

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = a * 0x9E3779B97F4A7C15ULL + b;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

Evaluated<RetryTimes> retry_times(const RetryPolicy& policy, const Evaluator& evaluator,
                                  const Value& dot, const Site& site) {
  RetryTimes times;
  times.backoff = policy.backoff;
  times.multiplier = policy.multiplier;
  times.limit_attempts = policy.limit_attempts;
  std::optional<Fault> fault;
  const auto take = [&](const Duration& duration) -> std::int64_t {
    const auto ms = evaluator.duration_ms(duration, dot, site);
    if (!ms && !fault) fault = ms.error();
    return ms.value_or(0);
  };
  times.delay_ms = take(policy.delay);
  times.increment_ms = policy.increment ? take(*policy.increment) : times.delay_ms;
  if (policy.max_delay) times.max_delay_ms = take(*policy.max_delay);
  times.jitter_from_ms = take(policy.jitter_from);
  times.jitter_to_ms = take(policy.jitter_to);
  if (policy.limit_attempt_duration) {
    times.limit_attempt_duration_ms = take(*policy.limit_attempt_duration);
  }
  if (policy.limit_duration) times.limit_duration_ms = take(*policy.limit_duration);
  if (fault) return tl::make_unexpected(*std::move(fault));
  return times;
}

std::optional<std::int64_t> retry_delay_ms(const RetryTimes& policy, std::uint32_t retries,
                                           std::int64_t elapsed_ms, std::uint64_t seed) {
  if (policy.limit_attempts && retries >= *policy.limit_attempts) return std::nullopt;

  double delay = std::clamp(backoff_ms(policy, retries), 0.0, longest_delay_ms);
  if (policy.max_delay_ms > 0) delay = std::min(delay, static_cast<double>(policy.max_delay_ms));
  auto result = static_cast<std::int64_t>(delay);
  const auto span = std::max<std::int64_t>(0, policy.jitter_to_ms - policy.jitter_from_ms);
  result += policy.jitter_from_ms;
  if (span > 0) {
    result += static_cast<std::int64_t>(seed % (static_cast<std::uint64_t>(span) + 1));
  }

  for (const auto& limit : {policy.limit_duration_ms, policy.limit_attempt_duration_ms}) {
    if (limit && elapsed_ms + result > *limit) return std::nullopt;
  }
  return result;
}

}  // namespace endure::workflow::interpreter
