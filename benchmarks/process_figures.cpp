#include "benchmarks/process_figures.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

namespace endure::benchmarks {

namespace {

// The fields behind the program's name, which may hold spaces and brackets itself.
double cpu_seconds(const std::string& folder) {
  std::ifstream in(folder + "/stat");
  std::string line;
  std::getline(in, line);
  const auto end = line.rfind(')');
  if (end == std::string::npos) return 0;
  std::istringstream fields(line.substr(end + 1));
  std::string passed;
  for (int i = 0; i < 11; ++i) fields >> passed;  // up to the faults of its children
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// The number behind `name:`.
double number_in(const std::string& path, const std::string& name) {
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1));
  }
  return 0;
}

}  // namespace

ProcessFigures figures_of(pid_t pid) {
  const std::string folder = "/proc/" + (pid == 0 ? std::string("self") : std::to_string(pid));
  ProcessFigures figures;
  figures.cpu_s = cpu_seconds(folder);
  figures.rss_mb = number_in(folder + "/status", "VmRSS") / 1024;
  figures.anonymous_mb = number_in(folder + "/status", "RssAnon") / 1024;
  figures.rss_peak_mb = number_in(folder + "/status", "VmHWM") / 1024;
  figures.written_bytes = static_cast<std::uint64_t>(number_in(folder + "/io", "write_bytes"));
  return figures;
}

ProcessUse use_between(std::string name, const ProcessFigures& before,
                       const ProcessFigures& after) {
  return {std::move(name), after.cpu_s - before.cpu_s, after.rss_peak_mb,
          after.written_bytes - before.written_bytes};
}

void add_process(Report& report, const ProcessUse& use) {
  const std::string key = "processes." + use.name + ".";
  report.add(key + "cpu_s", use.cpu_s, "CPU of the " + use.name, "s");
  report.add(key + "rss_peak_mb", use.rss_peak_mb, "peak memory of the " + use.name, "MB");
}

}  // namespace endure::benchmarks
