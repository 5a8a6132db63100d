#include "benchmarks/w3.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "benchmarks/history_check.hpp"
#include "benchmarks/http_load.hpp"
#include "benchmarks/node_process.hpp"
#include "benchmarks/scratch_folder.hpp"
#include "benchmarks/w2.hpp"
#include "benchmarks/worker_process.hpp"
#include "benchmarks/workflows.hpp"
#include "persistence/lmdb/lmdb_store.hpp"

namespace endure::benchmarks {

namespace {

constexpr std::uint64_t starts_in_a_call = 500;
constexpr double longest_wait_ms = 120'000;
constexpr auto between_looks = std::chrono::milliseconds(2);
constexpr int lists = 20;

Result<void> prepare_waiting(const W3Options& options, const std::string& volume) {
  auto node = NativeNode::open(volume);
  if (!node) return Failure{node.error()};
  W2Options waiting;
  waiting.workflows = options.workflows;
  waiting.progress = options.progress;
  const auto started = start_waiting(**node, waiting);
  if (!started) return Failure{started.error()};
  return {};
}

Result<void> start_all(const NodeProcess& node, const HttpStarts& starts, std::uint64_t count) {
  HttpLine line = node.line();
  for (std::uint64_t first = 0; first < count; first += starts_in_a_call) {
    const auto lot = std::min(starts_in_a_call, count - first);
    if (auto done = starts.start(line, first, lot); !done) return done;
  }
  return {};
}

// Until the node has made `transitions` since its start; the milliseconds that it took.
Result<double> wait_for(const NodeProcess& node, std::uint64_t transitions) {
  HttpLine line = node.line();
  const auto begin = SteadyClock::now();
  for (;;) {
    const auto now = counters_of(line);
    if (!now) return Failure{now.error()};
    if (now->transitions >= transitions) return ms_since(begin);
    if (ms_since(begin) > longest_wait_ms) {
      return fail(Code::retry_later, "the work in flight does not go on");
    }
    std::this_thread::sleep_for(between_looks);
  }
}

Result<std::vector<double>> list_ms(const NodeProcess& node) {
  HttpLine line = node.line();
  std::vector<double> took;
  for (int i = 0; i < lists; ++i) {
    const auto begin = SteadyClock::now();
    const auto answer = line.get(i % 2 == 0 ? "/v1/workflows?phase=waiting"
                                            : "/v1/workflows?status=WAITING_FOR_REVIEW");
    if (!answer || answer->status != 200) return fail(Code::io, "the node does not list");
    took.push_back(ms_since(begin));
  }
  return took;
}

// How many still wait, as the volume says.
Result<std::uint64_t> count_waiting(const std::string& volume) {
  persistence::LmdbConfig config;
  config.folder = volume;
  auto store = persistence::open_lmdb_store(config);
  if (!store) return Failure{store.error()};
  constexpr std::size_t page = 10'000;
  std::uint64_t count = 0;
  WorkflowNumber last = 0;
  for (;;) {
    const auto numbers = (*store)->live_workflows(workflow::Phase::waiting, last, page);
    if (!numbers) return Failure{numbers.error()};
    count += numbers->size();
    if (numbers->size() < page) return count;
    last = numbers->back();
  }
}

struct Found {
  double ready_ms = 0;
  double first_ms = 0;    // from the start of the process to the first transition
  double resumed_ms = 0;  // … until all in flight have gone on
  double done_ms = 0;     // … until all of them have completed
  std::vector<double> list_ms;
  HistoryFindings histories;
  std::uint64_t waiting = 0;
};

// Lets the work in flight begin, and kills the node in the middle of it.
Result<void> run_until_killed(NodeProcess& node, const W3Options& options, const HttpStarts& starts,
                              std::optional<Subprocess>& worker, const std::string& folder) {
  if (auto started = node.start(); !started) return started;
  if (auto deployed = node.deploy(w1_definition); !deployed) return deployed;
  if (auto done = start_all(node, starts, options.concurrency); !done) return done;
  auto process = start_worker({}, node, folder);
  if (!process) return Failure{process.error()};
  worker = std::move(*process);
  const auto under_way = wait_for(node, options.concurrency + options.concurrency / 2);
  if (!under_way) return Failure{under_way.error()};
  node.kill();
  return {};
}

Result<Found> recover(NodeProcess& node, const W3Options& options, const HttpStarts& starts) {
  Found found;
  const std::int64_t begin_ms = SystemClock().now().ms;
  if (auto started = node.start(); !started) return Failure{started.error()};
  found.ready_ms = node.ready_after_ms();
  const auto first = wait_for(node, 1);
  if (!first) return Failure{first.error()};
  found.first_ms = found.ready_ms + *first;
  const auto histories =
      check_histories(node, starts, options.concurrency, begin_ms, longest_wait_ms);
  if (!histories) return Failure{histories.error()};
  found.histories = *histories;
  found.resumed_ms = static_cast<double>(histories->last_resumed.ms - begin_ms);
  found.done_ms = static_cast<double>(histories->last_transition.ms - begin_ms);
  auto took = list_ms(node);
  if (!took) return Failure{took.error()};
  found.list_ms = std::move(*took);
  return found;
}

}  // namespace

Result<Report> run_w3(const W3Options& options) {
  const ScratchFolder scratch(options.folder);
  if (scratch.path().empty()) return fail(Code::io, "cannot make a scratch folder");
  const std::string volume = scratch.path() + "/data";
  if (auto prepared = prepare_waiting(options, volume); !prepared) {
    return Failure{prepared.error()};
  }
  NodeProcess node(scratch.path());
  const HttpStarts starts("w1", "w-");
  std::optional<Subprocess> worker;
  if (auto killed = run_until_killed(node, options, starts, worker, scratch.path()); !killed) {
    return Failure{killed.error()};
  }
  auto found = recover(node, options, starts);
  if (!found) return Failure{found.error()};
  const ProcessFigures figures = node.figures();
  worker->stop();
  node.stop();
  const auto waiting = count_waiting(volume);
  if (!waiting) return Failure{waiting.error()};

  Report report("w3", "w3, kill -9 with " + std::to_string(options.workflows) + " waiting and " +
                          std::to_string(options.concurrency) + " in flight");
  report.add("workflows", static_cast<double>(options.workflows));
  report.add("concurrency", options.concurrency);
  report.add("ready_ms", found->ready_ms, "start to ready", "ms");
  report.add("first_transition_ms", found->first_ms, "start to the first transition", "ms");
  report.add("resumed_ms", found->resumed_ms, "all in flight have gone on", "ms");
  report.add("completed_ms", found->done_ms, "all in flight have completed", "ms");
  report.add("lost", static_cast<double>(found->histories.lost), "lost in flight");
  report.add("repeated", static_cast<double>(found->histories.repeated), "transitions repeated");
  report.add("lost_waiting", static_cast<double>(options.workflows) - static_cast<double>(*waiting),
             "lost while waiting");
  add_latencies(report, found->list_ms, "list");
  report.add("rss_peak_mb", figures.rss_peak_mb, "peak memory of the node", "MB");
  report.add("cpu_s", figures.cpu_s, "CPU of the node", "s");
  return report;
}

}  // namespace endure::benchmarks
