// Threads for what a scheduled actor must not do itself, because it may take long: reading the
// store (the loader), deciding where an expression needs jq (the deciders). Answers are actor
// messages. Jobs begin in the order of posting; with one thread they also end in it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/watchdog.hpp"

namespace endure::actors {

class BlockingPool {
 public:
  // Without threads jobs wait for run_one(). `name`: of its threads.
  BlockingPool(std::size_t threads, const char* name, Watchdog& watchdog);
  // Runs what was posted, then joins.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Any thread. The job must not throw. Dropped after stop(). `number`: the workflow that it is
  // for; 0: none.
  void post(std::function<void()> job, std::uint64_t number = 0);
  void stop();
  // The same, but what has not begun is dropped.
  void abandon();
  // Runs the oldest job on the caller's thread; false: there is none.
  bool run_one();

 private:
  struct Job {
    std::function<void()> work;
    std::uint64_t number = 0;
  };

  void run(const char* name, Watchdog& watchdog);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace endure::actors
