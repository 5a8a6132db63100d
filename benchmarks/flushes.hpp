// The limit that the disk sets: flushes of one page.
#pragma once

#include <string>

#include "base/result.hpp"

namespace endure::benchmarks {

// One page written in place and flushed (fdatasync), again and again, for about half a second:
// flushes per second.
Result<double> flushes_per_s(const std::string& folder);

}  // namespace endure::benchmarks
