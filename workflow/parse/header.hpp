// The parts of a definition around its tasks.
#pragma once

#include "workflow/parse/fields.hpp"

namespace endure::workflow::parse {

// `document`: name, version, title, first status.
void read_header(Context& context, Fields& workflow, Definition& definition);

// `evaluate`: how every expression after it is read; refuses other languages than jq.
void read_evaluation(Context& context, Fields& workflow);

// input, output, timeout; refuses schedule.
void read_workflow_members(Context& context, Fields& workflow, Definition& definition);

// A definition's namespace or name, and its semantic version; each notes a problem where the text
// is none.
std::string read_definition_name(Context& context, const Node& node);
std::string read_definition_version(Context& context, const Node& node);

}  // namespace endure::workflow::parse
