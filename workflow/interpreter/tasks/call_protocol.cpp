// call of openapi, asyncapi, mcp, a2a: a step on a queue of the node's own, with all that the call
// needs; the node makes it.
#include "workflow/interpreter/endpoint.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {

Move begin(Machine& machine, Branch& branch, const CallProtocolTask& task) {
  auto arguments = render_call(machine, branch, task);
  if (!arguments) return Raised{std::move(arguments).error()};
  branch.wait = machine.draft.new_wait();
  machine.draft.open_step({branch.wait, task.queue, machine.top_task(branch).pointer, StepPolicy{},
                           Value(*std::move(arguments))});
  return Blocked{};
}

}  // namespace endure::workflow::interpreter
