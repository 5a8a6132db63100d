#include "actors/blocking_pool.hpp"

#include <string>
#include <utility>

#include "base/thread_name.hpp"

namespace endure::actors {

BlockingPool::BlockingPool(std::size_t threads, const char* name, Watchdog& watchdog) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, name, &watchdog] { run(name, watchdog); });
  }
}

BlockingPool::~BlockingPool() {
  stop();
}

void BlockingPool::post(std::function<void()> job, std::uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    jobs_.push_back({std::move(job), number});
  }
  wake_.notify_one();
}

void BlockingPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void BlockingPool::abandon() {
  std::deque<Job> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
  }
  stop();
}

bool BlockingPool::run_one() {
  std::unique_lock lock(mutex_);
  if (stopping_ || jobs_.empty()) return false;
  const Job job = std::move(jobs_.front());
  jobs_.pop_front();
  lock.unlock();
  job.work();
  return true;
}

void BlockingPool::run(const char* name, Watchdog& watchdog) {
  name_thread(name);
  const auto slot = watchdog.watch(name, [](std::uint64_t number) {
    return number == 0 ? std::string("a job") : "for the workflow number " + std::to_string(number);
  });
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    {
      const Watchdog::Job busy(*slot, job.number);
      job.work();
      job.work = nullptr;
    }
    lock.lock();
  }
}

}  // namespace endure::actors
