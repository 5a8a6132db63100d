#include "runtime/bench_bridge.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "benchmarks/latencies.hpp"
#include "benchmarks/scratch_folder.hpp"
#include "runtime/bench_echo.hpp"

namespace endure {

namespace {

using benchmarks::Report;
using benchmarks::SteadyClock;

constexpr std::uint64_t turns = 20;

// What one of the two has done in its turns.
struct Side {
  std::function<Result<std::unique_ptr<Echo>>(const std::string& folder)> connect;
  std::uint64_t done = 0;
  double seconds = 0;
  std::vector<double> alone_us;   // with one in flight
  std::vector<double> loaded_us;  // with many

  double per_s() const { return seconds > 0 ? static_cast<double>(done) / seconds : 0; }
};

// On a connection of its own each time: which processor a thread comes to lie on halves or doubles
// a round trip, and must not be decided once for all.
Result<void> take_turn(Side& side, const BenchBridgeOptions& options, const std::string& body) {
  const benchmarks::ScratchFolder scratch("");
  if (scratch.path().empty()) return fail(Code::io, "cannot make a scratch folder");
  auto echo = side.connect(scratch.path() + "/keys");
  if (!echo) return Failure{echo.error()};
  if (auto warm = (*echo)->run(100, 10, body); !warm) return Failure{warm.error()};
  const std::uint64_t share = std::max<std::uint64_t>(10, options.calls / turns);
  auto alone = (*echo)->run(share / 10, 1, body);
  if (!alone) return Failure{alone.error()};
  side.alone_us.insert(side.alone_us.end(), alone->begin(), alone->end());
  const auto begin = SteadyClock::now();
  auto loaded = (*echo)->run(share, options.in_flight, body);
  if (!loaded) return Failure{loaded.error()};
  side.seconds += benchmarks::ms_since(begin) / 1'000;
  side.done += share;
  side.loaded_us.insert(side.loaded_us.end(), loaded->begin(), loaded->end());
  return {};
}

void add_side(Report& report, const Side& side, const std::string& name) {
  const std::string key = name + ".";
  report.add(key + "p50_us", benchmarks::percentile(side.alone_us, 0.50),
             name + ", one in flight, p50", "us");
  report.add(key + "p99_us", benchmarks::percentile(side.alone_us, 0.99),
             name + ", one in flight, p99", "us");
  report.add(key + "loaded_p50_us", benchmarks::percentile(side.loaded_us, 0.50));
  report.add(key + "loaded_p99_us", benchmarks::percentile(side.loaded_us, 0.99),
             name + ", many in flight, p99", "us");
  report.add(key + "round_trips_per_s", side.per_s(), name + ", round trips", "/s");
  report.add(key + "messages_per_s", 2 * side.per_s());
}

Result<Report> compare(const BenchBridgeOptions& options, bool curve) {
  Side ours;
  ours.connect = [&](const std::string& folder) { return echo_of_bridges(curve ? folder : ""); };
  Side raw;
  raw.connect = [&](const std::string&) { return echo_of_sockets(curve); };
  const std::string body(options.bytes, 'x');
  for (std::uint64_t turn = 0; turn < turns; ++turn) {
    for (Side* side : {&ours, &raw}) {
      if (auto took = take_turn(*side, options, body); !took) return Failure{took.error()};
    }
    if (options.progress) options.progress(turn + 1, turns);
  }

  Report report("bridge", "bridge, " + std::to_string(ours.done) + " calls of " +
                              std::to_string(options.bytes) + " bytes and as many back, " +
                              std::to_string(options.in_flight) + " in flight, " +
                              (curve ? "CURVE" : "plain"));
  report.add_text("security", curve ? "curve" : "plain");
  report.add("calls", static_cast<double>(ours.done));
  report.add("in_flight", options.in_flight);
  report.add("bytes", options.bytes);
  add_side(report, ours, "bridge");
  add_side(report, raw, "raw");
  report.add("ratio", ours.per_s() / raw.per_s(), "bridge to raw ZeroMQ",
             "of the round trips a second");
  report.add("p50_ratio",
             benchmarks::percentile(raw.alone_us, 0.5) / benchmarks::percentile(ours.alone_us, 0.5),
             "raw p50 to the bridge's");
  return report;
}

}  // namespace

Result<std::vector<Report>> run_bench_bridge(const BenchBridgeOptions& options) {
  set_log_level(Level::warning);  // as for the nodes of other benchmarks
  std::vector<Report> reports;
  for (const bool curve : {true, false}) {
    auto report = compare(options, curve);
    if (!report) return Failure{report.error()};
    reports.push_back(std::move(*report));
  }
  return reports;
}

}  // namespace endure
