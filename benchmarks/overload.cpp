#include "benchmarks/overload.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "benchmarks/http_load.hpp"
#include "benchmarks/node_process.hpp"
#include "benchmarks/open_load.hpp"
#include "benchmarks/scratch_folder.hpp"
#include "benchmarks/worker_process.hpp"
#include "benchmarks/workflows.hpp"

namespace endure::benchmarks {

namespace {

constexpr std::uint32_t probe_concurrency = 1'024;
constexpr double longest_drain_ms = 600'000;
constexpr std::size_t most_looked_at = 2'000;

// Until as many have completed as were accepted, or nothing has for a while; how many are missing.
Result<std::uint64_t> wait_for_ends(HttpLine& line, std::uint64_t expected) {
  const auto begin = SteadyClock::now();
  std::uint64_t completed = 0;
  while (ms_since(begin) < longest_drain_ms) {
    const auto now = counters_of(line);
    if (!now) return Failure{now.error()};
    completed = now->completed;
    if (completed >= expected) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return expected - completed;
}

// How long accepted workflows lived, as their summaries say.
Result<std::vector<double>> lives_ms(HttpLine& line, const std::vector<std::string>& ids) {
  std::vector<double> lives;
  const std::size_t step = std::max<std::size_t>(1, ids.size() / most_looked_at);
  for (std::size_t i = 0; i < ids.size(); i += step) {
    const auto answer = line.get("/v1/workflows/bench/" + ids[i]);
    if (!answer) return Failure{answer.error()};
    const auto json = answer->json();
    Instant created;
    Instant updated;
    if (!from_rfc3339(json.value("created", ""), created) ||
        !from_rfc3339(json.value("updated", ""), updated)) {
      return fail(Code::not_found, "an accepted workflow is not there: " + answer->body);
    }
    lives.push_back(static_cast<double>(updated - created));
  }
  return lives;
}

}  // namespace

Result<Report> run_overload(const OverloadOptions& options) {
  const ScratchFolder scratch(options.folder);
  if (scratch.path().empty()) return fail(Code::io, "cannot make a scratch folder");
  NodeProcess node(scratch.path());
  if (auto started = node.start(); !started) return Failure{started.error()};
  if (auto deployed = node.deploy(w1_definition); !deployed) return Failure{deployed.error()};
  const auto worker = start_worker({}, node, scratch.path());
  if (!worker) return Failure{worker.error()};
  HttpLoad probe(node, options.workflows, probe_concurrency, "probe-");
  if (auto ran = probe.run(); !ran) return Failure{ran.error()};
  const double sustainable = static_cast<double>(probe.workflows()) / probe.seconds();

  const ProcessFigures before = node.figures();
  OpenLoad load(node,
                {options.factor * sustainable, static_cast<double>(options.seconds),
                 options.connections, options.batch, options.progress},
                "over-");
  if (auto ran = load.run(); !ran) return Failure{ran.error()};
  const ProcessFigures after = node.figures();
  const auto drain_begin = SteadyClock::now();
  HttpLine line = node.line();
  const auto lost = wait_for_ends(line, probe.workflows() + load.accepted());
  if (!lost) return Failure{lost.error()};
  const double drain_s = ms_since(drain_begin) / 1'000;
  const auto lives = lives_ms(line, load.some_ids());
  if (!lives) return Failure{lives.error()};

  const auto offered = static_cast<double>(load.offered());
  const auto accepted = static_cast<double>(load.accepted());
  Report report("overload", "overload, W1 started over HTTP at " +
                                std::to_string(static_cast<int>(options.factor)) +
                                " times the sustainable rate for " +
                                std::to_string(options.seconds) + " s");
  report.add("seconds", load.seconds());
  report.add("sustainable_per_s", sustainable, "sustainable", "workflows/s");
  report.add("offered_per_s", offered / load.seconds(), "offered", "/s");
  report.add("accepted_per_s", accepted / load.seconds(), "accepted", "/s");
  report.add("refused_share", offered > 0 ? 1 - accepted / offered : 0, "turned away");
  report.add("calls_refused", static_cast<double>(load.calls_refused()), "calls answered 429");
  report.add("retry_after", load.said_when() ? 1 : 0, "all of them with Retry-After");
  add_latencies(report, load.latencies_ms(), "accepted");
  add_latencies(report, *lives, "life");
  report.add("rss_before_mb", before.rss_mb, "memory before", "MB");
  report.add("rss_after_mb", after.rss_mb, "memory at the end", "MB");
  report.add("anonymous_after_mb", after.anonymous_mb, "without pages of files", "MB");
  report.add("rss_peak_mb", after.rss_peak_mb, "peak memory", "MB");
  report.add("drain_s", drain_s, "until all accepted ended", "s");
  report.add("lost", static_cast<double>(*lost), "lost");
  return report;
}

}  // namespace endure::benchmarks
