#include "actors/restart_intensity.hpp"

#include <algorithm>

namespace endure::actors {

RestartIntensity::RestartIntensity(std::uint32_t intensity, std::int64_t period_ms,
                                   std::int64_t backoff_ms)
    : intensity_(intensity), period_ms_(period_ms), backoff_ms_(backoff_ms) {}

bool RestartIntensity::allow(std::int64_t now_ms) {
  while (!recent_.empty() && recent_.front() <= now_ms - period_ms_) recent_.pop_front();
  recent_.push_back(now_ms);
  ++total_;
  return recent_.size() <= intensity_;
}

std::int64_t RestartIntensity::delay_ms() const {
  if (recent_.size() < 2) return 0;
  const auto doublings = std::min<std::size_t>(recent_.size() - 2, 30);
  return std::min(backoff_ms_ << doublings, backoff_ms_ * 100);
}

}  // namespace endure::actors
