// Applies changes inside one write transaction. The journal's thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "persistence/change.hpp"
#include "persistence/cluster_codec.hpp"
#include "persistence/damage.hpp"
#include "persistence/lmdb/cluster_state.hpp"
#include "persistence/lmdb/counters.hpp"
#include "persistence/lmdb/schema.hpp"

namespace endure::persistence::lmdb {

class Commit {
 public:
  // `cluster`: null where the volume belongs to none.
  Commit(const Schema& schema, WriteTxn& txn, const QueueStates& committed, DamageLog& damage,
         const ClusterState* cluster = nullptr)
      : schema_(schema),
        txn_(txn),
        damage_(damage),
        queues_(committed),
        snapshots_(txn, schema.snapshots),
        cluster_(cluster) {}

  // An error means that the change is refused and has left no trace: whatever can refuse one is
  // looked at before its first write. Throws Failed where the whole transaction must be given up.
  Result<void> apply(const Change& change);

  // The rows that are written once a transaction. `sequence`: the highest number given out, or
  // nothing where it has not changed.
  void finish(std::optional<std::uint64_t> sequence);

  const QueueStates& touched_queues() const { return queues_.states(); }
  // What the cluster's state is after the transaction, where that has changed.
  struct ClusterNow {
    ClusterRow row;
    std::vector<ShardRow> shards;
  };
  const std::optional<ClusterNow>& cluster_now() const { return cluster_now_; }
  bool relayed() const { return relayed_; }  // messages for other nodes were written

 private:
  // A step that goes from one table to another.
  struct Move {
    StepState from = StepState::ready;
    Instant due;      // delayed: part of the old key
    StepRecord step;  // as it will be
  };
  struct Plan {  // all that a transition reads
    bool exists = false;
    std::optional<Instant> ended_before;  // its entry in the table of ended workflows
    std::optional<Instant> ended_after;
    std::vector<Move> buried;
    std::vector<Move> redriven;
  };

  Result<void> apply_change(const Transition& t);
  Result<void> apply_change(const StepRetried& change);
  Result<void> apply_change(const StepsDue& change);
  Result<void> apply_change(const LeasesKept& change);
  Result<void> apply_change(const QueuePaused& change);
  Result<void> apply_change(const DefinitionDeployed& change);
  Result<void> apply_change(const EventAccepted& change);
  Result<void> apply_change(const EventDispatched& change);
  Result<void> apply_change(const WorkflowRemoved& change);
  Result<void> apply_change(const ScheduleChanged& change);
  Result<void> apply_change(const EventsExpired& change);
  Result<void> apply_change(const EventsLooked& change);
  Result<void> apply_change(const SinkSettled& change);
  Result<void> apply_change(const NodeMet& change);
  Result<void> apply_change(const ClusterBorn& change);
  Result<void> apply_change(const MembersChanged& change);
  Result<void> apply_change(const ClusterJoined& change);
  Result<void> apply_change(const NodeDeparts& change);
  Result<void> apply_change(const RelayTaken& change);
  Result<void> apply_change(const RelayAcked& change);
  Result<void> apply_change(const ShardMoved& change);
  Result<void> apply_change(const LateEventsOffered& change);

  // -- a transition (commit_transition.cpp) --
  Result<Plan> plan(const Transition& t);
  Result<void> plan_steps(const Transition& t, Plan& plan);
  void write_snapshot(const Transition& t, const Plan& plan);
  void write_index(const Transition& t, const Plan& plan);
  void write_steps(const Transition& t, const Plan& plan);

  // -- events (commit_events.cpp) --
  void write_events(const Transition& t);
  void write_child(const Transition& t, const ChildRow& child);
  void write_new_child(WorkflowNumber parent, const ChildRow& child);
  void deliver(const Delivery& delivery);
  void write_looking(const Transition& t);
  bool may_be_kept_for(const ListenerKey& listener);
  void put_outbox(const OutboxRow& row);

  // -- other nodes (commit_cluster.cpp) --
  bool serves(Shard shard) const;
  bool is_here(WorkflowNumber workflow) const;
  bool is_here(const WorkflowName& name) const;
  ClusterNow& cluster_change();
  ClusterRow cluster_row() const;  // as this transaction has made it
  ChannelRow channel(ChannelKey key);
  void relay(ChannelKey key, const Relayed& message);
  void relay_between(WorkflowNumber from, WorkflowNumber to, const Relayed& message);
  void broadcast(const OutboxRow& row);
  void take(const Delivery& delivery);
  void take(const RelayedChild& message);
  void take(const RelayedEvent& message);

  // -- shards that move (commit_move.cpp) --
  Result<void> check_row(Shard shard, const RawRow& row) const;
  void put_row(const RawRow& row);
  Result<void> sweep(Shard shard, const std::vector<WorkflowNumber>& workflows);
  void sweep_schedules(Shard shard);
  void sweep_channels(Shard shard);
  void put_channel(ChannelKey key, const ChannelRow& row);
  void take_local_messages(Shard shard);
  // Which events the shard's schedules miss (shard_events.hpp).
  void begin_late_events(Shard shard, ShardAct act);
  void note_late_event(const OutboxRow& row, const std::vector<TriggerRow>& triggers);
  bool had_before(const TriggerRow& trigger);
  void erase_workflow(const workflow::Snapshot& snapshot);

  // -- steps (commit_steps.cpp) --
  // The step where it lies in `from`; nothing where it does not.
  Result<std::optional<StepRecord>> find_step(const StepKey& key, const Parked& where);
  Result<std::optional<Parked>> find_parked(const StepKey& key);
  std::optional<Parked> look_for_parked(const StepKey& key);
  void enqueue(const StepRecord& step);
  void park(const StepRecord& step, const Parked& where);
  bool take_ready(const StepKey& key);
  bool take_parked(const StepKey& key, const Parked& where);
  void remove_step(const StepKey& key);

  // -- schedules (commit_schedule.cpp) --
  Result<void> check_revision(const ScheduleChanged& change);
  void write_schedule(const ScheduleChanged& change);
  void write_triggers(const std::vector<TriggerRow>& triggers);

  void erase_records(const Table<RecordKeys>& table, WorkflowNumber workflow);

  const Schema& schema_;
  WriteTxn& txn_;
  DamageLog& damage_;
  TouchedQueues queues_;
  Cursor<NumberKeys> snapshots_;
  const ClusterState* cluster_;
  std::optional<ClusterNow> cluster_now_;
  bool relayed_ = false;
};

}  // namespace endure::persistence::lmdb
