// Runs what reads a volume in a process of its own. A data file that is cut short, or whose pages
// (which have no checksums, as records have) are damaged, may end whoever reads it: SIGBUS,
// SIGSEGV, or LMDB's own SIGABRT. The parent lives and says so. Blocks; for a program with one
// thread.
#pragma once

#include <functional>

#include "base/result.hpp"
#include "runtime/cli/context.hpp"

namespace endure::cli {

// The exit code of `work`, whose output goes to the context's streams. Code::corrupt where reading
// ended the process; what it had written by then is lost. Code::io where there can be no process.
Result<int> in_child(Context& context, const std::function<int(Context&)>& work);

}  // namespace endure::cli
