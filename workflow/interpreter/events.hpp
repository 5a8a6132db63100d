// What each kind of event does to a workflow, one file a kind in events/.
#pragma once

#include <string>

#include "workflow/interpreter/machine.hpp"

namespace endure::workflow::interpreter {

enum class Fate : std::uint8_t {
  taken,   // the event has had its effect
  kept,    // it goes into the mailbox, for later
  queued,  // it lies in the mailbox already, for a listen that is busy
};

// Each may leave moves for Machine::run(). On an error nothing counts that was drafted.
Result<Fate> on(Machine& machine, const Started& event);
Result<Fate> on(Machine& machine, const StepCompleted& event);
Result<Fate> on(Machine& machine, const StepFailed& event);
Result<Fate> on(Machine& machine, const TimerFired& event);
Result<Fate> on(Machine& machine, const EventReceived& event);
Result<Fate> on(Machine& machine, const CancelRequested& event);
Result<Fate> on(Machine& machine, const TerminateRequested& event);
Result<Fate> on(Machine& machine, const PauseRequested& event);
Result<Fate> on(Machine& machine, const ResumeRequested& event);
Result<Fate> on(Machine& machine, const StepRedriven& event);
Result<Fate> on(Machine& machine, const StepDropped& event);
Result<Fate> on(Machine& machine, const Crashed& event);
Result<Fate> on(Machine& machine, const ChildEnded& event);
Result<Fate> on(Machine& machine, const EventsOffered& event);

// -- what events share ----------------------------------------------------------

inline bool is_suspended(const Snapshot& snapshot) {
  return snapshot.phase == Phase::suspended;
}
// Suspended by a person or a crash, and not only because a step is dead.
inline bool is_held(const Snapshot& snapshot) {
  return is_suspended(snapshot) && snapshot.resume_to != Phase::suspended;
}

void start(Machine& machine, const Value& input);
// The branch that waits for this step goes on with its result, or with its fault.
void resolve_step(Machine& machine, WaitId wait, Value result);
void fail_step(Machine& machine, WaitId wait, Fault fault);
// The branch that waits for this child goes on with its output, or with its fault.
void end_child(Machine& machine, const ChildEnded& event);
// A step that nobody waits for has come to its end: a line in the history. False where `event` is
// about no such step.
bool end_detached_step(Draft& draft, const Event& event);
// The time of a wait, of a retry or of a timeout has come. Nothing where nobody waits for it.
void fire(Machine& machine, WaitId wait);
// Gives an event to the listens that are open now: an addressed one to the first that wants it and
// else to the first that is busy, any other to all. It is put into the queues of busy ones under
// `sequence`. Nothing where none wants it.
std::optional<Fate> offer(Machine& machine, const EventReceived& event, std::uint64_t sequence);
bool is_wanted(const Machine& machine, const CloudEvent& event);

// Suspends until somebody resumes it.
void hold(Draft& draft, HistoryEntry::Kind kind, std::string cause);
void cancel(Draft& draft, HistoryEntry::Kind kind, const std::string& verb,
            const std::string& reason);

// Replays what was kept while the workflow was suspended, in its order.
void replay(Machine& machine);
// After the event: finds the phase that the workflow is in, and goes on where it had only waited
// for dead steps.
void settle(Machine& machine);

// "Step 7 of /do/0/enrich (queue enrich)".
std::string name_step(Machine& machine, WaitId wait);

}  // namespace endure::workflow::interpreter
