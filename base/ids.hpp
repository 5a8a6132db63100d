// Names and numbers by which things are known.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace endure {

// Given to a workflow at its creation; ascending, never reused. Rows of one workflow lie together.
using WorkflowNumber = std::uint64_t;

// What a user knows a workflow by; the id is the idempotency key of a start.
struct WorkflowName {
  std::string ns;
  std::string id;

  auto operator<=>(const WorkflowName&) const = default;
};

constexpr std::size_t max_namespace_length = 64;
constexpr std::size_t max_workflow_id_length = 200;
constexpr std::size_t max_queue_length = 64;

// Each returns nothing, or the Error (Code::invalid) that says what is wrong and what is allowed.
// A namespace or queue: 1 to 64 of [A-Za-z0-9._-], first a letter or digit.
// A workflow id: 1 to 200 bytes of printable ASCII without space, '/', '?', '#' and '%'.
Result<void> check_namespace(std::string_view text);
Result<void> check_queue(std::string_view text);
Result<void> check_workflow_id(std::string_view text);

}  // namespace endure
