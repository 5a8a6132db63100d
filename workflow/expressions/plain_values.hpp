// What jq says about single values: numbers, order, text. For the plain evaluator.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "workflow/value/value.hpp"

namespace endure::workflow {

// Takes the size of `json` off `budget`; false when it does not suffice, without walking on.
bool spend(const Json& json, std::size_t& budget);

// The number as jq sees it; nothing for an integer that it would change, and for what is no number.
std::optional<double> exact_double(const Json& json);

bool is_truthy(const Json& json);

// Below, at or above 0, as jq sorts: null, false, true, numbers, strings, arrays, objects. Nothing
// for two arrays, two objects, and numbers that are not exact.
std::optional<int> order_of(const Json& left, const Json& right);

// Appends what `tostring` and interpolation give; false for fractions and documents, which are jq's
// to print.
bool append_text(const Json& json, std::string& out);

std::size_t code_points(const std::string& text);

}  // namespace endure::workflow
