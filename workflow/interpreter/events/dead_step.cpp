// StepRedriven, StepDropped: what a person does with a dead letter.
#include "workflow/interpreter/events.hpp"

namespace endure::workflow::interpreter {
namespace {

Result<void> check_dead(Machine& machine, WaitId wait) {
  const auto* step = machine.draft.find_step(wait);
  if (step != nullptr && step->dead) return {};
  return fail(Code::conflict, "Step " + std::to_string(wait) +
                                  " is not a dead letter of this workflow (any more).");
}

}  // namespace

Result<Fate> on(Machine& machine, const StepRedriven& event) {
  if (auto dead = check_dead(machine, event.wait); !dead) return Failure(dead.error());
  const auto* branch = machine.find_waiting(event.wait);
  machine.draft.note(HistoryEntry::Kind::step_redriven,
                     branch != nullptr ? machine.top_task(*branch).pointer : std::string(),
                     machine.draft.find_step(event.wait)->queue);
  machine.draft.redrive_step(event.wait);
  return Fate::taken;
}

// Its fault is raised now even where other steps are still dead; but a workflow that somebody
// paused stands still.
Result<Fate> on(Machine& machine, const StepDropped& event) {
  if (auto dead = check_dead(machine, event.wait); !dead) return Failure(dead.error());
  auto& draft = machine.draft;
  const auto* branch = machine.find_waiting(event.wait);
  draft.note(HistoryEntry::Kind::step_dropped,
             branch != nullptr ? machine.top_task(*branch).pointer : std::string(),
             describe(event.fault), to_json(event.fault));
  draft.close_step(event.wait);
  if (is_held(draft.next)) return Fate::kept;
  fail_step(machine, event.wait, event.fault);
  return Fate::taken;
}

}  // namespace endure::workflow::interpreter
