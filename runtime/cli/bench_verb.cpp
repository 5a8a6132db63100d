// bench: throughput, latency and cost of this build on this machine, beside the machine's limits.
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
#include "runtime/bench_worker.hpp"
#include "runtime/cli/bench_run.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

using benchmarks::Report;
using Reports = Result<std::vector<Report>>;

// A workload's options, and how often it is run.
template <class T>
struct Options {
  T workload;
  int repeat = 1;
};

// Its verb, for the options that only it has.
template <class T>
struct Workload {
  Verb verb;
  std::shared_ptr<Options<T>> options;
};

template <class T>
Workload<T> add_workload(Verb bench, Context& context, const char* name, const char* what,
                         const char* examples, T defaults, Result<Report> (*run)(const T&)) {
  auto options = std::make_shared<Options<T>>();
  options->workload = std::move(defaults);
  const Verb verb = bench.verb(name, what, examples);
  add_repeat(verb, options->repeat);
  add_folder(verb, options->workload.folder);
  verb.on_run(context, [&context, options, run] {
    return measure(context, options->repeat, [&] { return alone(run(options->workload)); });
  });
  return {verb, options};
}

// -- w1 ---------------------------------------------------------------------------

struct W1Choice {
  benchmarks::W1Options w1;
  benchmarks::WorkerOptions worker;
  bool native = false;
  std::string worker_kind;  // empty: native
  std::uint32_t nodes = 0;  // of a cluster; 0: a node without one
  int repeat = 1;
};

Reports run_w1(const W1Choice& choice) {
  if (choice.nodes > 0) {
    return benchmarks::run_w1_cluster({choice.w1.workflows, choice.w1.concurrency, choice.nodes,
                                       choice.w1.folder, choice.w1.progress});
  }
  if (choice.worker_kind.empty()) return alone(benchmarks::run_w1_native(choice.w1));
  auto worker = choice.worker;
  worker.kind =
      choice.worker_kind == "python" ? benchmarks::WorkerKind::python : benchmarks::WorkerKind::cpp;
  return alone(benchmarks::run_w1_workers(choice.w1, worker));
}

