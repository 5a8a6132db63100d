// The loader: threads that read the store on behalf of actors, so that no scheduled actor ever
// waits for the disk. Jobs run in order on one thread unless there are several.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace endure::actors {

class Loader {
 public:
  explicit Loader(std::size_t threads = 1);
  // Runs what was posted, then joins.
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // Any thread. The job must not throw. Dropped after stop().
  void post(std::function<void()> job);
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace endure::actors
