// Numbers in JSON text that a parser would change without a word.
#pragma once

#include <optional>
#include <string_view>

namespace endure::workflow {

// The first integer of a JSON text that 64 bits cannot hold: the parser would make a fraction of
// it, with other digits. Text that is no JSON is left for the parser to refuse.
std::optional<std::string_view> inexact_integer(std::string_view json);

}  // namespace endure::workflow
