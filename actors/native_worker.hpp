// A worker inside the node: native functions on threads of their own (they may block), fed by a
// step queue like any other worker.
//
// A step has its lease as its deadline. One that outlives it is failed by its queue like any lost
// step, and its thread, which nobody can end, is replaced by another: up to `most_stuck` of them.
// When that many are stuck and no thread is left, the worker hands back what it has and takes no
// more, until one comes free.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "actors/engine.hpp"
#include "base/watchdog.hpp"

namespace endure::actors {

struct NativeWorkerConfig {
  std::string queue;
  std::uint32_t threads = 1;     // steps at a time
  std::uint32_t most_stuck = 0;  // threads that are replaced
  std::size_t max_depth = 512;   // of a result
};

class NativeWorker {
 public:
  NativeWorker(Engine& engine, NativeWorkerConfig config, Engine::NativeStep work);
  // Waits for the steps that run, each as long as its lease.
  ~NativeWorker();
  NativeWorker(const NativeWorker&) = delete;
  NativeWorker& operator=(const NativeWorker&) = delete;

  void stop();

 private:
  class Crew;

  std::shared_ptr<Crew> crew_;  // shared with its threads: one that is stuck outlives the worker
};

}  // namespace endure::actors
