// The store port: typed operations on one volume. LMDB is the embedded default; the memory store
// and the fault-injecting store serve tests. All pass the suite in tests/contract/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "persistence/change.hpp"
#include "persistence/damage.hpp"
#include "persistence/records.hpp"

namespace endure::persistence {

struct StoredWorkflow {
  std::string snapshot;             // for decode_snapshot()
  std::vector<MailboxPut> mailbox;  // in order
  bool may_look = false;            // it has not looked yet at the events kept for its listeners
};

struct SinkBacklog {
  std::string sink;
  std::uint64_t events = 0;
};

struct WorkflowFilter {
  std::optional<std::string> ns = {};
  std::optional<workflow::Phase> phase = {};
  std::optional<std::string> status = {};
  std::optional<std::string> definition = {};  // its name
  std::optional<std::string> definition_version = {};
  std::optional<Instant> created_before = {};
  std::optional<Instant> created_after = {};
  std::optional<WorkflowNumber> parent = {};  // started by this workflow
};

template <class Row, class Cursor>
struct Page {
  std::vector<Row> rows;
  std::optional<Cursor> next;  // pass as `after` to go on; absent: no more rows
};

struct Room {
  std::uint64_t map_bytes = 0;   // the most that the volume may grow to; 0: no bound
  std::uint64_t used_bytes = 0;  // what it holds now
};

struct StoreStats {
  Room room;
  std::uint64_t readers = 0;        // reads under way, of all processes
  std::uint64_t reader_behind = 0;  // commits since the view of the oldest of them
  std::uint64_t workflows = 0;      // with a snapshot
  std::uint64_t timers = 0;
  std::uint64_t outbox = 0;
  std::uint64_t schedules = 0;
  std::uint64_t triggers = 0;  // events that wait to start a workflow
  std::uint64_t kept_events = 0;
  std::uint64_t sink_events = 0;  // on their way to all sinks
  std::uint64_t commits = 0;      // since the start
  std::uint64_t changes = 0;      // since the start
  std::uint64_t damaged = 0;      // rows, see Store::damage()
};

// How far a walk over the rows of a shard has come.
struct ShardPlace {
  std::size_t workflow = 0;  // index of the next one; behind the last: what is about the shard
  std::uint64_t record = 0;  // of its history, and then its mailbox: the last that was had
  bool in_history = false;
  bool in_mailbox = false;
};
struct ShardPart {
  std::vector<RawRow> rows;
  ShardPlace next;
  bool last = false;  // nothing is left
};

struct LateEvents {
  Shard shard = 0;
  std::vector<std::uint64_t> sequences;
};

// What a volume of a cluster has besides. Any thread.
class ClusterStore {
 public:
  virtual ~ClusterStore() = default;

  virtual ClusterRow row() const = 0;        // of the last commit
  virtual bool owns(Shard shard) const = 0;  // and serves it, by the last commit; never waits
  virtual std::vector<ShardRow> shards() const = 0;
  // Another node counts that far: what is numbered here from now on is higher. Never waits.
  virtual void witness(std::uint64_t counter) = 0;
  virtual std::uint64_t counter() const = 0;

  // Counts the commits that left messages for other nodes. Never waits.
  virtual std::uint64_t relays() const = 0;
  // Channels of which messages wait here.
  virtual Result<std::vector<PendingChannel>> pending_channels() = 0;
  // In order, sequence > after; at least one, then at most so many bytes.
  virtual Result<std::vector<RelayRow>> relay(ChannelKey channel, std::uint64_t after,
                                              std::size_t max_bytes) = 0;
  // The last message of the channel that was taken here.
  virtual Result<std::uint64_t> last_taken(ChannelKey channel) = 0;

  // Events that the schedules of a shard here have still to be offered: they were delivered while
  // it was on its way. By shard.
  virtual Result<std::vector<LateEvents>> late_events() = 0;

  // Whether lists show its workflows: owned, or on its way to another node. Never waits.
  virtual bool shows(Shard shard) const = 0;
  // The shard's workflows, owned or not, ascending. Looks at every workflow of the volume.
  virtual Result<std::vector<WorkflowNumber>> workflows_of(Shard shard) = 0;
  // The shard's rows in an order that depends on them alone, from a place on (the first: {}); at
  // least one row, then about so many bytes, though a workflow's own rows stay together.
  // `workflows`: all of workflows_of(). Code::corrupt where one that must be there is not.
  virtual Result<ShardPart> rows_of(Shard shard, std::span<const WorkflowNumber> workflows,
                                    const ShardPlace& from, std::size_t max_bytes) = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // -- writing (the journal's thread alone) -----------------------------------

  // Applies all changes in one durable commit. results[i] says what became of changes[i]: a change
  // that is refused (Code::conflict, Code::not_found) leaves no trace and does not disturb the
  // others. The returned error concerns the whole batch, of which then nothing is stored:
  // Code::full where the volume is full, Code::io where the machine failed (the node must stop: an
  // fsync is never tried again).
  virtual Result<void> commit(std::span<const Change> changes, std::span<Result<void>> results) = 0;

  // -- numbers (any thread) ---------------------------------------------------

  // Ascending, unique over restarts; for workflows, messages and outbox events.
  virtual std::uint64_t next_sequence() = 0;
  // How this volume numbers; see base/placement.hpp.
  virtual Numbering numbering() const { return {}; }
  // Null where the volume belongs to no cluster.
  virtual ClusterStore* cluster() { return nullptr; }
  // Counts the openings of this volume, from 1: the epoch in step tokens.
  virtual std::uint64_t epoch() const = 0;

