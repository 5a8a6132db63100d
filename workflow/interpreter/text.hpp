// Small texts for people.
#pragma once

#include <optional>
#include <string>

#include "workflow/definition.hpp"

namespace endure::workflow::interpreter {

// A JSON value as a text: a string as it is, anything else as JSON. Never throws: bytes that are no
// UTF-8 (a worker may send them) are replaced.
inline std::string to_text(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// " (60 ms)" where the definition says so; nothing where data did.
inline std::string constant_ms(const std::optional<Duration>& duration) {
  const auto* ms = duration ? std::get_if<std::int64_t>(&duration->ms_or_template) : nullptr;
  return ms != nullptr ? " (" + std::to_string(*ms) + " ms)" : "";
}

}  // namespace endure::workflow::interpreter
