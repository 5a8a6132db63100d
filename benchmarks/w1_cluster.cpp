#include "benchmarks/w1_cluster.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "benchmarks/cluster_processes.hpp"
#include "benchmarks/http_load.hpp"
#include "benchmarks/scratch_folder.hpp"
#include "benchmarks/workflows.hpp"

namespace endure::benchmarks {

namespace {

struct Figures {
  std::vector<ProcessFigures> nodes;
  std::vector<ProcessFigures> workers;
  std::vector<ProcessFigures> client;
};

Figures look(const ClusterProcesses& cluster) {
  Figures figures;
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    figures.nodes.push_back(cluster.node(i).figures());
    figures.workers.push_back(figures_of(cluster.workers()[i].pid()));
  }
  figures.client.push_back(figures_of());
  return figures;
}

// What several processes used together, added to what they did before.
void add_use(ProcessUse& sum, const std::vector<ProcessFigures>& before,
             const std::vector<ProcessFigures>& after) {
  sum.rss_peak_mb = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const ProcessUse use = use_between(sum.name, before[i], after[i]);
    sum.cpu_s += use.cpu_s;
    sum.rss_peak_mb += use.rss_peak_mb;
    sum.written_bytes += use.written_bytes;
  }
}

constexpr std::uint64_t turns = 4;  // of each way, by turns: what else the machine does meets both

// What one way of sending the starts came to.
struct Way {
  std::string name;
  std::size_t ahead = 0;  // the node that is asked for the workflows of node i is node i + ahead
  std::uint64_t workflows = 0;
  std::uint64_t crossed = 0;  // of them: started by a call to another node than their own
  std::uint64_t transitions = 0;
  std::uint64_t commits = 0;
  std::uint64_t turned_away = 0;  // starts that were sent again (429)
  std::uint64_t calls_between = 0;
  double seconds = 0;
  std::vector<double> latencies_ms{};
  ProcessUse nodes{"nodes"};
  ProcessUse workers{"workers"};
  ProcessUse client{"client"};

  double per_s() const { return static_cast<double>(workflows) / seconds; }
};

// One load a node at the same time, each with the ids of its node. `ahead`: the load of node i asks
// node i + ahead.
class Drive {
 public:
  Drive(const ClusterProcesses& cluster, const W1ClusterOptions& options, std::size_t ahead,
        const std::string& prefix, std::uint64_t workflows)
      : progress_(options.progress),
        crosses_(ahead % cluster.size() != 0),
        each_(std::max<std::uint64_t>(1, workflows / cluster.size())) {
    const auto in_flight = std::max<std::uint32_t>(
        2, options.concurrency / static_cast<std::uint32_t>(cluster.size()));
    done_ = std::vector<std::atomic<std::uint64_t>>(cluster.size());
    for (std::size_t i = 0; i < cluster.size(); ++i) {
      HttpTarget target{cluster.node(i), cluster.node((i + ahead) % cluster.size()),
                        cluster.ids_of(i)};
      loads_.push_back(std::make_unique<HttpLoad>(
          std::move(target), each_, in_flight, prefix,
          [this, i](std::uint64_t done, std::uint64_t) { show(i, done); }));
    }
  }

  Result<void> run() {
    std::vector<std::optional<Error>> errors(loads_.size());
    std::vector<std::thread> threads;
    const auto begin = SteadyClock::now();
    for (std::size_t i = 0; i < loads_.size(); ++i) {
      threads.emplace_back([&, i] {
        if (auto ran = loads_[i]->run(); !ran) errors[i] = ran.error();
      });
    }
    for (auto& thread : threads) thread.join();
    seconds_ = ms_since(begin) / 1'000;
    for (const auto& error : errors) {
      if (error) return Failure{*error};
    }
    return {};
  }

  void add_to(Way& way) const {
    way.seconds += seconds_;
    for (const auto& load : loads_) {
      way.workflows += load->workflows();
      // As their own node has counted them.
      if (crosses_) way.crossed += load->after().started - load->before().started;
      way.turned_away += load->turned_away();
      way.transitions += load->after().transitions - load->before().transitions;
      way.commits += load->after().commits - load->before().commits;
      const auto& latencies_ms = load->latencies_ms();
      way.latencies_ms.insert(way.latencies_ms.end(), latencies_ms.begin(), latencies_ms.end());
    }
  }

 private:
  void show(std::size_t load, std::uint64_t done) {
    if (!progress_) return;
    done_[load] = done;
    std::uint64_t sum = 0;
    for (const auto& each : done_) sum += each;
    progress_(sum, each_ * loads_.size());
  }

  const Progress progress_;
  const bool crosses_;
  const std::uint64_t each_;
  std::vector<std::atomic<std::uint64_t>> done_;
  std::vector<std::unique_ptr<HttpLoad>> loads_;
  double seconds_ = 0;
};

