// `node.json` in the data folder: where the node that has the volume open can be reached.
//
//   {"pid": 4711, "http": "http://127.0.0.1:7450", "worker": "tcp://127.0.0.1:7451", "version":
//   "0.1.0"}
#pragma once

#include <string>

#include "base/result.hpp"
#include "runtime/node.hpp"

namespace endure {

// Written under another name, then moved, so that no reader finds half of it. Code::io.
Result<void> write_node_file(const NodeFacts& facts);

// Removes it, where it is still this process's.
void remove_node_file(const NodeFacts& facts);

}  // namespace endure
