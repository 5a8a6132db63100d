// "Did you mean …?": the nearest of some valid names to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace endure::config {

// The least number of letters to insert, remove, change or swap with a neighbour to make a from b.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The valid name nearest to `name`, or an empty string where none is near enough to be meant.
std::string nearest(std::string_view name, std::span<const std::string> valid);

}  // namespace endure::config
