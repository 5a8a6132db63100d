// Simple string expansion of RFC 6570, as far as the language has it.
#pragma once

#include <string>

#include "base/result.hpp"
#include "workflow/value/value.hpp"

namespace endure::workflow::interpreter {

// Replaces each `{name}` by the percent-encoded member `name` of `variables`; a missing or null one
// by nothing. Code::invalid where a member is an object or array.
Result<std::string> expand_uri(const std::string& uri, const Json& variables);

}  // namespace endure::workflow::interpreter
