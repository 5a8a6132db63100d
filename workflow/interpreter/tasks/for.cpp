// for: its body once for each item. What a round gives is what the next one takes; the last round's
// output is the task's. `exit` in the body ends the round, not the loop.
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {
namespace {

Move next_round(Machine& machine, Branch& branch, const ForTask& task, Value data) {
  Frame& frame = branch.frames.back();
  if (frame.position >= frame.data->size()) return Done{std::move(data), {}};
  frame.variables = Json{{task.each, frame.data->at(frame.position)}, {task.at, frame.position}};
  if (task.while_) {
    auto goes_on = machine.evaluator.condition(*task.while_, data, machine.top_site(branch));
    if (!goes_on) return Raised{std::move(goes_on).error()};
    if (!*goes_on) return Done{std::move(data), {}};
  }
  return Enter{task.body, std::move(data)};
}

}  // namespace

Move begin(Machine& machine, Branch& branch, const ForTask& task) {
  Frame& frame = branch.frames.back();
  const Site site = machine.top_site(branch);
  const auto* expression = std::get_if<Expression>(&task.in);
  auto items = expression != nullptr
                   ? machine.evaluator.evaluate(*expression, frame.input, site)
                   : machine.evaluator.render(std::get<Template>(task.in), frame.input, site);
  if (!items) return Raised{std::move(items).error()};
  if (!(*items)->is_array()) {
    return Raised{standard_fault(
        Standard::expression,
        std::string("`for.in` must give an array, but gave ") + (*items)->type_name() + ".")};
  }
  frame.data = *std::move(items);
  return next_round(machine, branch, task, frame.input);
}

Move after_child(Machine& machine, Branch& branch, const ForTask& task, Passed passed) {
  ++branch.frames.back().position;
  return next_round(machine, branch, task, std::move(passed.output));
}

}  // namespace endure::workflow::interpreter
