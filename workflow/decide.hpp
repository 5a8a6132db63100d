// The state machine of a workflow: (definition, snapshot, event) → next snapshot, effects, history.
// Pure: no clock, randomness or I/O; the same arguments give the same outcome.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "workflow/definition.hpp"
#include "workflow/effect.hpp"
#include "workflow/event.hpp"
#include "workflow/snapshot.hpp"

namespace endure::workflow {

// One line of a history record: what a transition did, task by task.
struct HistoryEntry {
  enum class Kind : std::uint8_t {
    started,
    task_started,
    task_completed,
    task_skipped,
    task_faulted,
    task_retried,
    step_enqueued,
    step_completed,
    step_failed,
    step_dead,
    step_redriven,
    step_dropped,
    timer_armed,
    timer_fired,
    listening,
    event_received,
    event_kept,
    event_published,
    status_changed,
    paused,
    resumed,
    suspended,
    cancelled,
    terminated,
    faulted,
    completed,
    ignored,
    created,
    child_started,
    child_ended,
    correlated,
    migrated
  };
  Kind kind = Kind::started;
  std::string task;    // pointer, empty for the workflow itself
  std::string detail;  // a name, number or sentence: queue, status, due time, error type
  Value data;          // a result or event, where the audit trail needs it; may be null
};

std::string_view to_string(HistoryEntry::Kind kind);

struct Outcome {
  Snapshot next;
  std::vector<Effect> effects;
  std::vector<HistoryEntry> history;
};

// Which definitions there are for a `run: workflow` to start.
class DefinitionIndex {
 public:
  virtual ~DefinitionIndex() = default;
  // `version` empty: the one that was deployed last. Any thread; never waits.
  virtual std::optional<DefinitionRef> resolve(const std::string& ns, const std::string& name,
                                               const std::string& version) const = 0;
};

struct Decision {
  Instant now;
  // The event's sequence in the mailbox; for an event that is not stored, the one it gets should it
  // be kept. Where it is 0, the caller of decide() numbers next.mailbox.back() after a KeepMessage.
  std::uint64_t message = 0;
  bool stored = false;  // it lies in the mailbox table already
  std::size_t max_kept_messages = 1'000;
  std::size_t max_tasks_per_transition = 100'000;  // an endless loop of pure tasks faults
  const DefinitionIndex* definitions = nullptr;    // null: none is known
  std::uint32_t max_child_depth = 16;              // workflows above a child
  // Makes the placeholders that stand for secrets (secret_placeholder.hpp).
  std::string_view secret_key = {};
};

// Which phase a stored snapshot shows:
//   running    waits for at least one step of a worker
//   waiting    waits for nothing but time, events and child workflows
//   suspended  paused, crashed too often, or a step is a dead letter. Until it goes on, results,
//              timers and events are kept in the mailbox in their order and replayed then
// So of the messages that are loaded with a workflow, only broadcast events still have to be
// decided, and only while it is not suspended; all others were kept by an earlier transition on
// purpose. Every outcome is one transition: `transition` is one more than before. When the workflow
// ends, effects remove all that it left in the store: steps, timers, listeners and messages;
// children that it waits for are cancelled. Steps that nobody waits for (detached) stay unless it
// was cancelled, and their results are taken after the end, too.
//
// Errors: Code::conflict when the event no longer concerns the workflow (a late or second result, a
// timer that was disarmed, an event that came before (is_duplicate_event), offers that no listener
// wants, any event for an ended workflow), Code::full when the mailbox is full,
// Code::invalid for a verb that the phase forbids or an event that is none, Code::retry_later when
// the machine was too busy for an expression (decide again a little later). On error nothing has
// changed.
// A fault of the definition is no error: it is an Outcome whose phase is `faulted`.
Result<Outcome> decide(const Definition& definition, const Snapshot& snapshot, const Event& event,
                       const Decision& decision, Expressions& expressions);

// Whether decide() refused an addressed event because the workflow has had it already.
bool is_duplicate_event(const Error& error);

// Whether the sequence is that of a kept event that may still be offered to the workflow.
bool may_be_offered(const Snapshot& snapshot, std::uint64_t published);

// The snapshot that a start creates, before its Started event is decided.
Snapshot new_workflow(WorkflowNumber number, WorkflowName name, const Definition& definition,
                      Instant now);

// The first transition of a child workflow, which belongs to the parent's: it is pending, its input
// stands in its snapshot, and it begins with a Started event without input.
Outcome new_child(const Snapshot& parent, const StartChild& start, Instant now);

// The standard error `configuration` of the language, for who starts children.
Fault configuration_fault(std::string detail);

// Suspends without a definition at hand (it cannot be loaded, or deciding throws): pure header
// work. An ended workflow is given back as it is, with the same transition number.
Outcome suspend(const Snapshot& snapshot, std::string cause, Instant now);

// Ends a live workflow in whatever state it is, without a definition at hand: everything that it
// has open is removed, dead letters too, and its phase is `cancelled`. An ended workflow is given
// back as it is, with the same transition number.
Outcome terminate(const Snapshot& snapshot, std::string reason, Instant now);

}  // namespace endure::workflow
