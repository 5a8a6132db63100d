// Waiting, on a connection's thread, for many of the engine's answers at once.
#pragma once

#include <vector>

#include "runtime/http/await.hpp"

namespace endure::http {

// Places for replies, shared by the waiter and the engine.
template <class T>
class ReplyCells {
 public:
  explicit ReplyCells(std::size_t count) : results_(count), missing_(count) {}

  void set(std::size_t index, Result<T> result) {
    const std::lock_guard lock(mutex_);
    results_[index] = std::move(result);
    if (--missing_ == 0) all_arrived_.notify_all();
  }

  // What has arrived when all have, the deadline passed or the wait was stopped.
  std::vector<std::optional<Result<T>>> wait(const Patience& patience) {
    std::unique_lock lock(mutex_);
    all_arrived_.wait_for(lock, patience.stop, std::chrono::milliseconds(patience.deadline_ms),
                          [this] { return missing_ == 0; });
    auto arrived = std::move(results_);
    results_.assign(arrived.size(), std::nullopt);  // for those that come late
    return arrived;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any all_arrived_;
  std::vector<std::optional<Result<T>>> results_;
  std::size_t missing_;
};

// Makes `count` calls and waits for their replies, in the calls' order. Code::retry_later for those
// that do not come before the deadline.
template <class T, class MakeCall>
std::vector<Result<T>> await_all(const Patience& patience, std::size_t count,
                                 MakeCall&& make_call) {
  auto cells = std::make_shared<ReplyCells<T>>(count);
  for (std::size_t i = 0; i < count; ++i) {
    make_call(i,
              actors::Reply<T>([cells, i](Result<T> result) { cells->set(i, std::move(result)); }));
  }
  std::vector<Result<T>> results;
  results.reserve(count);
  for (auto& arrived : cells->wait(patience)) {
    results.push_back(arrived ? std::move(*arrived) : Result<T>(no_answer(patience)));
  }
  return results;
}

}  // namespace endure::http
