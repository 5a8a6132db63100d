// JSON in and out at the HTTP edge.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "workflow/value/value.hpp"

namespace endure::http {

// Reads one JSON document (UTF-8). Code::invalid where it is malformed, holds bytes that are not
// UTF-8 or nests deeper than `max_depth`; the depth is checked before anything is built.
Result<workflow::Json> parse_json(std::string_view text, std::size_t max_depth);

// Never throws: bytes that are not UTF-8 are shown as U+FFFD.
std::string dump(const workflow::Json& json);

}  // namespace endure::http
