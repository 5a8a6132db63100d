// The nearest valid name, for errors that say what was probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace endure::http {

// Insertions, deletions and replacements from `a` to `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

// Empty where nothing is near. The result points into `candidates`.
std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates);

}  // namespace endure::http
