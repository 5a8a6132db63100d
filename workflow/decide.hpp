// The state machine of a workflow: (definition, snapshot, event) → next snapshot, effects, history.
// Pure: no clock, randomness or I/O; the same arguments give the same outcome.
#pragma once

#include <cstdint>
#include <string>
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
    started, task_started, task_completed, task_skipped, task_faulted, task_retried,
    step_enqueued, step_completed, step_failed, step_dead, step_redriven, step_dropped,
    timer_armed, timer_fired, listening, event_received, event_kept, event_published,
    status_changed, paused, resumed, suspended, cancelled, terminated, faulted, completed, ignored
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

struct Decision {
  Instant now;
  std::uint64_t message = 0;  // the event's sequence in the mailbox, or 0 when it is not stored
  bool stored = false;        // it lies in the mailbox table already
  std::size_t max_kept_messages = 1'000;
  std::size_t max_tasks_per_transition = 100'000;  // an endless loop of pure tasks faults
};

// Errors: Code::conflict when the event no longer concerns the workflow (a late or second result, a
// timer that was disarmed, any event for an ended workflow), Code::full when the mailbox is full,
// Code::invalid for a verb that the phase forbids. On error nothing has changed.
// A fault of the definition is no error: it is an Outcome whose phase is `faulted`.
Result<Outcome> decide(const Definition& definition, const Snapshot& snapshot, const Event& event,
                       const Decision& decision, Expressions& expressions);

// The snapshot that a start creates, before its Started event is decided.
Snapshot new_workflow(WorkflowNumber number, WorkflowName name, const Definition& definition,
                      Instant now);

// Suspends without a definition at hand (it cannot be loaded, or deciding throws): pure header work.
Outcome suspend(const Snapshot& snapshot, std::string cause, Instant now);

}  // namespace endure::workflow
