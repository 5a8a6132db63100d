#include "actors/caf_scheduler.hpp"

#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>

#include "base/thread_name.hpp"

namespace endure::actors {

// One thread.
class CafScheduler::Worker final : public caf::execution_unit {
 public:
  explicit Worker(CafScheduler& scheduler)
      : caf::execution_unit(&scheduler.system()), scheduler_(scheduler) {
    thread_ = std::thread([this] { run(); });
  }
  void join() { thread_.join(); }

  void exec_later(caf::resumable* job) override { scheduler_.enqueue(job); }

 private:
  void run() {
    name_thread("actors");
    system().thread_started();
    while (caf::resumable* job = scheduler_.next()) {
      switch (job->resume(this, scheduler_.max_throughput())) {
        case caf::resumable::resume_later: scheduler_.enqueue(job); break;
        case caf::resumable::done:
        case caf::resumable::awaiting_message:
        case caf::resumable::shutdown_execution_unit: caf::intrusive_ptr_release(job); break;
      }
    }
    system().thread_terminates();
  }

  CafScheduler& scheduler_;
  std::thread thread_;
};

CafScheduler::CafScheduler(caf::actor_system& system)
    : caf::scheduler::abstract_coordinator(system) {}
CafScheduler::~CafScheduler() = default;

void CafScheduler::start() {
  for (std::size_t i = 0; i < num_workers(); ++i) {
    workers_.push_back(std::make_unique<Worker>(*this));
  }
  clock_thread_ = std::thread([this] {
    name_thread("actors' clock");
    system().thread_started();
    clock_.run_dispatch_loop();
    system().thread_terminates();
  });
  abstract_coordinator::start();
}

// What was enqueued before is run; what comes now is let go.
void CafScheduler::stop() {
  {
    const std::lock_guard lock(mutex_);
    jobs_.insert(jobs_.end(), workers_.size(), nullptr);
  }
  filled_.notify_all();
  for (const auto& worker : workers_) worker->join();
  stop_actors();
  std::deque<caf::resumable*> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(jobs_);
  }
  for (caf::resumable* job : left) cleanup_and_release(job);
  clock_.cancel_dispatch_loop();
  clock_thread_.join();
}

void CafScheduler::enqueue(caf::resumable* job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(job);
  }
  filled_.notify_one();
}

caf::resumable* CafScheduler::next() {
  std::unique_lock lock(mutex_);
  filled_.wait(lock, [this] { return !jobs_.empty(); });
  caf::resumable* job = jobs_.front();
  jobs_.pop_front();
  return job;
}

}  // namespace endure::actors
