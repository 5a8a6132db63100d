// call of a function: a step on its durable queue; the result is the task's output.
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {

Move begin(Machine& machine, Branch& branch, const CallFunctionTask& task) {
  auto arguments = machine.evaluator.render_packed(task.with, branch.frames.back().input,
                                                   machine.top_site(branch));
  if (!arguments) return Raised{std::move(arguments).error()};
  if (arguments->is_null()) *arguments = Json::object();
  if (!arguments->is_object()) {
    return Raised{standard_fault(
        Standard::expression,
        std::string("`with` must give an object, but gave ") + (*arguments)->type_name() + ".")};
  }
  branch.wait = machine.draft.new_wait();
  machine.draft.open_step({branch.wait, task.queue, machine.top_task(branch).pointer, task.policy,
                           *std::move(arguments)});
  return Blocked{};
}

}  // namespace endure::workflow::interpreter
