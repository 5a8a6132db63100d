// A node as a process: its log, signals, the file by which others find it, and its exit code.
#pragma once

#include <iosfwd>
#include <string>

#include "config/settings.hpp"

namespace endure {

struct NodeRun {
  config::Config config;
  // Removes the data folder at the end (`endure dev` without --data).
  bool temporary_data = false;
  std::ostream& out;  // the start-up line
  std::ostream& err;
};

// Runs a node until a signal or a failure; the exit code (runtime/cli/exit_code.hpp). Call it
// before the process has threads.
int run_node(const NodeRun& run);

}  // namespace endure
