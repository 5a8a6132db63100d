// The options of verbs that read a node's configuration.
#pragma once

#include <string>
#include <vector>

#include "config/load.hpp"
#include "runtime/cli/context.hpp"

namespace endure::cli {

class Verb;

struct NodeOptions {
  std::string file;
  std::string data;
  std::string listen;
  std::string worker_listen;
  std::vector<std::string> set;  // "name=value"
};

void add_node_options(Verb verb, NodeOptions& options);

// The configuration; where it is wrong, all problems are reported and ExitWith(exit_usage) is
// thrown.
config::Loaded load_or_exit(Context& context, const NodeOptions& options);

}  // namespace endure::cli
