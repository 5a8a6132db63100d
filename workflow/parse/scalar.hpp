// A plain (unquoted) YAML scalar by the JSON schema of YAML 1.2.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "workflow/value/value.hpp"

namespace endure::workflow::parse {

// null, true, false, a number, or else the text itself. Error: a sentence, for a number that no
// 64-bit integer or double can hold, which would otherwise be changed in silence.
tl::expected<Json, std::string> plain_scalar(const std::string& text);

// The error of plain_scalar for an integer.
std::string integer_too_big(const std::string& text);

}  // namespace endure::workflow::parse
