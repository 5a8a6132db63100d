#include "workflow/json_numbers.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace endure::workflow {

namespace {

constexpr std::string_view number_signs = "+-0123456789.eE";

template <class Integer>
bool holds(std::string_view number) {
  Integer value{};
  const auto* end = number.data() + number.size();
  const auto read = std::from_chars(number.data(), end, value);
  return read.ec == std::errc() && read.ptr == end;
}

bool is_exact(std::string_view number) {
  if (number.find_first_of(".eE") != std::string_view::npos) return true;  // a fraction by its form
  return holds<std::int64_t>(number) || holds<std::uint64_t>(number);
}

// Past the string that begins at `at`.
std::size_t skip_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return at + 1;
}

}  // namespace

std::optional<std::string_view> inexact_integer(std::string_view json) {
  std::size_t at = 0;
  while (at < json.size()) {
    if (json[at] == '"') {
      at = skip_string(json, at);
    } else if (json[at] == '-' || (json[at] >= '0' && json[at] <= '9')) {
      const auto end = std::min(json.find_first_not_of(number_signs, at), json.size());
      const auto number = json.substr(at, end - at);
      if (number.size() > 18 && !is_exact(number)) return number;  // 18 signs always fit
      at = end;
    } else {
      ++at;
    }
  }
  return std::nullopt;
}

}  // namespace endure::workflow
