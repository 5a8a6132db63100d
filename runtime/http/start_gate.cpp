#include "runtime/http/start_gate.hpp"

#include <algorithm>

namespace endure::http {

namespace {

constexpr std::int64_t adapt_every_ms = 100;
constexpr double growth = 1.2;
constexpr double steepest_fall = 0.5;

}  // namespace

StartGate::StartGate(StartGateConfig config)
    : config_(config), limit_(std::clamp(config.first, config.least, config.most)) {}

std::size_t StartGate::enter(std::size_t starts, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  adapt(now_ms);
  const std::size_t admitted = std::min(starts, limit_ - std::min(limit_, under_way_));
  under_way_ += admitted;
  if (admitted < starts) refused_ = true;
  return admitted;
}

void StartGate::leave(std::int64_t entered_ms, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  --under_way_;
  if (entered_ms >= lowered_ms_) {
    slowest_ms_ = std::max(slowest_ms_, now_ms - entered_ms);
    any_left_ = true;
  }
  adapt(now_ms);
}

bool StartGate::refuses(std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  adapt(now_ms);
  if (under_way_ < limit_) return false;
  refused_ = true;
  return true;
}

std::size_t StartGate::limit() const {
  const std::lock_guard lock(mutex_);
  return limit_;
}

std::size_t StartGate::under_way() const {
  const std::lock_guard lock(mutex_);
  return under_way_;
}

// With the lock held. A quiet time says nothing: the limit stays.
void StartGate::adapt(std::int64_t now_ms) {
  if (now_ms - since_ms_ < adapt_every_ms) return;
  const auto limit = static_cast<double>(limit_);
  double next = limit;
  if (slowest_ms_ > config_.target_ms) {
    const double fall = static_cast<double>(config_.target_ms) / static_cast<double>(slowest_ms_);
    next = limit * std::max(fall, steepest_fall);
    lowered_ms_ = now_ms;
  } else if (refused_ && any_left_) {
    next = limit * growth;
  }
  limit_ = std::clamp(static_cast<std::size_t>(next), config_.least, config_.most);
  since_ms_ = now_ms;
  slowest_ms_ = 0;
  any_left_ = false;
  refused_ = false;
}

}  // namespace endure::http
