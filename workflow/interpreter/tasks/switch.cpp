// switch: the first case whose condition holds says what runs next, else the case without a
// condition, else the task's own `then`. The data passes through unchanged.
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {

Move begin(Machine& machine, Branch& branch, const SwitchTask& task) {
  const Value& input = branch.frames.back().input;
  const Site site = machine.top_site(branch);
  const SwitchTask::Case* chosen = nullptr;
  for (const auto& each : task.cases) {
    if (!each.when) {
      if (chosen == nullptr) chosen = &each;
      continue;
    }
    auto holds = machine.evaluator.condition(*each.when, input, site);
    if (!holds) return Raised{std::move(holds).error()};
    if (*holds) {
      chosen = &each;
      break;
    }
  }
  if (chosen == nullptr) return Done{input, {}};
  return Done{input, chosen->then};
}

}  // namespace endure::workflow::interpreter
