// The command line of `endure`.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/context.hpp"

namespace endure::cli {

// Runs one command, args[0] being the verb; the exit code. Only `node`, `dev` and `worker` touch
// the process itself (signals).
int run(const std::vector<std::string>& args, Context& context);

}  // namespace endure::cli