  // -- reading (any thread; each call is one short consistent read) -----------
  // Errors: Code::corrupt with the row's table and key in `where`, Code::io. Who reads many rows
  // leaves a damaged one out, and notes it in damage().

  virtual Result<std::optional<WorkflowNumber>> find_workflow(const WorkflowName& name) = 0;
  virtual Result<std::optional<StoredWorkflow>> load_workflow(WorkflowNumber number) = 0;
  // Newest first. `after`: the cursor of the page before. A page may hold fewer rows than `limit`
  // and still have a next one.
  virtual Result<Page<WorkflowSummary, WorkflowNumber>> list_workflows(
      const WorkflowFilter& filter, std::optional<WorkflowNumber> after, std::size_t limit) = 0;
  // Oldest first, records with transition > after.
  virtual Result<Page<HistoryRow, std::uint64_t>> history(WorkflowNumber number,
                                                          std::uint64_t after,
                                                          std::size_t limit) = 0;
  // Ended workflows last updated before `t`, for retention.
  virtual Result<std::vector<WorkflowNumber>> ended_before(Instant t, std::size_t limit) = 0;
  // Live workflows by phase (running, waiting, suspended, pending), ascending, number > after.
  virtual Result<std::vector<WorkflowNumber>> live_workflows(workflow::Phase phase,
                                                             WorkflowNumber after,
                                                             std::size_t limit) = 0;

  virtual Result<std::vector<QueueRow>> queues() = 0;
  virtual QueueCounts queue_counts(const std::string& queue) = 0;  // of the last commit
  // In hand-out order, keys > after (nullopt: from the first).
  virtual Result<std::vector<StepRecord>> ready_steps(const std::string& queue,
                                                      const std::optional<StepKey>& after,
                                                      std::size_t limit) = 0;
  // By due time; at most `limit` with due <= until.
  virtual Result<std::vector<StepRecord>> delayed_steps(const std::string& queue, Instant until,
                                                        std::size_t limit) = 0;
  virtual Result<std::optional<Instant>> next_delayed(const std::string& queue) = 0;
  virtual Result<std::vector<StepRecord>> dead_steps(const std::string& queue,
                                                     const std::optional<StepKey>& after,
                                                     std::size_t limit) = 0;
  virtual Result<std::optional<StepRecord>> find_dead_step(const StepKey& key) = 0;

  // By due time, due <= until, key > after.
  virtual Result<std::vector<TimerKey>> timers(Instant until, const std::optional<TimerKey>& after,
                                               std::size_t limit) = 0;
  virtual Result<std::optional<Instant>> next_timer() = 0;

  virtual Result<std::vector<OutboxRow>> outbox(std::uint64_t after, std::size_t limit) = 0;
  // Listeners to exactly `type` ("" for those to every type), by workflow, workflow > after.
  virtual Result<std::vector<ListenerKey>> listeners(const std::string& type, WorkflowNumber after,
                                                     std::size_t limit) = 0;

  // Kept events, oldest first, sequence > after.
  virtual Result<std::vector<KeptRow>> kept_events(std::uint64_t after, std::size_t limit) = 0;
  // Of these types ("" for every type), with those that are still on their way, by sequence.
  virtual Result<std::vector<KeptRow>> events_of(const std::vector<std::string>& types,
                                                 std::uint64_t after, std::size_t limit) = 0;
  // The sequence of the event of this identity that is on its way or kept.
  virtual Result<std::optional<std::uint64_t>> find_event(const std::string& identity) = 0;
  // Workflows that may have to look at kept events, ascending, number > after.
  virtual Result<std::vector<WorkflowNumber>> looking_workflows(WorkflowNumber after,
                                                                std::size_t limit) = 0;
  // Whether no broadcast event is kept or on its way, by the last commit. Never waits.
  virtual bool holds_no_event() const = 0;

  // In order, sequence > after.
  virtual Result<std::vector<SinkRow>> sink_events(const std::string& sink, std::uint64_t after,
                                                   std::size_t limit) = 0;
  virtual Result<std::vector<SinkBacklog>> sink_backlogs() = 0;

  // Workflows with messages in their mailbox, ascending, number > after.
  virtual Result<std::vector<WorkflowNumber>> mailbox_workflows(WorkflowNumber after,
                                                                std::size_t limit) = 0;

  virtual Result<std::vector<DefinitionRow>> definitions() = 0;
  virtual Result<std::optional<DefinitionRow>> find_definition(
      const workflow::DefinitionRef& ref) = 0;

  virtual Result<std::vector<ScheduleRow>> schedules() = 0;
  virtual Result<std::optional<ScheduleRow>> find_schedule(const std::string& ns,
                                                           const std::string& name) = 0;
  // Events that wait for this schedule, by sequence, sequence > after.
  virtual Result<std::vector<TriggerRow>> triggers(const std::string& ns, const std::string& name,
                                                   std::uint64_t after, std::size_t limit) = 0;

  virtual StoreStats stats() = 0;
  // As it was at most 50 ms ago. Costs next to nothing: every start asks.
  virtual Room room() = 0;

  // The damaged rows that were met since the opening.
  DamageLog& damage() { return damage_; }

 private:
  DamageLog damage_;
};

std::unique_ptr<Store> make_memory_store();

}  // namespace endure::persistence
