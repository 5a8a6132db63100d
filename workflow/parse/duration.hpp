// Durations in a document.
#pragma once

#include <cstdint>
#include <optional>

#include "workflow/parse/context.hpp"

namespace endure::workflow::parse {

// A constant: an ISO 8601 string or a duration object.
std::optional<std::int64_t> read_constant_duration(Context& context, const Node& node);

// A constant, or `${ … }` that gives one of both forms when it runs.
std::optional<Duration> read_duration(Context& context, const Node& node);

// `timeout`: {after: duration}, or the name of one of `use.timeouts`.
std::optional<Duration> read_timeout(Context& context, const Node& node);
std::optional<Duration> read_timeout_policy(Context& context, const Node& node);

}  // namespace endure::workflow::parse
