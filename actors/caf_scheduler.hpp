// The threads that run the actors, in place of CAF's own: one queue that all of them share.
// Debian's CAF keeps its logger's books for each turn of an actor, even where nothing is logged;
// that takes a tenth of a transition (docs/performance.md). These threads have no such logger. Like
// caf_seam.hpp it knows which CAF this is.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace endure::actors {

class CafScheduler final : public caf::scheduler::abstract_coordinator {
 public:
  explicit CafScheduler(caf::actor_system& system);
  ~CafScheduler() override;

  // How CAF makes its modules; it owns what is returned.
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new CafScheduler(system);
  }

  // Any thread. The job's reference goes along.
  void enqueue(caf::resumable* job) override;
  caf::actor_clock& clock() noexcept override { return clock_; }

 private:
  class Worker;

  // Timeouts and delayed messages. Every actor that ends wants its timeouts cancelled, which would
  // wake the clock's thread for each workflow; our actors have none, only delayed messages.
  class Clock final : public caf::detail::thread_safe_actor_clock {
   public:
    void cancel_timeouts(caf::abstract_actor*) override {}
  };

  void start() override;
  void stop() override;
  caf::resumable* next();

  Clock clock_;
  std::thread clock_thread_;
  std::vector<std::unique_ptr<Worker>> workers_;

  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<caf::resumable*> jobs_;  // null: one worker ends
};

}  // namespace endure::actors
