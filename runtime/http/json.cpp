#include "runtime/http/json.hpp"

#include <string>

#include "workflow/json_numbers.hpp"
#include "workflow/json_reason.hpp"

namespace endure::http {

namespace {

// The nesting of brackets outside of strings; malformed text is left for the parser to refuse.
bool deeper_than(std::string_view text, std::size_t max_depth) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > max_depth) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<workflow::Json> parse_json(std::string_view text, std::size_t max_depth) {
  if (text.empty()) return fail(Code::invalid, "the body is empty; JSON is expected");
  if (deeper_than(text, max_depth)) {
    return fail(Code::invalid,
                "the JSON nests deeper than " + std::to_string(max_depth) + " levels");
  }
  if (const auto number = workflow::inexact_integer(text)) {
    return fail(Code::invalid, "the integer " + std::string(number->substr(0, 40)) +
                                   " has more than 64 bits and would be changed; pass it as text");
  }
  try {
    return workflow::Json::parse(text);
  } catch (const workflow::Json::exception& e) {
    return fail(Code::invalid, "the body is not JSON: " + workflow::json_reason(e));
  }
}

std::string dump(const workflow::Json& json) {
  return json.dump(-1, ' ', false, workflow::Json::error_handler_t::replace);
}

}  // namespace endure::http
