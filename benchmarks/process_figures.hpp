// What the kernel says of this process. Linux.
#pragma once

#include <cstdint>

namespace endure::benchmarks {

double cpu_seconds();           // user and system time so far
double rss_peak_mb();           // greatest resident set so far
std::uint64_t written_bytes();  // caused to be written to the disk so far

}  // namespace endure::benchmarks
