// What was kept while a workflow was suspended is taken up again, and the phase that it ends in.
#include <algorithm>

#include "workflow/interpreter/events.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {
namespace {

using Kind = HistoryEntry::Kind;

bool is_in_mailbox(const Snapshot& snapshot, std::uint64_t sequence) {
  for (const auto& message : snapshot.mailbox) {
    if (message.sequence == sequence) return true;
  }
  return false;
}

void take_up(Machine& machine, const Event& event) {
  if (const auto* started = std::get_if<Started>(&event)) {
    if (machine.draft.next.phase == Phase::pending) start(machine, started->input);
  } else if (const auto* completed = std::get_if<StepCompleted>(&event)) {
    resolve_step(machine, completed->wait, completed->result);
  } else if (const auto* failed = std::get_if<StepFailed>(&event)) {
    fail_step(machine, failed->wait, failed->fault);
  } else if (const auto* dropped = std::get_if<StepDropped>(&event)) {
    fail_step(machine, dropped->wait, dropped->fault);
  } else if (const auto* fired = std::get_if<TimerFired>(&event)) {
    fire(machine, fired->wait);
  } else if (const auto* ended = std::get_if<ChildEnded>(&event)) {
    end_child(machine, *ended);
  } else if (const auto* request = std::get_if<CancelRequested>(&event)) {
    static_cast<void>(on(machine, *request));
  }
  machine.run();
}

void take_up_event(Machine& machine, std::uint64_t sequence, const EventReceived& received) {
  auto& draft = machine.draft;
  if (!received.queued_for.empty()) return;  // it waits for a listen that is busy
  // Listeners that begin look into the mailbox; one that is open already has to be told.
  if (received.addressed && !is_wanted(machine, received.event)) return;
  draft.set_aside(sequence);
  const auto fate = offer(machine, received, sequence);
  if (fate == Fate::queued) return;
  draft.consume_decided(sequence);
  if (!fate) draft.note(Kind::ignored, {}, received.event->value("type", std::string()));
}

}  // namespace

void replay(Machine& machine) {
  auto& draft = machine.draft;
  const auto kept = draft.next.mailbox;  // a copy: it shrinks while we go
  for (const auto& message : kept) {
    if (machine.ended()) return;
    if (!is_in_mailbox(draft.next, message.sequence)) continue;  // a listener took it
    if (const auto* received = std::get_if<EventReceived>(&message.event)) {
      take_up_event(machine, message.sequence, *received);
    } else {
      draft.consume(message.sequence);
      take_up(machine, message.event);
    }
  }
}

void settle(Machine& machine) {
  auto& draft = machine.draft;
  auto& next = draft.next;
  if (machine.ended() || next.phase == Phase::pending || is_held(next)) return;
  if (draft.has_dead_step()) {
    if (!is_suspended(next)) draft.note(Kind::suspended, {}, next.cause);
    next.phase = Phase::suspended;
    next.resume_to = Phase::suspended;
    return;
  }
  const bool was_suspended = is_suspended(next);
  next.phase = Phase::running;
  next.resume_to = Phase::pending;
  next.cause.clear();
  if (was_suspended) {
    draft.note(Kind::resumed);
    replay(machine);
    if (machine.ended()) return;
  }
  const bool has_step = std::any_of(next.steps.begin(), next.steps.end(),
                                    [](const OpenStep& step) { return !step.detached; });
  next.phase = has_step ? Phase::running : Phase::waiting;
}

}  // namespace endure::workflow::interpreter
