// Counts requests by route and status, for /metrics. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace endure::http {

class RequestCounters {
 public:
  struct Total {
    std::uint64_t requests = 0;
    std::int64_t duration_us = 0;
  };
  using Totals = std::map<std::pair<std::string, int>, Total>;  // by route name and status

  void count(std::string route, int status, std::int64_t duration_us) {
    const std::lock_guard lock(mutex_);
    auto& total = totals_[{std::move(route), status}];
    ++total.requests;
    total.duration_us += duration_us;
  }
  Totals totals() const {
    const std::lock_guard lock(mutex_);
    return totals_;
  }

 private:
  mutable std::mutex mutex_;
  Totals totals_;
};

}  // namespace endure::http
