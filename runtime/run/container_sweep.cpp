#include "runtime/run/container_sweep.hpp"

#include <charconv>
#include <sstream>

#include "runtime/run/process_run.hpp"

namespace endure::run {

std::optional<Instant> removal_time(const std::string& line) {
  std::istringstream words(line);
  std::string finished;
  std::string after;
  if (!(words >> finished >> after) || finished.size() < 3) return std::nullopt;
  finished = finished.substr(1, finished.size() - 2);  // quotes
  // Nanoseconds are more than we read.
  const auto dot = finished.find('.');
  if (dot != std::string::npos) {
    std::size_t end = dot + 1;
    while (end < finished.size() && finished[end] >= '0' && finished[end] <= '9') ++end;
    finished.erase(dot, end - dot);
  }
  Instant at;
  std::int64_t after_ms = 0;
  const auto read = std::from_chars(after.data(), after.data() + after.size(), after_ms);
  if (!from_rfc3339(finished, at) || read.ec != std::errc() || at.ms <= 0) return std::nullopt;
  return at + after_ms;
}

Result<std::size_t> sweep_containers(const RunPrograms& programs, Clock& clock) {
  auto listed = run_container_runtime(programs,
                                      {"ps", "--all", "--quiet", "--filter",
                                       "label=endure.remove-after-ms", "--filter", "status=exited"},
                                      clock);
  if (!listed) return Failure(listed.error());
  std::istringstream ids(*listed);
  std::size_t removed = 0;
  for (std::string id; ids >> id;) {
    const auto line = run_container_runtime(
        programs,
        {"inspect", "--format",
         "{{json .State.FinishedAt}} {{index .Config.Labels \"endure.remove-after-ms\"}}", id},
        clock);
    if (!line) continue;  // it went by itself
    const auto due = removal_time(*line);
    if (!due || *due > clock.now()) continue;
    if (run_container_runtime(programs, {"rm", "--force", id}, clock)) ++removed;
  }
  return removed;
}

}  // namespace endure::run
