// The store over one volume.
#pragma once

#include <atomic>

#include "persistence/lmdb/cluster_state.hpp"
#include "persistence/lmdb/counters.hpp"
#include "persistence/lmdb/volume.hpp"

namespace endure::persistence::lmdb {

class LmdbStore final : public Store, private ClusterStore {
 public:
  explicit LmdbStore(const LmdbConfig& config);  // throws Failed

  const Volume& volume() const { return volume_; }

  Result<void> commit(std::span<const Change> changes, std::span<Result<void>> results) override;

  std::uint64_t next_sequence() override { return numbering().sequence(++sequence_); }
  Numbering numbering() const override { return cluster_ ? cluster_->numbering() : Numbering(); }
  ClusterStore* cluster() override { return cluster_ ? this : nullptr; }
  std::uint64_t epoch() const override { return volume_.epoch; }

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
  QueueCounts queue_counts(const std::string& queue) override { return counters_.counts(queue); }
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
  bool holds_no_event() const override { return events_held_ == 0; }
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
  Room room() override;

 private:
  // -- ClusterStore (read_cluster.cpp) --
  ClusterRow row() const override { return cluster_->row(); }
  bool owns(Shard shard) const override { return cluster_->owns(shard); }
  std::vector<ShardRow> shards() const override { return cluster_->shards(); }
  void witness(std::uint64_t counter) override;
  std::uint64_t counter() const override { return sequence_; }
  std::uint64_t relays() const override { return relays_; }
  Result<std::vector<PendingChannel>> pending_channels() override;
  Result<std::vector<RelayRow>> relay(ChannelKey channel, std::uint64_t after,
                                      std::size_t max_bytes) override;
  Result<std::uint64_t> last_taken(ChannelKey channel) override;

  Result<std::vector<LateEvents>> late_events() override;
  bool shows(Shard shard) const override { return cluster_->shows(shard); }
  Result<std::vector<WorkflowNumber>> workflows_of(Shard shard) override;
  Result<ShardPart> rows_of(Shard shard, std::span<const WorkflowNumber> workflows,
                            const ShardPlace& from, std::size_t max_bytes) override;

  // Rows of a shard that this node does not serve (now) are for nobody.
  bool hides(WorkflowNumber workflow) const {
    return cluster_ && !cluster_->owns(Numbering::shard(workflow));
  }
  bool hides(const WorkflowName& name) const {
    return cluster_ && !cluster_->owns(shard_of(name, numbering().shards));
  }
  void commit_all(std::span<const Change> changes, std::span<Result<void>> results);
  void forget_damage(std::span<const Change> changes, std::span<const Result<void>> results);
  std::vector<StepRecord> slice(const Table<StepKeys>& table, const std::string& queue,
                                const std::optional<StepKey>& after, std::size_t limit);

  Volume volume_;
  QueueCounters counters_;
  std::optional<ClusterState> cluster_;
  std::atomic<std::uint64_t> sequence_;
  std::atomic<std::uint64_t> events_held_{0};
  std::uint64_t stored_sequence_;  // the writer's
  std::optional<Error> failed_;    // the writer's: the machine failed, nothing goes on
  std::atomic<std::uint64_t> relays_{0};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> changes_{0};
};

}  // namespace endure::persistence::lmdb
