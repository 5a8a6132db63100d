// TimerFired: a wait is over, the next attempt of a try is due, or a timeout has come.
#include "workflow/interpreter/events.hpp"
#include "workflow/interpreter/tasks.hpp"
#include "workflow/interpreter/text.hpp"

namespace endure::workflow::interpreter {
namespace {

void end_wait(Machine& machine, Branch& branch) {
  branch.wait = 0;
  const Task& task = machine.top_task(branch);
  machine.draft.note(HistoryEntry::Kind::timer_fired, task.pointer);
  if (const auto* attempt = std::get_if<TryTask>(&task.body)) {
    machine.push(branch.id, after_wait(machine, branch, *attempt));
  } else {
    machine.push(branch.id, after_wait(machine, branch, std::get<WaitTask>(task.body)));
  }
}

}  // namespace

void fire(Machine& machine, WaitId wait) {
  auto& next = machine.draft.next;
  if (wait == next.timeout) {
    next.timeout = 0;
    machine.draft.note(HistoryEntry::Kind::timer_fired, {}, "timeout of the workflow");
    return machine.fault_workflow(standard_fault(Standard::timeout,
                                                 "The workflow did not end within its timeout" +
                                                     constant_ms(machine.definition.timeout) + ".",
                                                 "/timeout"));
  }
  if (auto* branch = machine.find_waiting(wait)) return end_wait(machine, *branch);
  for (auto& branch : next.branches) {
    for (std::size_t i = 0; i < branch.frames.size(); ++i) {
      if (branch.frames[i].timeout != wait) continue;
      machine.draft.note(HistoryEntry::Kind::timer_fired, machine.task_of(branch.frames[i]).pointer,
                         "timeout");
      return machine.time_out(branch, i);
    }
  }
}

Result<Fate> on(Machine& machine, const TimerFired& event) {
  if (!machine.draft.has_timer(event.wait)) {
    return fail(Code::conflict,
                "Timer " + std::to_string(event.wait) + " is not armed (any more).");
  }
  machine.draft.disarm(event.wait);
  if (is_suspended(machine.draft.next)) {
    machine.draft.note(HistoryEntry::Kind::event_kept, {}, "timer " + std::to_string(event.wait));
    return Fate::kept;
  }
  fire(machine, event.wait);
  return Fate::taken;
}

}  // namespace endure::workflow::interpreter
