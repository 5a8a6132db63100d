// Which queues workers may take steps from.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace endure {

// How long a worker may have the next attempt of a step put off; more is cut.
constexpr std::int64_t longest_retry_ms = 24LL * 3'600 * 1'000;

// As check_queue (base/ids.hpp), and not one of the node's own queues, whose names begin with
// `endure.`: their steps carry what only the node may see. Error: Code::invalid.
Result<void> check_worker_queue(std::string_view text);

}  // namespace endure
