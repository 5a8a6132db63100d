// The clock port. Nothing in Endure reads the machine's clock but through this.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/instant.hpp"

namespace endure {

// Any thread may call any method.
class Clock {
 public:
  virtual ~Clock() = default;

  // Endure's time. Never goes backwards while the process lives.
  virtual Instant now() = 0;

  // Milliseconds of a clock that only ever runs forward; for leases, timeouts and measuring.
  virtual std::int64_t steady_ms() = 0;
};

// The machine's clock, made safe against jumps: a wall clock that is set forward is followed at
// once (timers that became due fire); one that is set back is not: time goes on at the steady
// clock's pace until the wall clock has caught up or the process restarts, so that no timer stalls
// and no history runs backwards.
class SystemClock final : public Clock {
 public:
  SystemClock();
  Instant now() override;
  std::int64_t steady_ms() override;

  // The same rule as a pure function: the time to show, given the last one shown and when (steady).
  static Instant advance(Instant last, std::int64_t last_steady_ms, Instant wall,
                         std::int64_t steady_ms);

 private:
  std::atomic<std::int64_t> offset_ms_;  // shown time minus steady time; only ever grows
};

// A clock that a test moves by hand.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start = {1'700'000'000'000}) : now_ms_(start.ms) {}
  Instant now() override { return {now_ms_.load()}; }
  std::int64_t steady_ms() override { return now_ms_.load(); }
  void advance_ms(std::int64_t ms) { now_ms_ += ms; }

 private:
  std::atomic<std::int64_t> now_ms_;
};

}  // namespace endure
