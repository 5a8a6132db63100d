// Waiting, on a connection's thread, for the engine's answer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "actors/engine.hpp"

namespace endure::http {

struct Patience {
  std::int64_t deadline_ms = 10'000;
  std::stop_token stop;  // ends the wait at once
};

// A place for one reply, shared by the waiter and the engine: it outlives whichever gives up first.
template <class T>
class ReplyCell {
 public:
  void set(Result<T> result) {
    {
      const std::lock_guard lock(mutex_);
      result_ = std::move(result);
    }
    arrived_.notify_all();
  }

  // Nothing where the deadline passed or the wait was stopped.
  std::optional<Result<T>> wait(const Patience& patience) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, patience.stop, std::chrono::milliseconds(patience.deadline_ms),
                      [this] { return result_.has_value(); });
    return std::move(result_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::optional<Result<T>> result_;
};

// Why there is no reply.
inline Failure no_answer(const Patience& patience) {
  return fail(Code::retry_later,
              patience.stop.stop_requested()
                  ? std::string("the node is stopping; the call may still take effect")
                  : "no answer within " + std::to_string(patience.deadline_ms) +
                        " ms; the call may still take effect");
}

// Makes the call and waits for its reply. Code::retry_later where the deadline passes first.
template <class T, class MakeCall>
Result<T> await(const Patience& patience, MakeCall&& make_call) {
  auto cell = std::make_shared<ReplyCell<T>>();
  make_call(actors::Reply<T>([cell](Result<T> result) { cell->set(std::move(result)); }));
  auto result = cell->wait(patience);
  if (result) return std::move(*result);
  return no_answer(patience);
}

}  // namespace endure::http
