// What the kernel says of a process. Linux; any process of the same user.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "benchmarks/report.hpp"

namespace endure::benchmarks {

struct ProcessFigures {
  double cpu_s = 0;                 // user and system time so far
  double rss_mb = 0;                // resident now, pages of mapped files included
  double anonymous_mb = 0;          // resident now, without pages of files
  double rss_peak_mb = 0;           // the greatest so far
  std::uint64_t written_bytes = 0;  // caused to be written to the disk so far
};

// 0 for `pid`: this process. All zero where there is no such process.
ProcessFigures figures_of(pid_t pid = 0);

// What a process used between two looks at it.
struct ProcessUse {
  std::string name;  // "node", "worker", "client"
  double cpu_s = 0;
  double rss_peak_mb = 0;
  std::uint64_t written_bytes = 0;
};
ProcessUse use_between(std::string name, const ProcessFigures& before, const ProcessFigures& after);

// processes.<name>.cpu_s and rss_peak_mb.
void add_process(Report& report, const ProcessUse& use);

}  // namespace endure::benchmarks
