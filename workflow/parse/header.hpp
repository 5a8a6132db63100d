// The parts of a definition around its tasks.
#pragma once

#include "workflow/parse/fields.hpp"

namespace endure::workflow::parse {

// `document`: name, version, title, first status.
void read_header(Context& context, Fields& workflow, Definition& definition);

// input, output, timeout; refuses schedule and other expression languages.
void read_workflow_members(Context& context, Fields& workflow, Definition& definition);

}  // namespace endure::workflow::parse
