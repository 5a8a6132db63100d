#include "benchmarks/idle.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include "benchmarks/latencies.hpp"
#include "benchmarks/node_process.hpp"
#include "benchmarks/scratch_folder.hpp"

namespace endure::benchmarks {

namespace {

constexpr int starts = 5;
constexpr auto settling = std::chrono::seconds(1);

// Without symbols, as it is installed; 0 where there is no `strip`.
double stripped_mb(const std::string& folder) {
  const std::string file = folder + "/stripped";
  auto strip = Subprocess::start({"strip", "-o", file, own_program()}, folder + "/strip.log");
  if (!strip) return 0;
  while (!strip->has_ended()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  return error ? 0 : static_cast<double>(bytes) / 1e6;
}

}  // namespace

Result<Report> run_idle(const IdleOptions& options) {
  const ScratchFolder scratch(options.folder);
  if (scratch.path().empty()) return fail(Code::io, "cannot make a scratch folder");
  std::vector<double> ready_ms;
  for (int i = 0; i < starts; ++i) {
    const std::string folder = scratch.path() + "/" + std::to_string(i);
    std::filesystem::create_directories(folder);
    NodeProcess node(folder);
    if (auto started = node.start(); !started) return Failure{started.error()};
    ready_ms.push_back(node.ready_after_ms());
    node.stop();
  }
  NodeProcess node(scratch.path());
  if (auto started = node.start(); !started) return Failure{started.error()};
  std::this_thread::sleep_for(settling);
  const ProcessFigures before = node.figures();
  std::this_thread::sleep_for(std::chrono::milliseconds(options.watch_ms));
  const ProcessFigures after = node.figures();

  Report report("idle", "idle, a node with nothing to do");
  report.add("ready_ms", percentile(ready_ms, 0.5), "start to ready, empty folder", "ms");
  report.add("cpu_percent",
             (after.cpu_s - before.cpu_s) * 1e5 / static_cast<double>(options.watch_ms),
             "of a core", "%");
  report.add("rss_mb", after.rss_mb, "memory", "MB");
  report.add("anonymous_mb", after.anonymous_mb, "without pages of files", "MB");
  if (const double mb = stripped_mb(scratch.path()); mb > 0) {
    report.add("binary_mb", mb, "the program, stripped", "MB");
  }
  return report;
}

}  // namespace endure::benchmarks
