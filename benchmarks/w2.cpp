#include "benchmarks/w2.hpp"

#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include "benchmarks/limits.hpp"
#include "benchmarks/process_figures.hpp"
#include "benchmarks/scratch_folder.hpp"
#include "benchmarks/workflows.hpp"

namespace endure::benchmarks {

namespace {

constexpr int lists = 100;
constexpr std::size_t page = 50;
constexpr double longest_leave_ms = 60'000;

std::string id_of(std::uint64_t n) {
  return "waiting-" + std::to_string(n);
}

workflow::CloudEvent event_for(std::uint64_t n) {
  return workflow::Json{{"specversion", "1.0"},
                        {"id", std::to_string(n)},
                        {"source", "bench"},
                        {"type", w2_event},
                        {"data", {{"approved", true}}}};
}

Result<double> send_events(NativeNode& node, const W2Options& options) {
  PoolOfCalls pool(
      options.workflows, options.concurrency,
      [&](std::uint64_t n, PoolOfCalls::Done done) {
        node.engine().send({"bench", id_of(n)}, event_for(n),
                           [done](const Result<actors::SendReceipt>& receipt) {
                             done(receipt ? Result<void>() : Failure{receipt.error()});
                           });
      },
      options.progress);
  if (auto ran = pool.run(); !ran) return Failure{ran.error()};
  return pool.seconds();
}

// A waiting workflow leaves memory by itself.
Result<void> wait_until_passive(actors::Engine& engine) {
  const auto begin = SteadyClock::now();
  while (engine.stats().active_workflows > 0) {
    if (ms_since(begin) > longest_leave_ms) {
      return fail(Code::retry_later, "waiting workflows do not leave memory");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return {};
}

// First pages of the lists that people look at.
Result<std::vector<double>> list_ms(persistence::Store& store) {
  std::vector<persistence::WorkflowFilter> filters(4);
  filters[1].phase = workflow::Phase::waiting;
  filters[2].status = "WAITING_FOR_REVIEW";
  filters[3].definition = "w2";
  std::vector<double> took;
  for (int i = 0; i < lists; ++i) {
    const auto begin = SteadyClock::now();
    const auto rows =
        store.list_workflows(filters[static_cast<std::size_t>(i) % 4], std::nullopt, page);
    if (!rows) return Failure{rows.error()};
    took.push_back(ms_since(begin));
  }
  return took;
}

std::uint64_t bytes_on_disk(const std::string& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

// Two transitions; the listener's row stands for the step's.
Result<TransitionShape> shape_of(persistence::Store& store) {
  constexpr std::size_t listener_bytes = 32;
  const auto number = store.find_workflow({"bench", id_of(0)});
  if (!number || !*number) return fail(Code::not_found, "the first workflow is gone");
  const auto stored = store.load_workflow(**number);
  const auto history = store.history(**number, 0, 1);
  if (!stored || !*stored || !history || history->rows.empty()) {
    return fail(Code::corrupt, "the first workflow cannot be read");
  }
  return TransitionShape{(*stored)->snapshot.size(), history->rows.front().bytes.size(),
                         listener_bytes, 2};
}

struct Found {
  double start_s = 0;
  double complete_s = 0;
  ProcessFigures waiting;  // while all wait
  std::uint64_t used_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::vector<double> list_ms;
  ProcessUse use;
  Writes writes;
};

Result<Found> measure(NativeNode& node, const W2Options& options, const std::string& folder) {
  Found found;
  const ProcessFigures before = figures_of();
  const auto started = start_waiting(node, options);
  if (!started) return Failure{started.error()};
  found.start_s = *started;
  if (auto left = wait_until_passive(node.engine()); !left) return Failure{left.error()};
  found.waiting = figures_of();
  found.used_bytes = node.store().stats().room.used_bytes;
  found.file_bytes = bytes_on_disk(folder);
  auto took = list_ms(node.store());
  if (!took) return Failure{took.error()};
  found.list_ms = std::move(*took);
  auto shape = shape_of(node.store());
  if (!shape) return Failure{shape.error()};
  const auto completed = send_events(node, options);
  if (!completed) return Failure{completed.error()};
  found.complete_s = *completed;
  found.use = use_between("node", before, figures_of());
  const auto stats = node.engine().stats();
  if (stats.completed != options.workflows) {
    return fail(Code::invalid, std::to_string(stats.completed) + " workflows have completed, not " +
                                   std::to_string(options.workflows));
  }
  found.writes = {*shape, stats.transitions, stats.journal.commits,
                  found.start_s + found.complete_s};
  return found;
}

void add_found(Report& report, const W2Options& options, const Found& found) {
  const auto workflows = static_cast<double>(options.workflows);
  report.add_text("mode", "native");
  report.add("workflows", workflows);
  report.add("start_per_s", workflows / found.start_s, "started", "/s");
  report.add("complete_per_s", workflows / found.complete_s, "completed by events", "/s");
  report.add("workflows_per_s", workflows / (found.start_s + found.complete_s));
  report.add("transitions_per_s", found.writes.per_s(), "transitions", "/s");
  report.add("waiting_anonymous_mb", found.waiting.anonymous_mb, "memory while they wait", "MB");
  report.add("waiting_rss_mb", found.waiting.rss_mb, "with mapped pages of the volume", "MB");
  report.add("disk_bytes_per_workflow", static_cast<double>(found.used_bytes) / workflows,
             "disk of a waiting workflow", "B");
  report.add("file_bytes_per_workflow", static_cast<double>(found.file_bytes) / workflows,
             "with free pages of the volume", "B");
  add_latencies(report, found.list_ms, "list");
  report.add("cpu_s", found.use.cpu_s);
  report.add("rss_peak_mb", found.use.rss_peak_mb);
  add_process(report, found.use);
  report.add("written_bytes", static_cast<double>(found.use.written_bytes));
}

}  // namespace

Result<double> start_waiting(NativeNode& node, const W2Options& options) {
  if (auto deployed = node.deploy(w2_definition); !deployed) return Failure{deployed.error()};
  const workflow::Value input(w1_input(0));
  PoolOfCalls pool(
      options.workflows, options.concurrency,
      [&](std::uint64_t n, PoolOfCalls::Done done) {
        node.engine().start(
            {{"bench", id_of(n)}, "w2", std::nullopt, input, actors::OnConflict::reject},
            [done](const Result<actors::StartReceipt>& receipt) {
              done(receipt ? Result<void>() : Failure{receipt.error()});
            });
      },
      options.progress);
  if (auto ran = pool.run(); !ran) return Failure{ran.error()};
  return pool.seconds();
}

Result<Report> run_w2(const W2Options& options) {
  const ScratchFolder scratch(options.folder);
  if (scratch.path().empty()) return fail(Code::io, "cannot make a scratch folder");
  const std::string volume = scratch.path() + "/volume";
  auto node = NativeNode::open(volume);
  if (!node) return Failure{node.error()};
  auto found = measure(**node, options, volume);
  if (!found) return Failure{found.error()};
  node->reset();
  Report report("w2", "w2, " + std::to_string(options.workflows) +
                          " workflows that wait for an event, in the node, full durability");
  add_found(report, options, *found);
  if (auto added = add_limits(report, found->writes, scratch.path()); !added) {
    return Failure{added.error()};
  }
  return report;
}

}  // namespace endure::benchmarks
