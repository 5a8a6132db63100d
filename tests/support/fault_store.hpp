// A store whose commits fail by script, for tests of what stands above it.
// Reads go straight to the store inside.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "persistence/store.hpp"

namespace endure::persistence {

class FaultStore final : public Store {
 public:
  explicit FaultStore(std::unique_ptr<Store> inner) : inner_(std::move(inner)) {}

  // -- the script (any thread) ------------------------------------------------

  // The next `times` commits fail as a whole with `error`; nothing of them is stored.
  void fail_next(Error error, std::size_t times = 1) {
    const std::lock_guard lock(mutex_);
    faults_.insert(faults_.end(), times, {std::move(error), false});
  }
  // The next commit succeeds, but every change in it is refused with `error`.
  void refuse_next(Error error) {
    const std::lock_guard lock(mutex_);
    faults_.push_back({std::move(error), true});
  }
  // From now on every commit of more than `most` changes is Code::full. 0: every commit.
  void full_above(std::optional<std::size_t> most) {
    const std::lock_guard lock(mutex_);
    full_above_ = most;
  }
  // Commits wait until release().
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  // As another opening of the volume; nobody may use the store meanwhile.
  void reopen() { ++reopened_; }
  // Returns when a commit waits at the hold.
  void await_held() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }
  // The sizes of the batches that were tried, in order.
  std::vector<std::size_t> batches() const {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

  // -- Store ------------------------------------------------------------------

  Result<void> commit(std::span<const Change> changes, std::span<Result<void>> results) override {
    std::unique_lock lock(mutex_);
    batches_.push_back(changes.size());
    waiting_ = held_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    waiting_ = false;
    if (full_above_ && changes.size() > *full_above_) {
      return fail(Code::full, "the volume is full (scripted)");
    }
    if (faults_.empty()) {
      lock.unlock();
      return inner_->commit(changes, results);
    }
    const auto fault = std::move(faults_.front());
    faults_.pop_front();
    if (!fault.each) return Failure(fault.error);
    for (auto& result : results) result = Failure(fault.error);
    return {};
  }

  std::uint64_t next_sequence() override { return inner_->next_sequence(); }
  std::uint64_t epoch() const override { return inner_->epoch() + reopened_; }

  Result<std::optional<WorkflowNumber>> find_workflow(const WorkflowName& name) override {
    return inner_->find_workflow(name);
  }
  Result<std::optional<StoredWorkflow>> load_workflow(WorkflowNumber number) override {
    return inner_->load_workflow(number);
  }
  Result<Page<WorkflowSummary, WorkflowNumber>> list_workflows(const WorkflowFilter& filter,
                                                               std::optional<WorkflowNumber> after,
                                                               std::size_t limit) override {
    return inner_->list_workflows(filter, after, limit);
  }
  Result<Page<HistoryRow, std::uint64_t>> history(WorkflowNumber number, std::uint64_t after,
                                                  std::size_t limit) override {
    return inner_->history(number, after, limit);
  }
  Result<std::vector<WorkflowNumber>> ended_before(Instant t, std::size_t limit) override {
    return inner_->ended_before(t, limit);
  }
  Result<std::vector<WorkflowNumber>> live_workflows(workflow::Phase phase, WorkflowNumber after,
                                                     std::size_t limit) override {
    return inner_->live_workflows(phase, after, limit);
  }
  Result<std::vector<QueueRow>> queues() override { return inner_->queues(); }
  QueueCounts queue_counts(const std::string& queue) override {
    return inner_->queue_counts(queue);
  }
  Result<std::vector<StepRecord>> ready_steps(const std::string& queue,
                                              const std::optional<StepKey>& after,
                                              std::size_t limit) override {
    return inner_->ready_steps(queue, after, limit);
  }
  Result<std::vector<StepRecord>> delayed_steps(const std::string& queue, Instant until,
                                                std::size_t limit) override {
    return inner_->delayed_steps(queue, until, limit);
  }
  Result<std::optional<Instant>> next_delayed(const std::string& queue) override {
    return inner_->next_delayed(queue);
  }
  Result<std::vector<StepRecord>> dead_steps(const std::string& queue,
                                             const std::optional<StepKey>& after,
                                             std::size_t limit) override {
    return inner_->dead_steps(queue, after, limit);
  }
  Result<std::optional<StepRecord>> find_dead_step(const StepKey& key) override {
    return inner_->find_dead_step(key);
  }
  Result<std::vector<TimerKey>> timers(Instant until, const std::optional<TimerKey>& after,
                                       std::size_t limit) override {
    return inner_->timers(until, after, limit);
  }
  Result<std::optional<Instant>> next_timer() override { return inner_->next_timer(); }
  Result<std::vector<OutboxRow>> outbox(std::uint64_t after, std::size_t limit) override {
    return inner_->outbox(after, limit);
  }
  Result<std::vector<ListenerKey>> listeners(const std::string& type, WorkflowNumber after,
                                             std::size_t limit) override {
    return inner_->listeners(type, after, limit);
  }
  Result<std::vector<KeptRow>> kept_events(std::uint64_t after, std::size_t limit) override {
    return inner_->kept_events(after, limit);
  }
  Result<std::vector<KeptRow>> events_of(const std::vector<std::string>& types, std::uint64_t after,
                                         std::size_t limit) override {
    return inner_->events_of(types, after, limit);
  }
  Result<std::optional<std::uint64_t>> find_event(const std::string& identity) override {
    return inner_->find_event(identity);
  }
  Result<std::vector<WorkflowNumber>> looking_workflows(WorkflowNumber after,
                                                        std::size_t limit) override {
    return inner_->looking_workflows(after, limit);
  }
  bool holds_no_event() const override { return inner_->holds_no_event(); }
  Result<std::vector<SinkRow>> sink_events(const std::string& sink, std::uint64_t after,
                                           std::size_t limit) override {
    return inner_->sink_events(sink, after, limit);
  }
  Result<std::vector<SinkBacklog>> sink_backlogs() override { return inner_->sink_backlogs(); }
  Result<std::vector<WorkflowNumber>> mailbox_workflows(WorkflowNumber after,
                                                        std::size_t limit) override {
    return inner_->mailbox_workflows(after, limit);
  }
  Result<std::vector<DefinitionRow>> definitions() override { return inner_->definitions(); }
  Result<std::optional<DefinitionRow>> find_definition(
      const workflow::DefinitionRef& ref) override {
    return inner_->find_definition(ref);
  }
  Result<std::vector<ScheduleRow>> schedules() override { return inner_->schedules(); }
  Result<std::optional<ScheduleRow>> find_schedule(const std::string& ns,
                                                   const std::string& name) override {
    return inner_->find_schedule(ns, name);
  }
  Result<std::vector<TriggerRow>> triggers(const std::string& ns, const std::string& name,
                                           std::uint64_t after, std::size_t limit) override {
    return inner_->triggers(ns, name, after, limit);
  }
  StoreStats stats() override { return inner_->stats(); }
  Room room() override { return inner_->room(); }

 private:
  struct Fault {
    Error error;
    bool each = false;  // an answer to every change, not to the batch
  };

  const std::unique_ptr<Store> inner_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Fault> faults_;
  std::optional<std::size_t> full_above_;
  std::vector<std::size_t> batches_;
  std::uint64_t reopened_ = 0;
  bool held_ = false;
  bool waiting_ = false;
};

}  // namespace endure::persistence
