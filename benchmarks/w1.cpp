#include "benchmarks/w1.hpp"

#include <algorithm>

#include "benchmarks/native_load.hpp"
#include "benchmarks/rogues.hpp"
#include "benchmarks/scratch_folder.hpp"

namespace endure::benchmarks {

namespace {

std::string heading(const W1Options& options) {
  return "w1, " + std::to_string(options.workflows) + " workflows of a DSL document, " +
         std::to_string(options.concurrency) + " in flight, steps in the node, full durability";
}

void add_load(Report& report, const W1Options& options, const NativeLoad& load) {
  const auto workflows = static_cast<double>(options.workflows);
  report.add_text("mode", "native");
  report.add_text("definition", "dsl");
  report.add("workflows", workflows);
  report.add("concurrency", options.concurrency);
  report.add("seconds", load.writes.seconds);
  report.add("workflows_per_s", workflows / load.writes.seconds, "workflows", "/s");
  report.add("transitions_per_s", load.writes.per_s(), "transitions", "/s");
  add_latencies(report, load.latencies_ms);
  report.add("cpu_s", load.use.cpu_s);
  report.add("cpu_us_per_workflow", load.use.cpu_s * 1e6 / workflows, "CPU a workflow", "us");
  report.add("rss_peak_mb", load.use.rss_peak_mb);
  add_process(report, load.use);
  report.add("written_bytes", static_cast<double>(load.use.written_bytes));
  report.add("written_bytes_per_transition",
             static_cast<double>(load.use.written_bytes) /
                 static_cast<double>(std::max<std::uint64_t>(1, load.writes.transitions)),
             "written a transition", "B");
}

}  // namespace

Result<Report> run_w1_native(const W1Options& options) {
  const ScratchFolder scratch(options.folder);
  if (scratch.path().empty()) return fail(Code::io, "cannot make a scratch folder");
  auto node = NativeNode::open(scratch.path() + "/volume");
  if (!node) return Failure{node.error()};
  const auto shape = prepare_w1(**node, options);
  if (!shape) return Failure{shape.error()};
  add_w1_workers(**node);
  Rogues rogues(**node, options.rogue_expression);
  if (auto begun = rogues.begin(); !begun) return Failure{begun.error()};
  const auto load = run_w1_on(**node, options, *shape);
  const std::uint64_t stopped = rogues.stop();
  if (!load) return Failure{load.error()};
  node->reset();  // its threads must not disturb the limits

  Report report(options.concurrency == 1 ? "w1b" : "w1", heading(options));
  add_load(report, options, *load);
  if (!options.rogue_expression.empty()) {
    report.add("rogues", static_cast<double>(stopped), "rogue workflows", "stopped meanwhile");
  }
  if (auto added = add_limits(report, load->writes, scratch.path()); !added) {
    return Failure{added.error()};
  }
  if (const double commit_ms = report.value("limit.commit_ms"); commit_ms > 0) {
    report.add("limit.p50_in_commits", report.value("p50_ms") / commit_ms, "p50 in raw commits");
  }
  return report;
}

}  // namespace endure::benchmarks
