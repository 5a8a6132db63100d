#include "workflow/parse/scalar.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace endure::workflow::parse {

namespace {

enum class Shape { text, integer, decimal };

std::size_t digits(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return end - from;
}

// -? ( 0 | [1-9][0-9]* ) ( \. [0-9]* )? ( [eE] [-+]? [0-9]+ )?
Shape shape_of(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return Shape::text;
  at += whole;
  if (at == text.size()) return Shape::integer;
  if (text[at] == '.') at += 1 + digits(text, at + 1);
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = digits(text, at);
    if (exponent == 0) return Shape::text;
    at += exponent;
  }
  return at == text.size() ? Shape::decimal : Shape::text;
}

template <class T>
bool read_whole(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

}  // namespace

std::string integer_too_big(const std::string& text) {
  return "the number " + text.substr(0, 60) +
         " does not fit in 64 bits; quote it to keep it as text";
}

tl::expected<Json, std::string> plain_scalar(const std::string& text) {
  if (text == "null" || text.empty()) return Json();
  if (text == "true") return Json(true);
  if (text == "false") return Json(false);
  const Shape shape = shape_of(text);
  if (shape == Shape::text) return Json(text);
  if (shape == Shape::integer) {
    std::int64_t number = 0;
    if (read_whole(text, number)) return Json(number);
    std::uint64_t large = 0;
    if (read_whole(text, large)) return Json(large);
    return tl::unexpected(integer_too_big(text));
  }
  double number = 0;
  if (read_whole(text, number)) return Json(number);
  return tl::unexpected("the number " + text.substr(0, 60) +
                        " is out of the range of a double; quote it to keep it as text");
}

}  // namespace endure::workflow::parse
