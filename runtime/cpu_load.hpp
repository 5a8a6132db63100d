// Whether this machine has more to do than it has processors for. Any thread.
#pragma once

#include <cstdint>
#include <mutex>

namespace endure::runtime {

class CpuLoad {
 public:
  // Since the last call (at least 50 ms ago, else the answer is that of the last one): whether some
  // thread had to wait for a processor for half of the time, as Linux tells it
  // (/proc/pressure/cpu); where the kernel does not say, whether this process took four fifths of
  // all processors.
  bool is_saturated(std::int64_t steady_ms);

 private:
  std::mutex mutex_;
  std::int64_t looked_ms_ = 0;
  std::int64_t stalled_us_ = -1;  // -1: not looked yet
  std::int64_t used_us_ = 0;
  bool saturated_ = false;
};

}  // namespace endure::runtime
