// Threads that serve connections: one each, so that a client that is slow or waits blocks nobody.
// Starts with few, grows to a limit while all are busy, and shrinks again when they idle.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace endure::http {

class ElasticPool {
 public:
  // `saturated` is called, on the enqueuing thread, when a job has to wait because all `max`
  // threads are busy.
  ElasticPool(std::size_t min, std::size_t max, std::function<void()> saturated);
  ~ElasticPool();
  ElasticPool(const ElasticPool&) = delete;
  ElasticPool& operator=(const ElasticPool&) = delete;

  // Any thread. A job must not throw. One that comes when the pool shuts down is dropped.
  void enqueue(std::function<void()> job);
  // Runs what was enqueued, then joins all threads.
  void shutdown();

  std::size_t threads() const;

 private:
  void run();
  void join_finished();

  const std::size_t min_;
  const std::size_t max_;
  const std::function<void()> saturated_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::vector<std::thread::id> finished_;  // ended by themselves, to be joined
  std::size_t running_ = 0;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace endure::http
