// Which queues workers may take steps from.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace endure {

// As check_queue (base/ids.hpp), and not one of the node's own queues, whose names begin with
// `endure.`: their steps carry what only the node may see. Error: Code::invalid.
Result<void> check_worker_queue(std::string_view text);

}  // namespace endure
