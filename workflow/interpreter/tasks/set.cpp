// set: its output is what the template gives.
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {

Move begin(Machine& machine, Branch& branch, const SetTask& task) {
  auto value =
      machine.evaluator.render(task.set, branch.frames.back().input, machine.top_site(branch));
  if (!value) return Raised{std::move(value).error()};
  return Done{*std::move(value), {}};
}

}  // namespace endure::workflow::interpreter