void add_w1(Verb bench, Context& context, const char* name, const char* what,
            std::uint64_t workflows, std::uint32_t concurrency) {
  const auto choice = std::make_shared<W1Choice>();
  choice->w1.workflows = workflows;
  choice->w1.concurrency = concurrency;
  choice->w1.progress = show_progress;
  const Verb verb = bench.verb(name, what,
                               "  endure bench w1 --native --workflows 20000 --concurrency 256\n"
                               "  endure bench w1 --worker python --concurrency 1024 --repeat 3\n"
                               "  endure bench w1 --nodes 3\n"
                               "  endure bench w1b --native --output json");
  const Option native =
      verb.flag("--native", choice->native, "Steps by functions in the node (the default)");
  const Option worker =
      verb.option("--worker", choice->worker_kind,
                  "Steps by one worker process over ZeroMQ, workflows started over HTTP")
          .one_of({"python", "cpp"})
          .excludes(native);
  verb.option("--nodes", choice->nodes,
              "Clusters of 1, 2, … up to so many nodes, a C++ worker beside each, starts sent to "
              "the workflow's own node and to another")
      .range(1, 16)
      .excludes(native)
      .excludes(worker);
  verb.option("--python", choice->worker.python, "The interpreter of a Python worker")
      .shows_default();
  add_workflows(verb, choice->w1.workflows);
  add_concurrency(verb, choice->w1.concurrency);
  verb.option("--text", choice->w1.text_bytes, "Bytes of text that each workflow carries")
      .range(0, 500'000)
      .shows_default();
  add_repeat(verb, choice->repeat);
  add_folder(verb, choice->w1.folder);
  verb.option("--rogue", choice->w1.rogue_expression,
              "An expression that further workflows run meanwhile: '[range(1e12)]'");
  verb.on_run(context, [&context, choice] {
    return measure(context, choice->repeat, [&] { return run_w1(*choice); });
  });
}

// -- the others -------------------------------------------------------------------

void add_decide(Verb bench, Context& context) {
  struct Choice {
    std::uint64_t workflows = 2'000;
    int repeat = 1;
  };
  const auto choice = std::make_shared<Choice>();
  const Verb verb = bench.verb("decide", "The time of one decision, and a snapshot's size",
                               "  endure bench decide --output json");
  verb.option("--workflows", choice->workflows, "How many in all")
      .range(10, 10'000'000)
      .shows_default();
  add_repeat(verb, choice->repeat);
  verb.on_run(context, [&context, choice] {
    return measure(context, choice->repeat,
                   [&] { return benchmarks::run_decide(choice->workflows); });
  });
}

void add_w2(Verb bench, Context& context) {
  benchmarks::W2Options defaults;
  defaults.progress = show_progress;
  const auto [verb, options] = add_workload(
      bench, context, "w2", "Waiting: many workflows that wait for an event",
      "  endure bench w2 --workflows 1000000", std::move(defaults), benchmarks::run_w2);
  verb.flag("--native", "In this process (there is no other way)");
  add_workflows(verb, options->workload.workflows);
  add_concurrency(verb, options->workload.concurrency);
}

void add_w3(Verb bench, Context& context) {
  benchmarks::W3Options defaults;
  defaults.progress = show_progress;
  const auto [verb, options] =
      add_workload(bench, context, "w3", "Recovery: kill -9 with work waiting and in flight",
                   "  endure bench w3 --workflows 1000000 --concurrency 10000", std::move(defaults),
                   benchmarks::run_w3);
  add_workflows(verb, options->workload.workflows, "How many wait");
  add_concurrency(verb, options->workload.concurrency);
}

void add_starts(Verb bench, Context& context) {
  benchmarks::StartsOptions defaults;
  defaults.progress = show_progress;
  const auto [verb, options] =
      add_workload(bench, context, "starts", "Workflows started a second over HTTP",
                   "  endure bench starts --connections 4 --batch 100\n"
                   "  endure bench starts --connections 32 --batch 1",
                   std::move(defaults), benchmarks::run_starts);
  add_workflows(verb, options->workload.workflows);
  add_connections(verb, options->workload.connections, options->workload.batch);
}

void add_idle(Verb bench, Context& context) {
  const auto [verb, options] =
      add_workload(bench, context, "idle", "What a node costs that does nothing",
                   "  endure bench idle", benchmarks::IdleOptions{}, benchmarks::run_idle);
  verb.option("--watch-ms", options->workload.watch_ms, "How long it is watched")
      .range(100, 3'600'000)
      .shows_default();
}

void add_growth(Verb bench, Context& context) {
  struct Choice {
    benchmarks::GrowthOptions growth;
    int repeat = 1;
  };
  const auto choice = std::make_shared<Choice>();
  choice->growth.w1.workflows = 50'000;
  choice->growth.w1.concurrency = 1'024;
  choice->growth.w1.progress = show_progress;
  const Verb verb = bench.verb("growth", "W1 on a volume that holds many completed workflows",
                               "  endure bench growth --completed 10000000");
  verb.option("--completed", choice->growth.completed, "How many the volume holds")
      .range(1, 1'000'000'000)
      .shows_default();
  add_workflows(verb, choice->growth.w1.workflows);
  add_concurrency(verb, choice->growth.w1.concurrency);
  add_repeat(verb, choice->repeat);
  add_folder(verb, choice->growth.w1.folder);
  verb.on_run(context, [&context, choice] {
    return measure(context, choice->repeat,
                   [&] { return alone(benchmarks::run_growth(choice->growth)); });
  });
}

void add_overload(Verb bench, Context& context) {
  benchmarks::OverloadOptions defaults;
  defaults.progress = show_progress;
  const auto [verb, options] =
      add_workload(bench, context, "overload", "More starts than the node can take",
                   "  endure bench overload --factor 4 --seconds 60", std::move(defaults),
                   benchmarks::run_overload);
  verb.option("--factor", options->workload.factor, "Times the sustainable rate")
      .range(0.1, 100.0)
      .shows_default();
  verb.option("--seconds", options->workload.seconds, "How long").range(1, 86'400).shows_default();
  add_workflows(verb, options->workload.workflows, "To find the sustainable rate with");
  add_connections(verb, options->workload.connections, options->workload.batch);
}

void add_bridge(Verb bench, Context& context) {
  struct Choice {
    BenchBridgeOptions bridge;
    int repeat = 1;
  };
  const auto choice = std::make_shared<Choice>();
  choice->bridge.progress = show_progress;
  const Verb verb = bench.verb("bridge", "Calls between two nodes, beside raw ZeroMQ",
                               "  endure bench bridge --in-flight 64 --bytes 512 --repeat 3");
  verb.option("--calls", choice->bridge.calls, "How many in all")
      .range(10, 100'000'000)
      .shows_default();
  verb.option("--in-flight", choice->bridge.in_flight, "How many at a time")
      .range(1, 256)
      .shows_default();
  verb.option("--bytes", choice->bridge.bytes, "Of a call, and of its answer")
      .range(1, 10'000'000)
      .shows_default();
  add_repeat(verb, choice->repeat);
  verb.on_run(context, [&context, choice] {
    return measure(context, choice->repeat, [&] { return run_bench_bridge(choice->bridge); });
  });
}

// Not for people: what `bench w1 --worker cpp` starts.
void add_worker(Verb bench, Context& context) {
  const auto address = std::make_shared<std::string>();
  const Verb verb = bench.verb("worker", "Does W1's steps until SIGTERM", "");
  verb.option("--address", *address, "The node's worker gateway").required();
  verb.hide();
  verb.on_run(context, [address] { return run_bench_worker(*address); });
}

}  // namespace

void add_bench_verb(Verb app, Context& context) {
  const Verb bench = app.group("bench", "Measure this build on this machine");
  add_w1(bench, context, "w1", "Throughput: four durable steps a workflow, many in flight", 20'000,
         256);
  add_w1(bench, context, "w1b", "Latency: the same with one in flight", 2'000, 1);
  add_w2(bench, context);
  add_w3(bench, context);
  add_starts(bench, context);
  add_overload(bench, context);
  add_growth(bench, context);
  add_idle(bench, context);
  add_bridge(bench, context);
  add_decide(bench, context);
  add_bench_all(bench, context);
  add_worker(bench, context);
}

}  // namespace endure::cli
