// StepCompleted: the result of a step; the branch that waits for it goes on.
#include "workflow/interpreter/events.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {

std::string name_step(Machine& machine, WaitId wait) {
  std::string text = "Step " + std::to_string(wait);
  if (const auto* branch = machine.find_waiting(wait)) {
    text += " of " + machine.top_task(*branch).pointer;
  }
  if (const auto* step = machine.draft.find_step(wait)) text += " (queue " + step->queue + ")";
  return text;
}

void resolve_step(Machine& machine, WaitId wait, Value result) {
  auto* branch = machine.find_waiting(wait);
  if (branch == nullptr) return;
  branch->wait = 0;
  if (const auto* subscription = std::get_if<SubscribeTask>(&machine.top_task(*branch).body)) {
    const auto id = branch->id;  // looked up before the branch may move
    return machine.push(id, after_step(machine, *branch, *subscription, result));
  }
  machine.push(branch->id, Done{std::move(result), {}});
}

Result<Fate> on(Machine& machine, const StepCompleted& event) {
  auto& draft = machine.draft;
  const auto* step = draft.find_step(event.wait);
  const auto* branch = machine.find_waiting(event.wait);
  if (step == nullptr || branch == nullptr) {
    return fail(Code::conflict, "The workflow does not wait for step " +
                                    std::to_string(event.wait) +
                                    " (any more): its result came late or twice.");
  }
  if (step->dead) {
    return fail(Code::conflict,
                name_step(machine, event.wait) + " is a dead letter: redrive or drop it.");
  }
  draft.note(HistoryEntry::Kind::step_completed, machine.top_task(*branch).pointer, step->queue,
             event.result);
  draft.close_step(event.wait);
  if (is_suspended(draft.next)) return Fate::kept;
  resolve_step(machine, event.wait, event.result);
  return Fate::taken;
}

}  // namespace endure::workflow::interpreter
