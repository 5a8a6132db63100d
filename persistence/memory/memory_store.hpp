// The store in memory: the contract without a disk, for tests. Ordered maps under one mutex.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "persistence/rules.hpp"
#include "persistence/store.hpp"

namespace endure::persistence {

class MemoryStore final : public Store {
 public:
  Result<void> commit(std::span<const Change> changes, std::span<Result<void>> results) override;

  std::uint64_t next_sequence() override { return ++sequence_; }
  std::uint64_t epoch() const override { return 1; }

  Result<std::optional<WorkflowNumber>> find_workflow(const WorkflowName& name) override;
  Result<std::optional<StoredWorkflow>> load_workflow(WorkflowNumber number) override;
  Result<Page<WorkflowSummary, WorkflowNumber>> list_workflows(const WorkflowFilter& filter,
                                                               std::optional<WorkflowNumber> after,
                                                               std::size_t limit) override;
  Result<Page<HistoryRow, std::uint64_t>> history(WorkflowNumber number, std::uint64_t after,
                                                  std::size_t limit) override;
  Result<std::vector<WorkflowNumber>> ended_before(Instant t, std::size_t limit) override;
  Result<std::vector<WorkflowNumber>> live_workflows(workflow::Phase phase, WorkflowNumber after,
                                                     std::size_t limit) override;

  Result<std::vector<QueueRow>> queues() override;
  QueueCounts queue_counts(const std::string& queue) override;
  Result<std::vector<StepRecord>> ready_steps(const std::string& queue,
                                              const std::optional<StepKey>& after,
                                              std::size_t limit) override;
  Result<std::vector<StepRecord>> delayed_steps(const std::string& queue, Instant until,
                                                std::size_t limit) override;
  Result<std::optional<Instant>> next_delayed(const std::string& queue) override;
  Result<std::vector<StepRecord>> dead_steps(const std::string& queue,
                                             const std::optional<StepKey>& after,
                                             std::size_t limit) override;
  Result<std::optional<StepRecord>> find_dead_step(const StepKey& key) override;

  Result<std::vector<TimerKey>> timers(Instant until, const std::optional<TimerKey>& after,
                                       std::size_t limit) override;
  Result<std::optional<Instant>> next_timer() override;
  Result<std::vector<OutboxRow>> outbox(std::uint64_t after, std::size_t limit) override;
  Result<std::vector<ListenerKey>> listeners(const std::string& type, WorkflowNumber after,
                                             std::size_t limit) override;
  Result<std::vector<KeptRow>> kept_events(std::uint64_t after, std::size_t limit) override;
  Result<std::vector<KeptRow>> events_of(const std::vector<std::string>& types, std::uint64_t after,
                                         std::size_t limit) override;
  Result<std::optional<std::uint64_t>> find_event(const std::string& identity) override;
  Result<std::vector<WorkflowNumber>> looking_workflows(WorkflowNumber after,
                                                        std::size_t limit) override;
  bool holds_no_event() const override;
  Result<std::vector<SinkRow>> sink_events(const std::string& sink, std::uint64_t after,
                                           std::size_t limit) override;
  Result<std::vector<SinkBacklog>> sink_backlogs() override;
  Result<std::vector<WorkflowNumber>> mailbox_workflows(WorkflowNumber after,
                                                        std::size_t limit) override;
  Result<std::vector<DefinitionRow>> definitions() override;
  Result<std::optional<DefinitionRow>> find_definition(const workflow::DefinitionRef& ref) override;
  Result<std::vector<ScheduleRow>> schedules() override;
  Result<std::optional<ScheduleRow>> find_schedule(const std::string& ns,
                                                   const std::string& name) override;
  Result<std::vector<TriggerRow>> triggers(const std::string& ns, const std::string& name,
                                           std::uint64_t after, std::size_t limit) override;
  StoreStats stats() override;
  Room room() override { return {}; }

