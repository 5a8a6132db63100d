// Tells constants and paths, which are evaluated natively, from programs.
#pragma once

#include <optional>
#include <string>

#include "workflow/expression.hpp"

namespace endure::workflow {

// `text` as a constant or a path, or nothing where only jq can tell what it means. `text` is
// trimmed. A JSON literal nested deeper than `max_depth` is left to jq too.
std::optional<Expression> classify_plainly(const std::string& text, std::size_t max_depth);

// Follows a path as jq does: null has every key, with value null; a missing key gives null;
// anything else but an object is an error with jq's text.
Result<Value> follow_path(const Expression& expression, const Scope& scope);

std::size_t depth(const Json& json);  // 0 for a scalar, 1 for `[]`

}  // namespace endure::workflow
