// How long steps had been ready when a worker got them: the longest of the last moments. Any
// thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>

namespace endure::actors {

class StepWaits {
 public:
  // A step was handed out that had been ready for `wait_ms`. `now_ms`: steady.
  void note(std::int64_t now_ms, std::int64_t wait_ms) {
    const std::lock_guard lock(mutex_);
    turn_to(now_ms / span_ms);
    longest_ = std::max(longest_, wait_ms);
  }

  // Of the last 100 to 200 ms; 0: none was handed out.
  std::int64_t longest_ms(std::int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    turn_to(now_ms / span_ms);
    return std::max(longest_, before_);
  }

 private:
  static constexpr std::int64_t span_ms = 100;

  void turn_to(std::int64_t span) {
    if (span <= span_) return;
    before_ = span == span_ + 1 ? longest_ : 0;
    longest_ = 0;
    span_ = span;
  }

  std::mutex mutex_;
  std::int64_t span_ = 0;
  std::int64_t longest_ = 0;
  std::int64_t before_ = 0;  // of the span before
};

}  // namespace endure::actors
