// The inside of a sandbox process: compiles and runs jq programs for the node, one at a time.
#pragma once

#include "workflow/expressions.hpp"

namespace endure::workflow {

// Shuts this freshly forked process off from files, environment, clock zone and memory beyond the
// limits, then serves requests that come over `socket` until it closes. Whatever a program does to
// the process (CPU deadline, out of memory, stack overflow, a failed assertion in jq) is answered
// with a status of its own, and the process ends. Returns never.
[[noreturn]] void run_jq_worker(int socket, const ExpressionLimits& limits);

}  // namespace endure::workflow
