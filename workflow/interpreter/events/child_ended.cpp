// ChildEnded: a child workflow has ended; the branch that waits for it goes on.
#include "workflow/interpreter/events.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {

void end_child(Machine& machine, const ChildEnded& event) {
  machine.draft.forget_child(event.wait);
  auto* branch = machine.find_waiting(event.wait);
  if (branch == nullptr) return;
  const auto* task = std::get_if<RunWorkflowTask>(&machine.top_task(*branch).body);
  if (task == nullptr) return;
  branch->wait = 0;
  if (!event.fault) {
    machine.push(branch->id, Done{child_result(*task, event.output), {}});
    return;
  }
  Fault fault = *event.fault;
  if (fault.type.empty()) fault.type = standard_fault(Standard::runtime, {}).type;
  fault.instance = machine.top_task(*branch).pointer;  // the child's own names another document
  machine.push(branch->id, Raised{std::move(fault)});
}

Result<Fate> on(Machine& machine, const ChildEnded& event) {
  auto& draft = machine.draft;
  const auto* branch = machine.find_waiting(event.wait);
  const std::string end =
      event.child + (event.fault ? " failed: " + describe(*event.fault) : " completed");
  if (branch == nullptr) {
    // It was given up meanwhile, or never waited for.
    draft.note(HistoryEntry::Kind::ignored, {}, end);
    return Fate::taken;
  }
  draft.note(HistoryEntry::Kind::child_ended, machine.top_task(*branch).pointer, end,
             event.fault ? Value(to_json(*event.fault)) : event.output);
  draft.forget_child(event.wait);
  if (is_suspended(draft.next)) return Fate::kept;
  end_child(machine, event);
  return Fate::taken;
}

}  // namespace endure::workflow::interpreter
