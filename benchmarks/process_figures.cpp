#include "benchmarks/process_figures.hpp"

#include <sys/resource.h>

#include <fstream>
#include <string>

namespace endure::benchmarks {

namespace {

rusage usage() {
  rusage figures{};
  getrusage(RUSAGE_SELF, &figures);
  return figures;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

double cpu_seconds() {
  const rusage figures = usage();
  return seconds(figures.ru_utime) + seconds(figures.ru_stime);
}

double rss_peak_mb() {
  return static_cast<double>(usage().ru_maxrss) / 1024.0;
}

std::uint64_t written_bytes() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  while (io >> name >> value) {
    if (name == "write_bytes:") return value;
  }
  return 0;
}

}  // namespace endure::benchmarks
