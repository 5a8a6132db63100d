// Looks at a watchdog every second, on a thread of its own: whatever else is stuck, this is not.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/watchdog.hpp"

namespace endure {

class WatchdogThread {
 public:
  // `ask`: before each look; must not wait for anybody.
  WatchdogThread(Watchdog& watchdog, std::function<void()> ask);
  ~WatchdogThread();
  WatchdogThread(const WatchdogThread&) = delete;
  WatchdogThread& operator=(const WatchdogThread&) = delete;

 private:
  void run();

  Watchdog& watchdog_;
  const std::function<void()> ask_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace endure
