// The command line of `endure`.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/context.hpp"

namespace CLI {
class App;
}

namespace endure::cli {

// Runs one command, args[0] being the verb; the exit code. Only `node`, `dev` and `worker` touch
// the process itself (signals).
int run(const std::vector<std::string>& args, Context& context);

// The command line itself, for completion and tests.
void add_all(CLI::App& app, Context& context);

}  // namespace endure::cli
