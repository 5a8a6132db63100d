// StepFailed: its fault is raised in the task that waits for it. A step that is out of attempts and
// whose fault no try would catch is kept as a dead letter instead, for a person to look at.
#include "workflow/interpreter/events.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {

void fail_step(Machine& machine, WaitId wait, Fault fault) {
  auto* branch = machine.find_waiting(wait);
  if (branch == nullptr) return;
  branch->wait = 0;
  if (fault.type.empty()) fault.type = standard_fault(Standard::runtime, {}).type;
  machine.push(branch->id, Raised{std::move(fault)});
}

Result<Fate> on(Machine& machine, const StepFailed& event) {
  auto& draft = machine.draft;
  const auto* step = draft.find_step(event.wait);
  const auto* branch = machine.find_waiting(event.wait);
  if (step == nullptr || branch == nullptr || step->dead) {
    return fail(Code::conflict, "The workflow does not wait for step " +
                                    std::to_string(event.wait) +
                                    " (any more): its error came late or twice.");
  }
  const auto& pointer = machine.top_task(*branch).pointer;
  Fault fault = event.fault;
  if (fault.type.empty()) fault.type = standard_fault(Standard::runtime, {}).type;
  if (fault.instance.empty()) fault.instance = pointer;
  draft.note(HistoryEntry::Kind::step_failed, pointer, describe(fault), to_json(fault));

  if (event.exhausted) {
    Fault seen = fault;
    if (!find_catcher(machine, *branch, branch->frames.size() - 1, seen)) {
      draft.note(HistoryEntry::Kind::step_dead, pointer, step->queue);
      if (!is_held(draft.next)) {
        draft.next.cause = name_step(machine, event.wait) + " is out of attempts (" +
                           describe(fault) + "). Redrive or drop it.";
      }
      draft.bury_step(event.wait, std::move(fault));
      return Fate::taken;
    }
  }
  draft.close_step(event.wait);
  if (is_suspended(draft.next)) return Fate::kept;
  fail_step(machine, event.wait, std::move(fault));
  return Fate::taken;
}

}  // namespace endure::workflow::interpreter
