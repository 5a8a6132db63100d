// Hints for names that are nearly right.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace endure::workflow::parse {

// How many letters to insert, remove, change or swap with their neighbour to make `b` of `a`; case
// counts for nothing.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The name most like `text`, or empty where none is near enough to be meant.
std::string nearest(std::string_view text, const std::vector<std::string>& names);

// "; did you mean `name`?", or "; expected one of a, b, c", or nothing where there are no names.
std::string hint(std::string_view text, const std::vector<std::string>& names);

// `text` as a message shows it: quoted by backticks and cut where it is long.
std::string shown(std::string_view text);

}  // namespace endure::workflow::parse
