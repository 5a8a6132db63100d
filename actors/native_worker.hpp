// A worker inside the node: native functions on threads of their own (they may block), fed by a
// step queue like any other worker.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "actors/engine.hpp"

namespace endure::actors {

class NativeWorker {
 public:
  // Keeps `engine` busy with up to `threads` steps of `queue` at a time, and a few more in hand.
  NativeWorker(Engine& engine, std::string queue, std::uint32_t threads, Engine::NativeStep work);
  // Waits for the steps that run.
  ~NativeWorker();
  NativeWorker(const NativeWorker&) = delete;
  NativeWorker& operator=(const NativeWorker&) = delete;

  void stop();

 private:
  class Inbox;

  void run();
  void perform(const LeasedStep& step);

  Engine& engine_;
  std::string queue_;
  Engine::NativeStep work_;
  ConsumerId consumer_;
  std::shared_ptr<Inbox> inbox_;
  std::vector<std::thread> threads_;
};

}  // namespace endure::actors
