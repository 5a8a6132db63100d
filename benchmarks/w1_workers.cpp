#include "benchmarks/w1_workers.hpp"

#include "benchmarks/http_load.hpp"
#include "benchmarks/limits.hpp"
#include "benchmarks/native_load.hpp"
#include "benchmarks/scratch_folder.hpp"
#include "benchmarks/workflows.hpp"

namespace endure::benchmarks {

namespace {

struct Figures {
  ProcessFigures node;
  ProcessFigures worker;
  ProcessFigures client;
};

Figures look(const NodeProcess& node, const Subprocess& worker) {
  return {node.figures(), figures_of(worker.pid()), figures_of()};
}

// The rows' sizes are the same in a node of this process.
Result<TransitionShape> shape_of_w1(const W1Options& options, const std::string& folder) {
  auto node = NativeNode::open(folder);
  if (!node) return Failure{node.error()};
  return prepare_w1(**node, options);
}

const char* name_of(WorkerKind kind) {
  return kind == WorkerKind::python ? "python" : "cpp";
}

std::string heading(const W1Options& options, WorkerKind kind) {
  return "w1, " + std::to_string(options.workflows) + " workflows started over HTTP, " +
         std::to_string(options.concurrency) + " in flight, steps by one " + name_of(kind) +
         " worker, full durability";
}

void add_load(Report& report, const W1Options& options, WorkerKind kind, const HttpLoad& load,
              const Figures& before, const Figures& after) {
  const auto workflows = static_cast<double>(load.workflows());
  const auto transitions =
      static_cast<double>(load.after().transitions - load.before().transitions);
  const ProcessUse node = use_between("node", before.node, after.node);
  const ProcessUse worker = use_between("worker", before.worker, after.worker);
  const ProcessUse client = use_between("client", before.client, after.client);
  report.add_text("mode", name_of(kind));
  report.add_text("definition", "dsl");
  report.add("workflows", workflows);
  report.add("concurrency", options.concurrency);
  report.add("seconds", load.seconds());
  report.add("workflows_per_s", workflows / load.seconds(), "workflows", "/s");
  report.add("transitions_per_s", transitions / load.seconds(), "transitions", "/s");
  add_latencies(report, load.latencies_ms());
  report.add("samples", static_cast<double>(load.latencies_ms().size()));
  report.add("turned_away", static_cast<double>(load.turned_away()));
  report.add("cpu_s", node.cpu_s + worker.cpu_s + client.cpu_s);
  report.add("cpu_us_per_workflow", node.cpu_s * 1e6 / workflows, "CPU of the node a workflow",
             "us");
  report.add("rss_peak_mb", node.rss_peak_mb);
  for (const auto& use : {node, worker, client}) add_process(report, use);
  report.add("written_bytes", static_cast<double>(node.written_bytes));
}

}  // namespace

Result<Report> run_w1_workers(const W1Options& options, const WorkerOptions& worker_options) {
  const ScratchFolder scratch(options.folder);
  if (scratch.path().empty()) return fail(Code::io, "cannot make a scratch folder");
  const auto shape = shape_of_w1(options, scratch.path() + "/sizes");
  if (!shape) return Failure{shape.error()};
  NodeProcess node(scratch.path());
  if (auto started = node.start(); !started) return Failure{started.error()};
  if (auto deployed = node.deploy(w1_definition); !deployed) return Failure{deployed.error()};
  auto worker = start_worker(worker_options, node, scratch.path());
  if (!worker) return Failure{worker.error()};
  HttpLoad first(node, 20, 1, "warm-up-");  // until the worker is there
  if (auto ran = first.run(); !ran) return Failure{ran.error()};

  const Figures before = look(node, *worker);
  HttpLoad load(node, options.workflows, options.concurrency, "w-", options.progress);
  if (auto ran = load.run(); !ran) return Failure{ran.error()};
  const Figures after = look(node, *worker);
  worker->stop();
  node.stop();

  Report report(options.concurrency == 1 ? "w1b" : "w1", heading(options, worker_options.kind));
  add_load(report, options, worker_options.kind, load, before, after);
  const Writes writes{*shape, load.after().transitions - load.before().transitions,
                      load.after().commits - load.before().commits, load.seconds()};
  if (auto added = add_limits(report, writes, scratch.path()); !added) {
    return Failure{added.error()};
  }
  return report;
}

}  // namespace endure::benchmarks
