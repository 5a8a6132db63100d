// What a jq program of a definition must not name, and which variables it names.
//
// The sandbox is what makes a program harmless; the fence makes it pure and its refusal clear: what
// reads the clock, the environment, files or further inputs is refused when it is deployed, with a
// sentence that says what to use instead.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "workflow/expressions/lexer.hpp"

namespace endure::workflow {

// The names of the variables that the program mentions, each once, in order; those that it binds
// itself (`as $x`) are among them. Error: Code::invalid when it names something forbidden.
Result<std::vector<std::string>> check_fence(const std::vector<Token>& tokens);

}  // namespace endure::workflow
