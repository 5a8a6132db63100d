#include "runtime/cli/bench_run.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <ostream>
#include <utility>

#include "runtime/cli/exit_code.hpp"
#include "runtime/cli/report.hpp"

namespace endure::cli {

namespace {

using benchmarks::Report;

bool on_terminal() {
  return ::isatty(STDERR_FILENO) == 1;
}

void print(Context& context, const Report& report, int run) {
  if (context.json) {
    auto json = report.to_json();
    json["run"] = run;
    context.out << json.dump() << std::endl;
  } else {
    context.out << report.to_table() << std::endl;
  }
}

}  // namespace

void show_progress(std::uint64_t done, std::uint64_t all) {
  if (!on_terminal()) return;
  using Clock = std::chrono::steady_clock;
  static std::mutex mutex;
  static Clock::time_point shown;
  const std::lock_guard lock(mutex);
  if (Clock::now() - shown < std::chrono::milliseconds(100)) return;
  shown = Clock::now();
  constexpr int width = 40;
  const int filled = static_cast<int>(done * width / (all > 0 ? all : 1));
  std::fprintf(stderr, "\r[%-*.*s] %llu/%llu ", width, filled,
               "########################################", static_cast<unsigned long long>(done),
               static_cast<unsigned long long>(all));
}

int measure(Context& context, int repeat, const Measure& one_run) {
  for (int run = 1; run <= repeat; ++run) {
    const auto reports = one_run();
    if (on_terminal()) std::fprintf(stderr, "\r%-78s\r", "");
    if (!reports) {
      return report(context, exit_error, "the benchmark failed: " + reports.error().what,
                    "look at the disk's free space, or name another folder with --folder");
    }
    for (const Report& each : *reports) print(context, each, run);
  }
  return exit_ok;
}

Result<std::vector<Report>> alone(Result<Report> report) {
  if (!report) return Failure{report.error()};
  return std::vector<Report>{std::move(*report)};
}

void add_repeat(Verb verb, int& repeat) {
  verb.option("--repeat", repeat, "How many runs, one after the other")
      .range(1, 1'000)
      .shows_default();
}

void add_workflows(Verb verb, std::uint64_t& workflows, const char* what) {
  verb.option("--workflows", workflows, what).range(1, 100'000'000).shows_default();
}

void add_concurrency(Verb verb, std::uint32_t& concurrency) {
  verb.option("--concurrency", concurrency, "How many in flight").range(1, 100'000).shows_default();
}

void add_connections(Verb verb, std::uint32_t& connections, std::uint32_t& batch) {
  verb.option("--connections", connections, "Kept-alive connections").range(1, 256).shows_default();
  verb.option("--batch", batch, "Starts in a call").range(1, 1'000).shows_default();
}

void add_folder(Verb verb, std::string& folder) {
  verb.option("--folder", folder, "Where the scratch volume is made (else the temporary folder)");
}

}  // namespace endure::cli
