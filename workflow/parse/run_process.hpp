// The processes of `run`: shell, script, container.
#pragma once

#include <string>

#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

// Each reads the member of `run` that is named like it.
RunProcessTask parse_run_shell(Context& context, const Node& node);
RunProcessTask parse_run_script(Context& context, const Node& node);
RunProcessTask parse_run_container(Context& context, const Node& node);

// A command line for `sh -c`. As a whole it may be `${ … }`. Otherwise each `${ … }` in it that has
// a blank behind its brace (which no shell takes) becomes a variable of the shell, so that what an
// expression gives is data and never part of the command: "$ENDURE_VALUE_1", … `values` gets the
// expressions in that order. Nothing, and a problem, where it cannot be read.
std::optional<Template> read_command(Context& context, const Node& node, Template::Array& values);

}  // namespace endure::workflow::parse
