// What runs after a task: `then`.
#pragma once

#include <optional>
#include <vector>

#include "workflow/parse/context.hpp"

namespace endure::workflow::parse {

// Reads a directive of a task in the list `context.siblings`. Where it names a sibling,
// Flow::task is the sibling's position in that list until resolve_flows has run.
Flow read_flow(Context& context, const Node& node);

// Turns positions into tasks, once the whole list has been read. `ids` by position; none where an
// item could not be read.
void resolve_flows(Context& context, const std::vector<std::optional<TaskId>>& ids);

}  // namespace endure::workflow::parse
