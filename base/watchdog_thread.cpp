#include "base/watchdog_thread.hpp"

#include <chrono>
#include <utility>

#include "base/thread_name.hpp"

namespace endure {

namespace {

constexpr std::chrono::seconds between_looks{1};

}  // namespace

WatchdogThread::WatchdogThread(Watchdog& watchdog, std::function<void()> ask)
    : watchdog_(watchdog), ask_(std::move(ask)), thread_([this] { run(); }) {}

WatchdogThread::~WatchdogThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void WatchdogThread::run() {
  name_thread("watchdog");
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, between_looks, [this] { return stopping_; })) {
    lock.unlock();
    ask_();
    watchdog_.look();
    lock.lock();
  }
}

}  // namespace endure
