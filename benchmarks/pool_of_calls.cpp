#include "benchmarks/pool_of_calls.hpp"

#include <algorithm>

namespace endure::benchmarks {

PoolOfCalls::PoolOfCalls(std::uint64_t all, std::uint64_t at_once, Begin begin, Progress progress)
    : all_(all),
      at_once_(std::max<std::uint64_t>(1, std::min(at_once, all))),
      lot_(std::max<std::uint64_t>(1, at_once_ / 16)),
      begin_(std::move(begin)),
      progress_(std::move(progress)) {
  latencies_ms_.reserve(all);
}

Result<void> PoolOfCalls::run() {
  const auto begin = SteadyClock::now();
  std::unique_lock lock(mutex_);
  while (ended_ < begun_ || (begun_ < all_ && !error_)) {
    if (const std::uint64_t lot = next_lot(); lot > 0) {
      const std::uint64_t first = begun_;
      begun_ += lot;
      lock.unlock();
      for (std::uint64_t i = 0; i < lot; ++i) begin_one(first + i);
      lock.lock();
      continue;
    }
    changed_.wait_for(lock, std::chrono::milliseconds(200));
    if (progress_) progress_(ended_, all_);
  }
  seconds_ = ms_since(begin) / 1'000;
  if (error_) return Failure{*error_};
  return {};
}

std::uint64_t PoolOfCalls::next_lot() const {
  if (error_) return 0;
  const std::uint64_t room = at_once_ - (begun_ - ended_);
  const std::uint64_t left = all_ - begun_;
  return room >= std::min(lot_, left) ? std::min(room, left) : 0;
}

void PoolOfCalls::begin_one(std::uint64_t n) {
  const auto begun = SteadyClock::now();
  begin_(n, [this, begun](const Result<void>& result) { ended(begun, result); });
}

void PoolOfCalls::ended(SteadyClock::time_point begun, const Result<void>& result) {
  const double latency_ms = ms_since(begun);
  const std::lock_guard lock(mutex_);
  latencies_ms_.push_back(latency_ms);
  ++ended_;
  if (!result && !error_) error_ = result.error();
  if (next_lot() > 0 || ended_ == begun_) changed_.notify_one();
}

}  // namespace endure::benchmarks