Result<void> take_turn(const ClusterProcesses& cluster, const W1ClusterOptions& options, Way& way,
                       std::uint64_t turn) {
  const std::string prefix = way.name + std::to_string(turn) + "-";
  Drive warm_up(cluster, options, way.ahead, "warm-up-" + prefix, 20 * cluster.size());
  if (auto ran = warm_up.run(); !ran) return ran;
  Drive measured(cluster, options, way.ahead, prefix, options.workflows / turns);
  const auto calls_before = cluster.calls_between();
  if (!calls_before) return Failure{calls_before.error()};
  const Figures before = look(cluster);
  if (auto ran = measured.run(); !ran) return ran;
  const Figures after = look(cluster);
  const auto calls_after = cluster.calls_between();
  if (!calls_after) return Failure{calls_after.error()};
  measured.add_to(way);
  way.calls_between += *calls_after - *calls_before;
  add_use(way.nodes, before.nodes, after.nodes);
  add_use(way.workers, before.workers, after.workers);
  add_use(way.client, before.client, after.client);
  return {};
}

void add_way(Report& report, const Way& way, const std::string& prefix) {
  const std::string key = prefix.empty() ? "" : prefix + ".";
  const std::string label = prefix.empty() ? "" : prefix + ", ";
  const auto workflows = static_cast<double>(way.workflows);
  report.add(key + "seconds", way.seconds);
  report.add(key + "workflows_per_s", way.per_s(), label + "workflows", "/s");
  report.add(key + "transitions_per_s", static_cast<double>(way.transitions) / way.seconds,
             label + "transitions", "/s");
  report.add(key + "p50_ms", percentile(way.latencies_ms, 0.50), label + "p50", "ms");
  report.add(key + "p95_ms", percentile(way.latencies_ms, 0.95));
  report.add(key + "p99_ms", percentile(way.latencies_ms, 0.99), label + "p99", "ms");
  report.add(key + "max_ms", percentile(way.latencies_ms, 1.0));
  report.add(key + "samples", static_cast<double>(way.latencies_ms.size()));
  report.add(key + "cpu_s", way.nodes.cpu_s + way.workers.cpu_s + way.client.cpu_s);
  report.add(key + "cpu_us_per_workflow", way.nodes.cpu_s * 1e6 / workflows,
             label + "CPU of all nodes", "us a workflow");
  report.add(key + "rss_peak_mb", way.nodes.rss_peak_mb);
  report.add(key + "written_bytes", static_cast<double>(way.nodes.written_bytes));
  report.add(key + "commits", static_cast<double>(way.commits));
  report.add(key + "mean_batch", static_cast<double>(way.transitions) /
                                     static_cast<double>(std::max<std::uint64_t>(1, way.commits)));
  report.add(key + "turned_away", static_cast<double>(way.turned_away));
  report.add(key + "crossing_starts", static_cast<double>(way.crossed) / workflows,
             label + "cross nodes", "of the starts");
  report.add(key + "crossing_transitions",
             static_cast<double>(way.crossed) /
                 static_cast<double>(std::max<std::uint64_t>(1, way.transitions)),
             label + "cross nodes", "of the transitions");
  report.add(key + "calls_between_nodes", static_cast<double>(way.calls_between),
             label + "calls between nodes");
}

Result<Report> measure(const W1ClusterOptions& options, std::size_t count) {
  const ScratchFolder scratch(options.folder);
  if (scratch.path().empty()) return fail(Code::io, "cannot make a scratch folder");
  auto cluster = ClusterProcesses::start(scratch.path(), count);
  if (!cluster) return Failure{cluster.error()};
  if (auto deployed = (*cluster)->node(0).deploy(w1_definition); !deployed) {
    return Failure{deployed.error()};
  }
  if (auto workers = (*cluster)->start_workers(); !workers) return Failure{workers.error()};
  Way direct{.name = "direct", .ahead = 0};
  Way routed{.name = "routed", .ahead = 1};
  for (std::uint64_t turn = 0; turn < turns; ++turn) {
    for (Way* way : {&direct, &routed}) {
      if (way->ahead % count != way->ahead) continue;  // there is no other node
      if (auto took = take_turn(**cluster, options, *way, turn); !took) {
        return Failure{took.error()};
      }
    }
  }

  Report report("w1_cluster", "w1 on a cluster of " + std::to_string(count) + ", " +
                                  std::to_string(direct.workflows) +
                                  " workflows started over HTTP, " +
                                  std::to_string(options.concurrency) +
                                  " in flight, a C++ worker beside each node, full durability");
  report.add_text("mode", "cpp");
  report.add_text("definition", "dsl");
  report.add("nodes", static_cast<double>(count));
  report.add("cores", std::thread::hardware_concurrency(), "cores of the machine");
  report.add("workflows", static_cast<double>(direct.workflows));
  report.add("concurrency", options.concurrency);
  add_way(report, direct, "");
  for (const auto& use : {direct.nodes, direct.workers, direct.client}) add_process(report, use);
  if (count > 1) {
    add_way(report, routed, "routed");
    report.add("routed.ratio", routed.per_s() / direct.per_s(), "routed to direct");
  }
  (*cluster)->stop();
  return report;
}

}  // namespace

Result<std::vector<Report>> run_w1_cluster(const W1ClusterOptions& options) {
  std::vector<Report> reports;
  for (std::size_t count = 1; count <= options.nodes; ++count) {
    auto report = measure(options, count);
    if (!report) return Failure{report.error()};
    reports.push_back(std::move(*report));
  }
  return reports;
}

}  // namespace endure::benchmarks
