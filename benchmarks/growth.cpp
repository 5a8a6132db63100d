#include "benchmarks/growth.hpp"

#include <algorithm>

#include "benchmarks/native_load.hpp"
#include "benchmarks/scratch_folder.hpp"

namespace endure::benchmarks {

namespace {

struct Rate {
  double workflows_per_s = 0;
  double transitions_per_s = 0;
  double p99_ms = 0;
  double mean_batch = 0;
};

Result<Rate> measure(const W1Options& options, const std::string& folder) {
  auto node = NativeNode::open(folder);
  if (!node) return Failure{node.error()};
  const auto shape = prepare_w1(**node, options);
  if (!shape) return Failure{shape.error()};
  add_w1_workers(**node);
  const auto load = run_w1_on(**node, options, *shape);
  if (!load) return Failure{load.error()};
  return Rate{static_cast<double>(options.workflows) / load->writes.seconds, load->writes.per_s(),
              percentile(load->latencies_ms, 0.99), load->writes.mean_batch()};
}

}  // namespace

Result<Report> run_growth(const GrowthOptions& options) {
  const ScratchFolder scratch(options.w1.folder);
  if (scratch.path().empty()) return fail(Code::io, "cannot make a scratch folder");
  const auto empty = measure(options.w1, scratch.path() + "/empty");
  if (!empty) return Failure{empty.error()};
  const std::string folder = scratch.path() + "/full";
  if (auto filled = fill_volume(folder, options.completed, options.w1.progress); !filled) {
    return Failure{filled.error()};
  }
  const auto full = measure(options.w1, folder);
  if (!full) return Failure{full.error()};

  Report report("growth", "growth, " + std::to_string(options.w1.workflows) + " workflows, " +
                              std::to_string(options.w1.concurrency) +
                              " in flight, on a volume with " + std::to_string(options.completed) +
                              " completed ones");
  report.add("completed", static_cast<double>(options.completed));
  report.add("workflows", static_cast<double>(options.w1.workflows));
  report.add("concurrency", options.w1.concurrency);
  report.add("empty.workflows_per_s", empty->workflows_per_s);
  report.add("empty.transitions_per_s", empty->transitions_per_s, "empty volume", "transitions/s");
  report.add("empty.p99_ms", empty->p99_ms, "p99", "ms");
  report.add("empty.mean_batch", empty->mean_batch);
  report.add("workflows_per_s", full->workflows_per_s);
  report.add("transitions_per_s", full->transitions_per_s, "full volume", "transitions/s");
  report.add("p99_ms", full->p99_ms, "p99", "ms");
  report.add("mean_batch", full->mean_batch);
  report.add("ratio", full->transitions_per_s / std::max(empty->transitions_per_s, 1e-9),
             "full to empty");
  return report;
}

}  // namespace endure::benchmarks
