#include "base/clock.hpp"

#include <algorithm>
#include <chrono>

namespace endure {

namespace {

std::int64_t wall_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::int64_t monotonic_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

SystemClock::SystemClock() : offset_ms_(wall_ms() - monotonic_ms()) {}

Instant SystemClock::advance(Instant last, std::int64_t last_steady_ms, Instant wall,
                             std::int64_t steady_ms) {
  return {std::max(last.ms + (steady_ms - last_steady_ms), wall.ms)};
}

Instant SystemClock::now() {
  const std::int64_t steady = monotonic_ms();
  const std::int64_t wall_offset = wall_ms() - steady;
  std::int64_t offset = offset_ms_.load(std::memory_order_relaxed);
  while (wall_offset > offset &&
         !offset_ms_.compare_exchange_weak(offset, wall_offset, std::memory_order_relaxed)) {
  }
  return advance({offset + steady}, steady, {wall_offset + steady}, steady);
}

std::int64_t SystemClock::steady_ms() {
  return monotonic_ms();
}

}  // namespace endure
