#include "runtime/http/elastic_pool.hpp"

#include <algorithm>
#include <chrono>

namespace endure::http {

namespace {
constexpr auto idle_before_end = std::chrono::seconds(30);
}

ElasticPool::ElasticPool(std::size_t min, std::size_t max, std::function<void()> saturated)
    : min_(std::max<std::size_t>(1, min)),
      max_(std::max(min_, max)),
      saturated_(std::move(saturated)) {}

ElasticPool::~ElasticPool() {
  shutdown();
}

void ElasticPool::enqueue(std::function<void()> job) {
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    join_finished();
    jobs_.push_back(std::move(job));
    if (jobs_.size() > idle_) {
      if (running_ < max_) {
        ++running_;
        threads_.emplace_back([this] { run(); });
      } else {
        waits = true;
      }
    }
  }
  wake_.notify_one();
  if (waits) saturated_();
}

void ElasticPool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    const bool woken =
        wake_.wait_for(lock, idle_before_end, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (!jobs_.empty()) {
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
    } else if (stopping_ || (!woken && running_ > min_)) {
      break;
    }
  }
  --running_;
  finished_.push_back(std::this_thread::get_id());
}

void ElasticPool::join_finished() {
  for (const auto id : finished_) {
    const auto it = std::find_if(threads_.begin(), threads_.end(),
                                 [&](const std::thread& t) { return t.get_id() == id; });
    it->join();  // it holds no lock any more and is about to return
    threads_.erase(it);
  }
  finished_.clear();
}

void ElasticPool::shutdown() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    finished_.clear();
  }
  wake_.notify_all();
  for (auto& thread : threads) thread.join();
}

std::size_t ElasticPool::threads() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

}  // namespace endure::http
