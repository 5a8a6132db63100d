// The engine: the actor system of one node behind one thread-safe face. HTTP, the worker gateway,
// native workers and the benchmarks all come in here.
//
// Every call returns at once; its Reply is called exactly once, on a thread of the engine, and
// where the call changes state only after the change is durable. A Reply must be quick and must not
// throw. During shutdown, and when an actor died over the call, replies are Code::retry_later.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/schedules.hpp"
#include "actors/steps.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/watchdog.hpp"
#include "persistence/journal.hpp"
#include "persistence/store.hpp"
#include "workflow/decide.hpp"
#include "workflow/definition.hpp"
#include "workflow/run_abilities.hpp"

namespace endure::actors {

template <class T>
using Reply = std::function<void(Result<T>)>;

struct EngineConfig {
  std::uint32_t scheduler_threads = 2;
  std::uint32_t decider_threads = 8;          // for definitions whose expressions need jq
  std::uint32_t shards = 16;                  // shard supervisors in this node
  std::int64_t passivate_after_ms = 2'000;    // a waiting workflow leaves memory after this
  std::size_t max_active_workflows = 20'000;  // beyond it, waiting ones leave at once
  std::size_t max_pending_starts = 20'000;    // beyond it, starts get Code::retry_later
  std::size_t max_kept_messages = 1'000;      // early events kept for one workflow
  std::uint32_t restart_intensity = 5;        // so many deaths of one workflow …
  std::int64_t restart_period_ms = 60'000;    // … in this time suspend it
  std::int64_t restart_backoff_ms = 100;      // before the second restart; doubles
  std::int64_t stuck_after_ms = 10'000;       // a thread or actor this long at one job is stuck
  std::uint32_t most_stuck_threads = 16;      // of one native worker, which others replace
  std::size_t queue_window = 4'096;           // steps of one queue in memory
  std::int64_t default_lease_ms = 30'000;
  std::uint32_t default_max_attempts = 5;
  std::int64_t default_backoff_ms = 1'000;
  std::int64_t default_max_backoff_ms = 60'000;
  std::int64_t retention_ms = 30LL * 24 * 3600 * 1000;  // of ended workflows; 0: for ever
  double refuse_starts_above = 0.9;                     // of the volume's greatest size
  std::string schedule_time_zone = "UTC";               // of a cron whose definition names none
  std::int64_t schedule_grace_ms = 60'000;    // a run that is due longer than this is late
  std::uint32_t schedule_max_catch_up = 100;  // late runs that `missed: all` makes up for
  std::uint32_t schedule_max_queued = 100;    // runs that `overlap: queue` lets wait
  std::size_t schedule_max_waiting = 10'000;  // events that wait for one schedule
  std::string secret_key;              // of the volume: placeholders of secrets are authentic by it
  std::uint32_t max_child_depth = 16;  // workflows above a child workflow
  workflow::RunAbilities run;          // what `run` tasks may ask for
  std::int64_t keep_events_ms =
      3'600'000;                         // broadcast events, for listeners to come; 0: not at all
  std::size_t max_kept_events = 10'000;  // beyond it, the oldest go
  std::vector<std::string> sinks;        // URLs that get lifecycle events and what `emit` emits
  std::vector<std::string> sink_types;   // types of those, or beginnings of them ending in `*`
};

// -- workflows ------------------------------------------------------------------

enum class OnConflict : std::uint8_t { reject, return_existing };

struct StartRequest {
  WorkflowName name;
  std::string definition;              // its name, in the namespace of the workflow
  std::optional<std::string> version;  // absent: the latest deployed
  workflow::Value input;
  OnConflict on_conflict = OnConflict::reject;
};

struct StartReceipt {
  persistence::WorkflowSummary workflow;
  bool existed = false;  // return_existing found it
};

// What became of an event that was sent to one workflow.
enum class EventFate : std::uint8_t {
  taken,      // by a listener, or it waits in a listener's queue
  kept,       // until a listener takes it
  duplicate,  // the workflow has had an event of this source and id; nothing has changed
};

struct SendReceipt {
  persistence::WorkflowSummary workflow;
  EventFate fate = EventFate::taken;
};

struct PublishReceipt {
  std::uint64_t sequence = 0;
  bool duplicate = false;       // an event of this source and id has been published before
  std::uint64_t listeners = 0;  // workflows that listened for its type just before; at most 1,000
};

// Broadcast events of one type. `offered`, `expired` and `dropped` count since the start.
struct EventTypeView {
  std::string type;
  std::uint64_t kept = 0;
  std::uint64_t offered = 0;  // late, to a listener that took it
  std::uint64_t expired = 0;
  std::uint64_t dropped = 0;  // because there were too many
};

// A sink of lifecycle events, as the one who sends to it reports. Figures since the start.
struct SinkView {
  std::string sink;           // its URL without query and credentials
  std::uint64_t backlog = 0;  // events that it still has to get; counted every few seconds
  std::uint64_t sent = 0;
  std::uint64_t failed = 0;   // attempts
  std::uint64_t refused = 0;  // events that it will never take, which are given up
  std::uint64_t dropped = 0;  // because there were too many
  std::optional<Instant> failing_since;
  std::string last_error;
};

enum class Verb : std::uint8_t { cancel, terminate, pause, resume };

struct WorkflowView {
  persistence::WorkflowSummary summary;
  workflow::Snapshot snapshot;
};

// -- queues ---------------------------------------------------------------------

struct QueueView {
  std::string queue;
  bool paused = false;
  persistence::QueueCounts counts;  // ready holds the leased ones too
  std::uint64_t leased = 0;
  std::uint64_t consumers = 0;
  std::optional<Instant> oldest;  // enqueued time of the oldest step that is not dead
  std::uint64_t delivered = 0;    // since the start
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t redelivered = 0;  // after a lost lease or a lost worker
};

// -- the tree -------------------------------------------------------------------

struct ActorView {
  std::string path;  // "/root/shards/3"
  std::uint64_t children = 0;
  std::uint64_t mailbox = 0;  // messages that waited for it, within the last second
  std::uint64_t restarts = 0;
  std::string last_failure;
  std::optional<Instant> stuck_since;  // it has not come to its messages
};

struct EngineStats {
  std::uint64_t active_workflows = 0;
  std::uint64_t started = 0;  // since the start of the node
  std::uint64_t completed = 0;
  std::uint64_t faulted = 0;
  std::uint64_t transitions = 0;
  std::uint64_t restarts = 0;     // of workflow actors
  std::int64_t step_wait_ms = 0;  // the longest that a step of the last moments was ready
  ScheduleStats schedules;
  persistence::JournalStats journal;
  persistence::StoreStats store;
};

class ClusterEngine;  // cluster_engine.hpp

// An interface, so that the edges (HTTP, gateway) are tested against a fake.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual void deploy(workflow::SourceFormat format, workflow::DefinitionSource source,
                      Reply<std::shared_ptr<const workflow::Definition>> reply) = 0;
  virtual void start(StartRequest request, Reply<StartReceipt> reply) = 0;
  // To one workflow by name; kept until a listener takes it.
  virtual void send(WorkflowName name, workflow::CloudEvent event, Reply<SendReceipt> reply) = 0;
  // To every listener.
  virtual void publish(workflow::CloudEvent event, Reply<PublishReceipt> reply) = 0;
  virtual void control(WorkflowName name, Verb verb, std::string reason,
                       Reply<persistence::WorkflowSummary> reply) = 0;
  // The reply comes when the workflow has ended, or Code::retry_later after `timeout_ms`.
  virtual void await_end(WorkflowName name, std::int64_t timeout_ms, Reply<WorkflowView> reply) = 0;

  // To another deployed version: one transition, or nothing where the workflow cannot go on there
  // (Code::invalid with the reasons), has ended or has moved on (Code::conflict).
  virtual void migrate(MigrationRequest request, Reply<persistence::WorkflowSummary> reply) = 0;

  // -- schedules: Code::not_found where the definition is not scheduled --
  virtual void schedules(Reply<std::vector<ScheduleView>> reply) = 0;
  virtual void schedule(const std::string& ns, const std::string& name,
                        Reply<ScheduleView> reply) = 0;
  virtual void control_schedule(const std::string& ns, const std::string& name, ScheduleVerb verb,
                                Reply<void> reply) = 0;
  virtual void trigger_schedule(TriggerRequest request, Reply<StartReceipt> reply) = 0;

  // Synchronous reads of the last commit. Any thread but the engine's own.
  virtual Result<WorkflowView> show(const WorkflowName& name) = 0;
  // The parsed definition; version absent: the latest deployed. Code::not_found.
  virtual Result<std::shared_ptr<const workflow::Definition>> definition(
      const std::string& ns, const std::string& name,
      const std::optional<std::string>& version) = 0;

  // -- events --
  // Of each type that has figures, by type. Any thread.
  virtual std::vector<EventTypeView> events() = 0;
  // Is told after a commit that brought events for sinks; on an engine thread, must be quick. Set
  // it once, before anything else; an empty function ends it.
  virtual void on_sink_events(std::function<void()> told) = 0;
  // These events need not be sent any more.
  virtual void settle_sink_events(std::vector<persistence::SinkKey> keys, Reply<void> reply) = 0;

  // How the sinks fare: what was reported last.
  virtual void report_sinks(std::vector<SinkView> views) = 0;
  virtual std::vector<SinkView> sinks() = 0;

  // -- step queues --
  virtual ConsumerId new_consumer() = 0;
  // The consumer takes steps of this queue; none come before credit() grants some. Nothing durable.
  virtual void attach(ConsumerId consumer, const std::string& queue, std::string worker,
                      std::shared_ptr<StepSink> sink) = 0;
  // Adds to what the consumer may still be handed.
  virtual void credit(ConsumerId consumer, const std::string& queue, std::uint32_t steps) = 0;
  // From all its queues. A lost worker's steps count an attempt, those handed back do not.
  virtual void detach(ConsumerId consumer, bool lost) = 0;
  // Code::conflict for a stale token or a second answer: nothing changed. The reply to a fitting
  // one comes after the workflow's commit. `consumer` may differ from the one that got the step (a
  // worker that reconnected).
  virtual void complete(ConsumerId consumer, StepToken token, workflow::Value result,
                        Reply<void> reply) = 0;
  virtual void fail_step(ConsumerId consumer, StepToken token, StepFailure failure,
                         Reply<void> reply) = 0;
  // Each step's lease starts anew; the reply names those that the consumer no longer holds.
  virtual void heartbeat(ConsumerId consumer, std::vector<StepToken> tokens,
                         Reply<std::vector<StepToken>> lost) = 0;
  virtual void release(ConsumerId consumer, StepToken token) = 0;  // hand back unstarted

  virtual void queues(Reply<std::vector<QueueView>> reply) = 0;
  virtual void queue(const std::string& queue, Reply<QueueView> reply) = 0;  // Code::not_found
  virtual void pause_queue(const std::string& queue, bool paused, Reply<void> reply) = 0;
  virtual void redrive(persistence::StepKey key, Reply<void> reply) = 0;
  virtual void drop(persistence::StepKey key, std::string reason, Reply<void> reply) = 0;

  // Null where the node belongs to no cluster.
  virtual ClusterEngine* cluster() { return nullptr; }

  virtual std::vector<ActorView> tree() = 0;
  // Knows which threads and actors of the node are stuck.
  virtual Watchdog& watchdog() = 0;
  virtual EngineStats stats() = 0;
  virtual std::int64_t step_wait_ms() = 0;  // as in stats(), without reading the store

  // `work` runs on one of `threads` threads of the engine; what it throws fails the step, and so
  // does a result that is no JSON, or one that comes after the step's lease (native_worker.hpp).
  using NativeStep =
      std::function<Result<workflow::Value>(const LeasedStep&, const workflow::Value&)>;
  virtual void add_native_worker(const std::string& queue, std::uint32_t threads,
                                 NativeStep work) = 0;
};

// `fatal` is called once, on any thread, when the node must stop (the disk failed, an actor of the
// infrastructure cannot be kept alive). Destroying the engine stops it: no new work, actors end,
// the journal is drained. Code::corrupt or Code::io where the volume cannot be read.
Result<std::unique_ptr<Engine>> make_engine(EngineConfig config, persistence::Store& store,
                                            Clock& clock, workflow::Expressions& expressions,
                                            std::function<void(const Error&)> fatal);

}  // namespace endure::actors
