// A JSON value as a text: a string as it is, anything else as JSON. Never throws: bytes that are no
// UTF-8 (a worker may send them) are replaced.
#pragma once

#include <string>

#include "workflow/value.hpp"

namespace endure::workflow::interpreter {

inline std::string to_text(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace endure::workflow::interpreter
