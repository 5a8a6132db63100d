// Functions declared under `use.functions`.
#pragma once

#include <optional>
#include <string>

#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

// A call of the declared function `name`. One that is a plain step becomes that step, the call's
// arguments and metadata laid over the function's. Any other becomes a nested task, whose input is
// the arguments.
TaskBody parse_declared_call(Context& context, TaskSource& call, const std::string& name,
                             const std::optional<Node>& with);

// The same for a function that stands at `function`; `name` is what tells it from others.
TaskBody parse_function_call(Context& context, TaskSource& call, const std::string& name,
                             const Node& function, const std::optional<Node>& with);

// Reads the functions that no task calls, so that they are right too.
void check_unused_functions(Context& context);

}  // namespace endure::workflow::parse