 private:
  struct Workflow {
    WorkflowName name;
    std::string snapshot;
    std::map<std::uint64_t, std::string> history;
    std::map<std::uint64_t, std::string> mailbox;
  };
  using Steps = std::map<StepKey, StepRecord>;
  using Delayed = std::map<std::tuple<std::string, Instant, StepKey>, StepRecord>;

  Result<void> apply(const Transition& t);
  Result<void> apply(const StepRetried& change);
  Result<void> apply(const StepsDue& change);
  Result<void> apply(const LeasesKept& change);
  Result<void> apply(const QueuePaused& change);
  Result<void> apply(const DefinitionDeployed& change);
  Result<void> apply(const EventAccepted& change);
  Result<void> apply(const EventDispatched& change);
  Result<void> apply(const WorkflowRemoved& change);
  Result<void> apply(const ScheduleChanged& change);
  Result<void> apply(const EventsExpired& change);
  Result<void> apply(const EventsLooked& change);
  Result<void> apply(const SinkSettled& change);
  // The store in memory belongs to no cluster.
  Result<void> apply(const NodeMet&) { return Failure(no_cluster()); }
  Result<void> apply(const ClusterBorn&) { return Failure(no_cluster()); }
  Result<void> apply(const MembersChanged&) { return Failure(no_cluster()); }
  Result<void> apply(const NodeDeparts&) { return Failure(no_cluster()); }
  Result<void> apply(const ClusterJoined&) { return Failure(no_cluster()); }
  Result<void> apply(const RelayTaken&) { return Failure(no_cluster()); }
  Result<void> apply(const RelayAcked&) { return Failure(no_cluster()); }
  Result<void> apply(const ShardMoved&) { return Failure(no_cluster()); }
  Result<void> apply(const LateEventsOffered&) { return Failure(no_cluster()); }

  void put_outbox(const OutboxRow& row);
  void apply_looking(const Transition& t);
  std::vector<KeptRow> held_events() const;  // kept ones and those on their way, by sequence
  Result<void> check_revision(const ScheduleChanged& change) const;
  void write_schedule(const ScheduleChanged& change);

  void apply_steps(const Transition& t);
  void create_child(const Transition& t, const ChildRow& child);
  void deliver(const Delivery& delivery);
  void remove_step(const StepKey& key);
  // Takes the step out of the ready or delayed ones.
  std::optional<StepRecord> take_live_step(const StepKey& key);
  Delayed::iterator find_delayed(const StepKey& key);
  static std::vector<StepRecord> slice(const Steps& steps, const std::string& queue,
                                       const std::optional<StepKey>& after, std::size_t limit);
  QueueCounts count(const std::string& queue) const;

  mutable std::mutex mutex_;
  std::map<WorkflowName, WorkflowNumber> names_;
  std::map<WorkflowNumber, Workflow> workflows_;
  std::set<std::pair<Instant, WorkflowNumber>> ended_;
  Steps ready_;
  Delayed delayed_;
  Steps dead_;
  std::set<TimerKey> timers_;
  std::set<ListenerKey> listeners_;
  std::map<std::uint64_t, OutboxRow> outbox_;
  std::map<std::uint64_t, KeptRow> kept_;
  std::map<std::string, std::uint64_t> event_ids_;
  std::set<WorkflowNumber> looking_;
  std::map<SinkKey, SinkRow> sinks_;
  std::map<workflow::DefinitionRef, DefinitionRow> definitions_;
  using ScheduleName = std::pair<std::string, std::string>;
  std::map<ScheduleName, ScheduleRow> schedules_;
  std::map<std::pair<ScheduleName, std::uint64_t>, TriggerRow> triggers_;
  std::map<std::string, bool> queues_;  // paused
  std::atomic<std::uint64_t> sequence_{0};
  std::uint64_t commits_ = 0;
  std::uint64_t changes_ = 0;
};

}  // namespace endure::persistence
