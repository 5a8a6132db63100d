#include "runtime/cpu_load.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

namespace endure::runtime {

namespace {

constexpr std::int64_t look_every_ms = 50;

// Microseconds since the boot for which some thread waited; format: the kernel's
// Documentation/accounting/psi.rst.
std::optional<std::int64_t> stalled_us() {
  std::ifstream file("/proc/pressure/cpu");
  std::string word;
  if (!(file >> word) || word != "some") return std::nullopt;
  while (file >> word) {
    if (word.rfind("total=", 0) != 0) continue;
    std::int64_t total = 0;
    for (const char digit : word.substr(6)) {
      if (digit < '0' || digit > '9') return std::nullopt;
      total = total * 10 + (digit - '0');
    }
    return total;
  }
  return std::nullopt;
}

std::int64_t used_us() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) {
    return time.tv_sec * std::int64_t{1'000'000} + time.tv_usec;
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

}  // namespace

bool CpuLoad::is_saturated(std::int64_t steady_ms) {
  const std::lock_guard lock(mutex_);
  const bool first = stalled_us_ < 0;
  if (!first && steady_ms - looked_ms_ < look_every_ms) return saturated_;
  const auto stalled = stalled_us();
  const std::int64_t used = used_us();
  if (!first) {
    const std::int64_t passed_us = (steady_ms - looked_ms_) * 1'000;
    const std::int64_t processors = std::max(1U, std::thread::hardware_concurrency());
    saturated_ = stalled ? (*stalled - stalled_us_) * 2 >= passed_us
                         : (used - used_us_) * 5 >= passed_us * processors * 4;
  }
  looked_ms_ = steady_ms;
  stalled_us_ = stalled.value_or(0);
  used_us_ = used;
  return saturated_;
}

}  // namespace endure::runtime
