// UTF-8, as JSON demands it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace endure {

// The offset of the first byte that is not part of UTF-8, or npos. Overlong forms, surrogates, and
// code points beyond U+10FFFF are none.
std::size_t first_invalid_utf8(std::string_view text);

inline bool is_utf8(std::string_view text) {
  return first_invalid_utf8(text) == std::string_view::npos;
}

// The start of a UTF-8 text that has at most so many bytes and ends between two characters.
std::string_view utf8_start(std::string_view text, std::size_t bytes);

// What comes from outside, as text that may stand in JSON: U+FFFD stands for each byte that is not
// part of UTF-8 (another encoding, a character cut in two).
std::string printable(std::string text);

}  // namespace endure
