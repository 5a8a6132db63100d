// The rows of a volume, as plain structs. Bytes are the business of the codecs and of the schema.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/instant.hpp"
#include "workflow/definition.hpp"
#include "workflow/event.hpp"
#include "workflow/snapshot.hpp"

namespace endure::persistence {

// Where a step lies. The order of the fields is the order of hand-out within a queue: priority
// (0 first), then the time of enqueueing. Everything in it stands in the workflow's snapshot too.
struct StepKey {
  std::string queue;
  std::uint8_t priority = 5;
  Instant enqueued;
  WorkflowNumber workflow = 0;
  workflow::WaitId wait = 0;

  auto operator<=>(const StepKey&) const = default;
};

enum class StepState : std::uint8_t {
  ready,    // waiting to be handed out, or leased
  delayed,  // failed, waits for its next attempt
  dead,     // out of attempts
};

struct StepRecord {
  StepKey key;
  WorkflowName name;
  std::string task;            // the task's pointer
  std::uint32_t attempts = 0;  // attempts that have ended without a result
  std::uint32_t max_attempts = 5;
  std::int64_t lease_ms = 30'000;
  std::int64_t backoff_ms = 1'000;  // before the second attempt; doubles
  std::int64_t max_backoff_ms = 60'000;
  Instant due;                 // delayed: when it may be handed out again
  Instant buried;              // dead: since when
  workflow::Fault last_fault;  // of the last failed attempt
  // A lease that outlives a crash of the node: written with the first heartbeat of a long step.
  Instant leased_until;
  std::string leased_by;
  std::string arguments;  // msgpack, as the worker gets them
};

struct TimerKey {
  Instant due;
  WorkflowNumber workflow = 0;
  workflow::WaitId wait = 0;

  auto operator<=>(const TimerKey&) const = default;
};

struct ListenerKey {
  std::string type;  // empty: every event
  WorkflowNumber workflow = 0;
  workflow::WaitId wait = 0;

  auto operator<=>(const ListenerKey&) const = default;
};

// What lists show and filter by, without reading a snapshot whole.
struct WorkflowSummary {
  WorkflowNumber number = 0;
  WorkflowName name;
  workflow::DefinitionRef definition;
  workflow::Phase phase = workflow::Phase::pending;
  std::string status;
  std::string cause;
  std::uint64_t transition = 0;
  Instant created;
  Instant updated;
  std::optional<workflow::Parent> parent = {};
};

inline WorkflowSummary summary_of(const workflow::Snapshot& snapshot) {
  return {snapshot.number,  snapshot.name,  snapshot.definition, snapshot.phase,
          snapshot.status,  snapshot.cause, snapshot.transition, snapshot.created,
          snapshot.updated, snapshot.parent};
}

struct HistoryRow {
  std::uint64_t transition = 0;
  std::string bytes;  // for decode_history()
};

struct OutboxRow {
  std::uint64_t sequence = 0;
  std::string event;                // msgpack of the CloudEvent
  std::string type;                 // its type, for the listeners' table
  WorkflowNumber resume_after = 0;  // listeners up to this workflow have it already
  bool any_done = false;            // the listeners to every type are done, too
  // Where `keep` is set, the event is kept for listeners to come once it has been delivered.
  bool keep = false;
  Instant accepted = {};
  std::string identity = {};  // event_identity(); empty: nobody may send it a second time anyway
};

// A broadcast event that has been delivered and waits for listeners to come.
struct KeptRow {
  std::uint64_t sequence = 0;
  std::string event;  // msgpack of the CloudEvent
  std::string type;
  Instant accepted;
  std::string identity;
};

// An event on its way to a sink outside; a sink gets its events in the order of their sequence.
struct SinkKey {
  std::string sink;  // its URL
  std::uint64_t sequence = 0;

  auto operator<=>(const SinkKey&) const = default;
};

struct SinkRow {
  SinkKey key;
  WorkflowNumber workflow = 0;  // whose event it is
  std::string event;            // msgpack of the CloudEvent
};

struct QueueCounts {
  std::uint64_t ready = 0;  // leased ones included
  std::uint64_t delayed = 0;
  std::uint64_t dead = 0;

  bool operator==(const QueueCounts&) const = default;
};

struct QueueRow {
  std::string queue;
  bool paused = false;
  QueueCounts counts;
};

struct DefinitionRow {
  workflow::DefinitionRef ref;
  std::string source;
  Instant deployed;
  workflow::ResolvedResources resources = {};  // what the definition names elsewhere
  bool damaged = false;                        // nothing but its name can be read
};

// The schedule of a definition: one row a namespace and name, of the version deployed last. What is
// absent is 0.
struct ScheduleRow {
  std::string ns;
  std::string name;            // of the definition
  std::string version;         // of the definition that starts
  std::uint64_t revision = 0;  // counts the changes of the row, from 1
  bool paused = false;
  Instant anchor;              // `every` counts its intervals from here: when it was deployed
  std::optional<Instant> due;  // the next run; none: paused, or nothing comes by time (now)
  // The run that was started last where the next one has to know when it ends; 0: none.
  WorkflowNumber running = 0;
  std::vector<Instant> queued;  // due times that wait for the end of the run before
  std::string last_id;          // of the workflow that was started last
  Instant last_due;             // what it was due for (an event: when it was taken)
  Instant last_start;
  std::uint64_t started = 0;    // runs by time or event
  std::uint64_t triggered = 0;  // runs by hand
  std::uint64_t skipped = 0;    // due, but the run before was not over or the id was taken
  std::uint64_t missed = 0;     // due while the node was down, and not made up for
};

// An event that waits to start a workflow.
struct TriggerRow {
  std::string ns;
  std::string name;  // of the schedule
  std::uint64_t sequence = 0;
  std::string event;                   // msgpack of the CloudEvent
  std::vector<std::uint32_t> filters;  // which of the schedule's filters it passes
};

}  // namespace endure::persistence
