// Which thread, or actor, has been busy with one job for longer than it should. Whoever does jobs
// says in a slot when one begins and ends, which costs two stores; somebody looks every second.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace endure {

struct StuckJob {
  std::string who;  // "journal", "native worker", "/root/queues/enrich"
  std::string job;
  Instant since;  // as it was seen first: up to a second late
};

// Any thread, but for Slot.
class Watchdog {
 public:
  // What the job is that was begun with this number; called by whoever looks.
  using Describe = std::function<std::string(std::uint64_t number)>;

  // Of one thread or actor, which does one job at a time. Its owner alone begins and ends jobs.
  class Slot {
   public:
    Slot(std::string who, Describe describe)
        : who_(std::move(who)), describe_(std::move(describe)) {}

    void begin(std::uint64_t number = 0) {
      number_.store(number, std::memory_order_relaxed);
      job_.store(job_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    void end() { job_.store(job_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

    // The same for a job that one thread begins and another ends: a question that waits for its
    // answer. Nothing where one is under way, or none.
    void ask();
    void answered();

   private:
    friend class Watchdog;

    const std::string who_;
    const Describe describe_;
    std::atomic<std::uint64_t> number_{0};
    std::atomic<std::uint64_t> job_{0};  // odd: busy
    // Under the watchdog's mutex.
    std::uint64_t seen_job_ = 0;
    std::int64_t seen_ms_ = 0;
    Instant seen_;
    bool stuck_ = false;
  };

  // A job of the slot's thread, from here to the end of the scope.
  class Job {
   public:
    explicit Job(Slot& slot, std::uint64_t number = 0) : slot_(slot) { slot_.begin(number); }
    ~Job() { slot_.end(); }
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

   private:
    Slot& slot_;
  };

  // `limit_ms`: a job that is seen for longer is stuck.
  Watchdog(Clock& clock, std::int64_t limit_ms) : clock_(clock), limit_ms_(limit_ms) {}

  // A slot is watched as long as somebody has it.
  std::shared_ptr<Slot> watch(std::string who, Describe describe);
  // Notes which jobs go on, and logs, once each, those that are stuck.
  void look();
  // What was stuck when somebody last looked and still is, the longest first.
  std::vector<StuckJob> stuck() const;
  // Jobs that were stuck, since the start.
  std::uint64_t reports() const { return reports_; }

 private:
  std::vector<std::shared_ptr<Slot>> slots() const;

  Clock& clock_;
  const std::int64_t limit_ms_;
  mutable std::mutex mutex_;
  mutable std::vector<std::weak_ptr<Slot>> slots_;
  std::atomic<std::uint64_t> reports_{0};
};

}  // namespace endure
