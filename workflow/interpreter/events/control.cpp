// Cancel, terminate, pause, resume, and a crash: what people and supervisors do to a workflow.
#include "workflow/interpreter/events.hpp"

namespace endure::workflow::interpreter {
namespace {

using Kind = HistoryEntry::Kind;

std::string sentence(const std::string& what, const std::string& reason) {
  return reason.empty() ? what + " by request." : what + " by request: " + reason;
}

}  // namespace

void hold(Draft& draft, HistoryEntry::Kind kind, std::string cause) {
  auto& next = draft.next;
  if (!is_suspended(next)) {
    next.resume_to = next.phase;
  } else if (next.resume_to == Phase::suspended) {
    next.resume_to = Phase::running;
  }
  next.phase = Phase::suspended;
  next.cause = cause;
  draft.note(kind, {}, std::move(cause));
}

void cancel(Draft& draft, HistoryEntry::Kind kind, const std::string& verb,
            const std::string& reason) {
  auto cause = sentence(verb, reason);
  draft.note(kind, {}, cause);
  draft.end(Phase::cancelled, std::move(cause));
}

Result<Fate> on(Machine& machine, const CancelRequested& event) {
  cancel(machine.draft, Kind::cancelled, "Cancelled", event.reason);
  return Fate::taken;
}

Result<Fate> on(Machine& machine, const TerminateRequested& event) {
  cancel(machine.draft, Kind::terminated, "Terminated", event.reason);
  return Fate::taken;
}

Result<Fate> on(Machine& machine, const PauseRequested& event) {
  if (is_held(machine.draft.next)) {
    return fail(Code::conflict, "The workflow is suspended already: " + machine.draft.next.cause);
  }
  hold(machine.draft, Kind::paused, sentence("Paused", event.reason));
  return Fate::taken;
}

Result<Fate> on(Machine& machine, const Crashed& event) {
  hold(machine.draft, Kind::suspended, event.cause);
  return Fate::taken;
}

Result<Fate> on(Machine& machine, const ResumeRequested& event) {
  auto& draft = machine.draft;
  auto& next = draft.next;
  if (!is_suspended(next)) {
    return fail(Code::conflict, "The workflow is not suspended, so there is nothing to resume.");
  }
  for (const auto& step : next.steps) {
    if (!step.dead) continue;
    return fail(Code::conflict,
                name_step(machine, step.wait) +
                    " is a dead letter: redrive or drop it, then the workflow can go on.");
  }
  draft.note(Kind::resumed, {}, event.reason);
  const bool never_started = next.resume_to == Phase::pending;
  next.phase = next.resume_to;
  next.resume_to = Phase::pending;
  next.cause.clear();
  replay(machine);
  // A workflow that crashed before its first transition: its input stands in the snapshot.
  if (never_started && next.phase == Phase::pending) start(machine, next.input);
  return Fate::taken;
}

}  // namespace endure::workflow::interpreter
