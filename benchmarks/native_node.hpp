// A node without its edges, in this process: an engine over an LMDB volume with full durability,
// driven by in-process calls.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "actors/engine.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "workflow/expressions.hpp"

namespace endure::benchmarks {

class NativeNode {
 public:
  // Over the volume in `folder`, which is made where it is missing. The process ends where the disk
  // fails: there is nothing left to measure.
  static Result<std::unique_ptr<NativeNode>> open(const std::string& folder,
                                                  actors::EngineConfig config = {});

  actors::Engine& engine() { return *engine_; }
  persistence::Store& store() { return *store_; }

  // Deploys a document in YAML and waits until that is durable.
  Result<void> deploy(const std::string& source);

 private:
  NativeNode() = default;

  SystemClock clock_;
  std::unique_ptr<workflow::Expressions> expressions_;
  std::unique_ptr<persistence::Store> store_;
  std::unique_ptr<actors::Engine> engine_;
};

// Makes an engine's call and waits for its reply.
template <class T, class MakeCall>
Result<T> reply_of(MakeCall&& make_call) {
  std::mutex mutex;
  std::condition_variable arrived;
  std::optional<Result<T>> reply;
  make_call([&](Result<T> result) {
    const std::lock_guard lock(mutex);
    reply = std::move(result);
    arrived.notify_all();
  });
  std::unique_lock lock(mutex);
  arrived.wait(lock, [&] { return reply.has_value(); });
  return std::move(*reply);
}

}  // namespace endure::benchmarks
