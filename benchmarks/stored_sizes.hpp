// How large the rows of W1 are in the volume: read back while one workflow of it goes its way.
#pragma once

#include "base/result.hpp"
#include "benchmarks/native_node.hpp"
#include "benchmarks/raw_lmdb.hpp"
#include "workflow/value/value.hpp"

namespace endure::benchmarks {

// Runs one workflow of the deployed definition bench/w1 and takes the mean of each kind of row over
// its transitions. The node must have no workers for its queues yet.
Result<TransitionShape> stored_sizes(NativeNode& node, const workflow::Json& input);

}  // namespace endure::benchmarks
