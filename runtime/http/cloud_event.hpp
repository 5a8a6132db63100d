// CloudEvents 1.0 as they come over HTTP.
#pragma once

#include "base/instant.hpp"
#include "base/result.hpp"
#include "runtime/http/message.hpp"
#include "workflow/event.hpp"

namespace endure::http {

// Structured mode (the body is the event's JSON) or binary mode (a `ce-type` header; the body is
// the data). Absent: source becomes "endure:api", id a fresh UUID, specversion "1.0".
// Code::invalid: no type, another specversion, an attribute of a wrong name or type, malformed
// data.
Result<workflow::CloudEvent> read_cloud_event(const Request& request, Instant now,
                                              std::size_t max_depth);

}  // namespace endure::http
