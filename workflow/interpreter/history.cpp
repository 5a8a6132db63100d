// The names of history entries, as they stand in stored records and in the HTTP API.
#include "workflow/decide.hpp"

namespace endure::workflow {

std::string_view to_string(HistoryEntry::Kind kind) {
  using Kind = HistoryEntry::Kind;
  switch (kind) {
    case Kind::started: return "started";
    case Kind::task_started: return "task_started";
    case Kind::task_completed: return "task_completed";
    case Kind::task_skipped: return "task_skipped";
    case Kind::task_faulted: return "task_faulted";
    case Kind::task_retried: return "task_retried";
    case Kind::step_enqueued: return "step_enqueued";
    case Kind::step_completed: return "step_completed";
    case Kind::step_failed: return "step_failed";
    case Kind::step_dead: return "step_dead";
    case Kind::step_redriven: return "step_redriven";
    case Kind::step_dropped: return "step_dropped";
    case Kind::timer_armed: return "timer_armed";
    case Kind::timer_fired: return "timer_fired";
    case Kind::listening: return "listening";
    case Kind::event_received: return "event_received";
    case Kind::event_kept: return "event_kept";
    case Kind::event_published: return "event_published";
    case Kind::status_changed: return "status_changed";
    case Kind::paused: return "paused";
    case Kind::resumed: return "resumed";
    case Kind::suspended: return "suspended";
    case Kind::cancelled: return "cancelled";
    case Kind::terminated: return "terminated";
    case Kind::faulted: return "faulted";
    case Kind::completed: return "completed";
    case Kind::ignored: return "ignored";
    case Kind::created: return "created";
    case Kind::child_started: return "child_started";
    case Kind::child_ended: return "child_ended";
    case Kind::correlated: return "correlated";
    case Kind::migrated: return "migrated";
  }
  return "unknown";
}

}  // namespace endure::workflow
