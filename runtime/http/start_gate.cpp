#include "runtime/http/start_gate.hpp"

#include <algorithm>
#include <utility>

namespace endure::http {

namespace {

constexpr std::int64_t adapt_every_ms = 100;
constexpr double growth = 1.2;
constexpr double steepest_fall = 0.5;
// Of the rate, after the congestion control of TCP (CUBIC, RFC 9438): it falls at once, goes back
// quickly to near where it was too much, and feels its way from there.
constexpr double rate_fall = 0.5;
constexpr std::int64_t rate_fall_every_ms = 300;  // not before a fall has had its effect
constexpr std::int64_t same_strain_ms = 1'000;    // that soon after a fall it is the same strain
constexpr double safe_share = 0.8;                // of a rate that was too much
constexpr double near_knee = 0.85;
constexpr double quick_growth = 1.3;  // ten times a second
constexpr double slow_growth = 1.01;
constexpr double newest = 0.3;    // its weight in the mean of the admitted
constexpr double burst_s = 0.05;  // what the bucket holds, in seconds of its rate

}  // namespace

StartGate::StartGate(StartGateConfig config)
    : config_(std::move(config)), limit_(std::clamp(config_.first, config_.least, config_.most)) {}

// With the lock held, after adapt().
std::size_t StartGate::room() const {
  const std::size_t room = limit_ - std::min(limit_, under_way_);
  return per_s_ ? std::min(room, static_cast<std::size_t>(bucket_)) : room;
}

std::size_t StartGate::enter(std::size_t starts, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  adapt(now_ms);
  const std::size_t admitted = std::min(starts, room());
  under_way_ += admitted;
  admitted_ += admitted;
  if (per_s_) bucket_ -= static_cast<double>(admitted);
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
  if (room() > 0) return false;
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

std::optional<double> StartGate::per_s() const {
  const std::lock_guard lock(mutex_);
  return per_s_;
}

// With the lock held.
void StartGate::adapt(std::int64_t now_ms) {
  if (per_s_ && now_ms > filled_ms_) {
    const double filled = *per_s_ * static_cast<double>(now_ms - filled_ms_) / 1'000;
    bucket_ = std::min(bucket_ + filled, std::max(1.0, *per_s_ * burst_s));
  }
  filled_ms_ = now_ms;
  const std::int64_t passed_ms = now_ms - since_ms_;
  if (passed_ms < adapt_every_ms) return;
  adapt_limit(now_ms);
  adapt_rate(now_ms, static_cast<double>(passed_ms) / 1'000);
  since_ms_ = now_ms;
  slowest_ms_ = 0;
  admitted_ = 0;
  any_left_ = false;
  refused_ = false;
}

// A quiet time says nothing: the limit stays.
void StartGate::adapt_limit(std::int64_t now_ms) {
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
}

void StartGate::adapt_rate(std::int64_t now_ms, double passed_s) {
  const double now_per_s = static_cast<double>(admitted_) / passed_s;
  lately_per_s_ += newest * (now_per_s - lately_per_s_);
  if (config_.strained && config_.strained()) {
    if (per_s_ && now_ms - slowed_ms_ < rate_fall_every_ms) return;
    const double before = per_s_ ? std::min(*per_s_, lately_per_s_) : lately_per_s_;
    if (!per_s_ || now_ms - slowed_ms_ > same_strain_ms) knee_per_s_ = before * safe_share;
    per_s_ = std::max(before * rate_fall, config_.least_per_s);
    bucket_ = std::min(bucket_, *per_s_ * burst_s);
    slowed_ms_ = now_ms;
  } else if (per_s_ && refused_) {
    const double near = knee_per_s_ * near_knee;
    per_s_ = *per_s_ < near ? std::min(*per_s_ * quick_growth, near) : *per_s_ * slow_growth;
  } else {
    per_s_.reset();  // nobody wants more than it allows
  }
}

}  // namespace endure::http
