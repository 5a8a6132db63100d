#include "base/ids.hpp"

#include <algorithm>
#include <cctype>

namespace endure {

namespace {

bool alphanumeric(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool label_character(char c) {
  return alphanumeric(c) || c == '.' || c == '_' || c == '-';
}

Result<void> check_label(std::string_view text, std::size_t limit, const std::string& what) {
  if (text.empty()) return fail(Code::invalid, "the " + what + " is empty", what);
  if (text.size() > limit) {
    return fail(Code::invalid,
                "the " + what + " has " + std::to_string(text.size()) + " bytes; at most " +
                    std::to_string(limit) + " are allowed",
                what);
  }
  if (!alphanumeric(text.front()) || !std::all_of(text.begin(), text.end(), label_character)) {
    return fail(Code::invalid,
                "the " + what + " '" + std::string(text) +
                    "' may hold letters, digits, '.', '_' and '-', and starts with a letter or "
                    "digit",
                what);
  }
  return {};
}

}  // namespace

Result<void> check_namespace(std::string_view text) {
  return check_label(text, max_namespace_length, "namespace");
}

Result<void> check_queue(std::string_view text) {
  return check_label(text, max_queue_length, "queue");
}

Result<void> check_workflow_id(std::string_view text) {
  if (text.empty()) return fail(Code::invalid, "the workflow id is empty", "id");
  if (text.size() > max_workflow_id_length) {
    return fail(Code::invalid,
                "the workflow id has " + std::to_string(text.size()) + " bytes; at most " +
                    std::to_string(max_workflow_id_length) + " are allowed",
                "id");
  }
  const bool fine = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '/' && c != '?' && c != '#' && c != '%';
  });
  if (!fine) {
    return fail(Code::invalid,
                "the workflow id may hold printable ASCII without space, '/', '?', '#' and '%'",
                "id");
  }
  return {};
}

}  // namespace endure
