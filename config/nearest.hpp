// "Did you mean …?": the nearest of some valid names to a mistyped one.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace endure::config {

constexpr std::size_t any_distance = std::numeric_limits<std::size_t>::max();

// The least number of letters to insert, remove, change or swap with a neighbour to make a from b.
// Where that is more than `at_most`, at_most + 1, which takes much less time to find out.
std::size_t edit_distance(std::string_view a, std::string_view b,
                          std::size_t at_most = any_distance);

// The valid name nearest to `name`, or an empty string where none is near enough to be meant.
std::string nearest(std::string_view name, std::span<const std::string> valid);

}  // namespace endure::config
