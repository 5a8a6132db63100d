#include "base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace endure {

namespace {

// The length of the sequence that starts at text[i] (which is not ASCII), or 0 where it is none.
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const auto at = [&](std::size_t k) { return static_cast<std::uint8_t>(text[k]); };
  const auto first = at(i);
  std::size_t length = 0;
  std::uint8_t low = 0x80;   // bounds of the second byte: they exclude overlong forms,
  std::uint8_t high = 0xBF;  // surrogates and what lies beyond U+10FFFF
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() - i < length) return 0;
  if (at(i + 1) < low || at(i + 1) > high) return 0;
  for (std::size_t k = i + 2; k < i + length; ++k) {
    if ((at(k) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

}  // namespace

std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (text.size() - i >= 8) {  // most text is ASCII: eight bytes at a time
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + i, 8);
      if ((word & 0x8080808080808080ULL) == 0) {
        i += 8;
        continue;
      }
    }
    if (static_cast<std::uint8_t>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    const auto length = sequence_length(text, i);
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

std::string_view utf8_start(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<std::uint8_t>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return text.substr(0, bytes);
}

std::string printable(std::string text) {
  auto invalid = first_invalid_utf8(text);
  if (invalid == std::string_view::npos) return text;
  std::string out;
  std::string_view rest(text);
  for (; invalid != std::string_view::npos; invalid = first_invalid_utf8(rest)) {
    out.append(rest.substr(0, invalid)).append("\xEF\xBF\xBD");
    rest.remove_prefix(invalid + 1);
  }
  return out.append(rest);
}

}  // namespace endure
