// wait: a durable timer. The data passes through unchanged.
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {

Move begin(Machine& machine, Branch& branch, const WaitTask& task) {
  const auto ms = machine.evaluator.duration_ms(task.duration, branch.frames.back().input,
                                                machine.top_site(branch));
  if (!ms) return Raised{ms.error()};
  const Instant due = machine.draft.now + *ms;
  branch.wait = machine.draft.new_wait();
  machine.draft.arm(branch.wait, due);
  machine.draft.note(HistoryEntry::Kind::timer_armed, machine.top_task(branch).pointer,
                     to_rfc3339(due));
  return Blocked{};
}

Move after_wait(Machine&, Branch& branch, const WaitTask&) {
  return Done{branch.frames.back().input, {}};
}

}  // namespace endure::workflow::interpreter
