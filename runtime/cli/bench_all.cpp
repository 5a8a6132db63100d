// bench all: every workload, one after the other, as the results in benchmarks/results were taken.
#include <algorithm>
#include <memory>

#include "benchmarks/decide.hpp"
#include "benchmarks/growth.hpp"
#include "benchmarks/idle.hpp"
#include "benchmarks/overload.hpp"
#include "benchmarks/starts.hpp"
#include "benchmarks/w1_cluster.hpp"
#include "benchmarks/w1_workers.hpp"
#include "benchmarks/w2.hpp"
#include "benchmarks/w3.hpp"
#include "runtime/bench_bridge.hpp"
#include "runtime/cli/bench_run.hpp"
#include "runtime/cli/exit_code.hpp"

namespace endure::cli {
namespace {

struct All {
  double scale = 1;  // of the numbers of workflows
  int repeat = 1;
  std::string folder;
  std::string python = "/usr/bin/python3";

  std::uint64_t scaled(std::uint64_t workflows) const {
    return std::max<std::uint64_t>(
        20, static_cast<std::uint64_t>(static_cast<double>(workflows) * scale));
  }
  std::uint32_t scaled_time(std::uint32_t seconds) const {
    return std::max<std::uint32_t>(2, static_cast<std::uint32_t>(seconds * std::min(1.0, scale)));
  }
};

benchmarks::W1Options w1(const All& all, std::uint64_t workflows, std::uint32_t concurrency,
                         std::size_t text_bytes = 160) {
  benchmarks::W1Options options;
  options.workflows = all.scaled(workflows);
  options.concurrency = concurrency;
  options.text_bytes = text_bytes;
  options.folder = all.folder;
  options.progress = show_progress;
  return options;
}

Measure native(benchmarks::W1Options options) {
  return [options = std::move(options)] { return alone(benchmarks::run_w1_native(options)); };
}

Measure worker(const All& all, benchmarks::WorkerKind kind, benchmarks::W1Options options) {
  return [options = std::move(options), worker = benchmarks::WorkerOptions{kind, all.python}] {
    return alone(benchmarks::run_w1_workers(options, worker));
  };
}

Measure starts(const All& all, std::uint64_t workflows, std::uint32_t connections,
               std::uint32_t batch) {
  benchmarks::StartsOptions options{all.scaled(workflows), connections, batch, all.folder,
                                    show_progress};
  return [options = std::move(options)] { return alone(benchmarks::run_starts(options)); };
}

std::vector<Measure> workloads(const All& all) {
  using benchmarks::WorkerKind;
  std::vector<Measure> list;
  list.push_back([all] { return alone(benchmarks::run_idle({10'000, all.folder})); });
  list.push_back([all] { return benchmarks::run_decide(all.scaled(2'000)); });
  list.push_back(native(w1(all, 5'000, 1)));
  for (const auto& [workflows, in_flight] :
       {std::pair{100'000U, 64U}, {200'000U, 256U}, {300'000U, 1'024U}, {300'000U, 4'096U}}) {
    list.push_back(native(w1(all, workflows, in_flight)));
  }
  list.push_back(native(w1(all, 2'000, 64, 65'536)));
  list.push_back(worker(all, WorkerKind::cpp, w1(all, 1'000, 1)));
  for (const std::uint32_t in_flight : {64U, 256U, 1'024U}) {
    list.push_back(worker(all, WorkerKind::cpp, w1(all, 60'000, in_flight)));
    list.push_back(worker(all, WorkerKind::python, w1(all, 30'000, in_flight)));
  }
  list.push_back([all] {
    return benchmarks::run_w1_cluster({all.scaled(60'000), 1'024, 3, all.folder, show_progress});
  });
  list.push_back([all] {
    BenchBridgeOptions options;
    options.calls = all.scaled(options.calls);
    return run_bench_bridge(options);
  });
  list.push_back(starts(all, 200'000, 1, 100));
  list.push_back(starts(all, 200'000, 4, 100));
  list.push_back(starts(all, 50'000, 32, 1));
  list.push_back([all] {
    return alone(benchmarks::run_w2({all.scaled(1'000'000), 4'096, all.folder, show_progress}));
  });
  list.push_back([all] {
    const auto in_flight = static_cast<std::uint32_t>(all.scaled(10'000));
    return alone(benchmarks::run_w3({all.scaled(1'000'000), in_flight, all.folder, show_progress}));
  });
  list.push_back([all] {
    return alone(benchmarks::run_growth({all.scaled(10'000'000), w1(all, 200'000, 1'024)}));
  });
  list.push_back([all] {
    benchmarks::OverloadOptions options;
    options.seconds = all.scaled_time(60);
    options.workflows = all.scaled(50'000);
    options.folder = all.folder;
    options.progress = show_progress;
    return alone(benchmarks::run_overload(options));
  });
  return list;
}

// One that fails does not keep the others from running.
int run_all(Context& context, const All& all) {
  int code = exit_ok;
  for (const Measure& workload : workloads(all)) {
    code = std::max(code, measure(context, all.repeat, workload));
  }
  return code;
}

}  // namespace

void add_bench_all(Verb bench, Context& context) {
  const auto all = std::make_shared<All>();
  const Verb verb = bench.verb("all", "Every workload, one after the other (half an hour)",
                               "  endure bench all --output json > figures.jsonl\n"
                               "  endure bench all --scale 0.01");
  verb.option("--scale", all->scale, "Of the numbers of workflows: 0.01 for a quick look")
      .range(0.00001, 100.0)
      .shows_default();
  verb.option("--python", all->python, "The interpreter of a Python worker").shows_default();
  add_repeat(verb, all->repeat);
  add_folder(verb, all->folder);
  verb.on_run(context, [&context, all] { return run_all(context, *all); });
}

}  // namespace endure::cli
