#include "benchmarks/starts.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "benchmarks/http_load.hpp"
#include "benchmarks/http_starts.hpp"
#include "benchmarks/latencies.hpp"
#include "benchmarks/node_process.hpp"
#include "benchmarks/scratch_folder.hpp"
#include "benchmarks/workflows.hpp"

namespace endure::benchmarks {

namespace {

// One thread a connection; each takes the next lot.
class Connections {
 public:
  Connections(const NodeProcess& node, const StartsOptions& options)
      : node_(node), options_(options), starts_("w1", "w-") {}

  Result<void> run() {
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < options_.connections; ++i) {
      threads.emplace_back([this] { serve(); });
    }
    for (auto& thread : threads) thread.join();
    if (error_) return Failure{*error_};
    return {};
  }
  const std::vector<double>& latencies_ms() const { return latencies_ms_; }

 private:
  void serve() {
    HttpLine line = node_.line();
    for (;;) {
      const std::uint64_t first = next_.fetch_add(options_.batch);
      if (first >= options_.workflows) return;
      const auto count = std::min<std::uint64_t>(options_.batch, options_.workflows - first);
      const auto begin = SteadyClock::now();
      const auto done = call(line, first, count);
      const std::lock_guard lock(mutex_);
      if (!done) {
        error_ = done.error();
        next_ = options_.workflows;
        return;
      }
      latencies_ms_.push_back(ms_since(begin));
      if (options_.progress) options_.progress(first + count, options_.workflows);
    }
  }

  Result<void> call(HttpLine& line, std::uint64_t first, std::uint64_t count) {
    if (options_.batch > 1) return starts_.start(line, first, count);
    const auto answer = line.post("/v1/workflows", starts_.one(first));
    if (!answer) return Failure{answer.error()};
    if (answer->status == 201) return {};
    return fail(Code::invalid, "a start was refused: " + answer->body);
  }

  const NodeProcess& node_;
  const StartsOptions& options_;
  const HttpStarts starts_;
  std::atomic<std::uint64_t> next_{0};
  std::mutex mutex_;
  std::vector<double> latencies_ms_;
  std::optional<Error> error_;
};

}  // namespace

Result<Report> run_starts(const StartsOptions& options) {
  const ScratchFolder scratch(options.folder);
  if (scratch.path().empty()) return fail(Code::io, "cannot make a scratch folder");
  NodeProcess node(scratch.path());
  if (auto started = node.start(); !started) return Failure{started.error()};
  if (auto deployed = node.deploy(w1_definition); !deployed) return Failure{deployed.error()};
  const ProcessFigures node_before = node.figures();
  const ProcessFigures client_before = figures_of();
  Connections connections(node, options);
  const auto begin = SteadyClock::now();
  if (auto ran = connections.run(); !ran) return Failure{ran.error()};
  const double seconds = ms_since(begin) / 1'000;
  const ProcessUse use = use_between("node", node_before, node.figures());
  const ProcessUse client = use_between("client", client_before, figures_of());
  HttpLine line = node.line();
  const auto counters = counters_of(line);
  if (!counters) return Failure{counters.error()};
  if (counters->started != options.workflows) {
    return fail(Code::invalid, std::to_string(counters->started) + " were started, not " +
                                   std::to_string(options.workflows));
  }

  const auto workflows = static_cast<double>(options.workflows);
  Report report("starts", "starts, " + std::to_string(options.workflows) + " over HTTP, " +
                              std::to_string(options.batch) + " in a call, " +
                              std::to_string(options.connections) + " connections");
  report.add("workflows", workflows);
  report.add("batch", options.batch);
  report.add("connections", options.connections);
  report.add("starts_per_s", workflows / seconds, "started", "/s");
  add_latencies(report, connections.latencies_ms(), "call");
  report.add("cpu_us_per_start", use.cpu_s * 1e6 / workflows, "CPU of the node a start", "us");
  add_process(report, use);
  add_process(report, client);
  report.add("mean_batch",
             static_cast<double>(counters->transitions) /
                 static_cast<double>(std::max<std::uint64_t>(1, counters->commits)),
             "mean batch", "transitions a commit");
  return report;
}

}  // namespace endure::benchmarks
