#include "benchmarks/w1.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "actors/engine.hpp"
#include "base/clock.hpp"
#include "benchmarks/process_figures.hpp"
#include "benchmarks/raw_limit.hpp"
#include "persistence/lmdb/lmdb_store.hpp"
#include "workflow/expressions.hpp"

namespace endure::benchmarks {

namespace {

using SteadyClock = std::chrono::steady_clock;
using workflow::Json;

constexpr const char* queues[] = {"receive", "enrich", "act", "complete"};
constexpr std::uint32_t transitions_per_workflow = 5;

constexpr const char* definition = R"(
document: { dsl: '1.0.3', namespace: bench, name: w1, version: '1.0.0' }
do:
  - receive: { call: receive, with: { post: "${ . }" } }
  - enrich: { call: enrich, with: { post: "${ . }" } }
  - act: { call: act, with: { post: "${ . }" } }
  - complete: { call: complete, with: { post: "${ . }" } }
)";

double ms_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count();
}

// About 300 bytes.
Json input_of(std::uint64_t n) {
  return {{"id", "post-" + std::to_string(n)},
          {"author", {{"name", "A. Benchmark"}, {"followers", 4711}}},
          {"text", std::string(160, 'x')},
          {"language", "en"},
          {"score", 0.75},
          {"tags", {"alpha", "beta", "gamma"}}};
}

// A folder that goes with its owner.
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& below) {
    std::string pattern =
        (below.empty() ? std::filesystem::temp_directory_path().string() : below) +
        "/endure-bench-XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Keeps `concurrency` workflows in flight until all have ended.
class Driver {
 public:
  Driver(actors::Engine& engine, const W1Options& options) : engine_(engine), options_(options) {
    latencies_.reserve(options.workflows);
  }

  // Nothing, or the first error.
  std::optional<Error> run() {
    const std::uint64_t first = std::min<std::uint64_t>(options_.concurrency, options_.workflows);
    for (std::uint64_t i = 0; i < first; ++i) start_next();
    std::unique_lock lock(mutex_);
    while (ended_ < options_.workflows && !error_) {
      changed_.wait_for(lock, std::chrono::milliseconds(200));
      if (options_.progress) options_.progress(ended_);
    }
    return error_;
  }

  std::vector<double> take_latencies() { return std::move(latencies_); }

 private:
  void start_next() {
    std::uint64_t n = 0;
    {
      const std::lock_guard lock(mutex_);
      if (started_ >= options_.workflows || error_) return;
      n = started_++;
    }
    const WorkflowName name{"bench", "w-" + std::to_string(n)};
    const auto begin = SteadyClock::now();
    engine_.start({name, "w1", std::nullopt, input_of(n), actors::OnConflict::reject},
                  [this, name, begin](const Result<actors::StartReceipt>& receipt) {
                    if (!receipt) return failed(receipt.error());
                    await(name, begin);
                  });
  }

  void await(const WorkflowName& name, SteadyClock::time_point begin) {
    engine_.await_end(name, 60'000, [this, begin](const Result<actors::WorkflowView>& view) {
      if (!view) return failed(view.error());
      if (view->summary.phase != workflow::Phase::completed) {
        return failed({Code::invalid,
                       "a workflow ended as " + std::string(to_string(view->summary.phase)) + ": " +
                           view->summary.cause,
                       ""});
      }
      finished(ms_since(begin));
    });
  }

  void finished(double latency_ms) {
    {
      const std::lock_guard lock(mutex_);
      latencies_.push_back(latency_ms);
      if (++ended_ == options_.workflows) changed_.notify_all();
    }
    start_next();
  }

  void failed(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
    changed_.notify_all();
  }

  actors::Engine& engine_;
  const W1Options& options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t started_ = 0;
  std::uint64_t ended_ = 0;
  std::optional<Error> error_;
  std::vector<double> latencies_;
};

Result<void> deploy(actors::Engine& engine, const std::string& source) {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Result<void>> outcome;
  engine.deploy(workflow::SourceFormat::yaml, source, [&](const auto& deployed) {
    const std::lock_guard lock(mutex);
    outcome = deployed ? Result<void>{} : Result<void>(Failure{deployed.error()});
    changed.notify_all();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return outcome.has_value(); });
  return *outcome;
}

// One workflow after the other whose expression does not end by itself, until it is told to stop.
class Rogues {
 public:
  Rogues(actors::Engine& engine, std::string expression)
      : engine_(engine), expression_(std::move(expression)) {}

  Result<void> begin() {
    if (expression_.empty()) return {};
    const Json document{
        {"document",
         {{"dsl", "1.0.3"}, {"namespace", "bench"}, {"name", "rogue"}, {"version", "1.0.0"}}},
        {"do", {{{"burn", {{"set", {{"x", "${ " + expression_ + " }"}}}}}}}}};
    if (auto deployed = deploy(engine_, document.dump()); !deployed) return deployed;
    start_next();
    return {};
  }

  // How many have faulted; none is started after this, and none is under way.
  std::uint64_t stop() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    idle_.wait(lock, [this] { return !under_way_; });
    return faulted_;
  }

 private:
  void start_next() {
    WorkflowName name{"bench", ""};
    {
      const std::lock_guard lock(mutex_);
      under_way_ = !stopping_;
      if (stopping_) return idle_.notify_all();
      name.id = "rogue-" + std::to_string(started_++);
    }
    engine_.start({name, "rogue", std::nullopt, Json::object(), actors::OnConflict::reject},
                  [this](const Result<actors::StartReceipt>& receipt) {
                    {
                      const std::lock_guard lock(mutex_);
                      if (receipt && receipt->workflow.phase == workflow::Phase::faulted) {
                        ++faulted_;
                      }
                    }
                    start_next();
                  });
  }

  actors::Engine& engine_;
  const std::string expression_;
  std::mutex mutex_;
  std::condition_variable idle_;
  bool stopping_ = false;
  bool under_way_ = false;
  std::uint64_t started_ = 0;
  std::uint64_t faulted_ = 0;
};

// Each step adds a field of about 40 bytes.
Result<workflow::Value> do_step(const std::string& queue, const workflow::Value& arguments) {
  Json out = arguments->at("post");
  out[queue] = "done by the benchmark's worker";
  return workflow::Value(std::move(out));
}

// The sizes that the last transitions had, read back from the store.
TransitionShape shape_of(persistence::Store& store) {
  TransitionShape shape;
  shape.per_workflow = transitions_per_workflow;
  const auto page = store.list_workflows({}, std::nullopt, 1);
  if (!page || page->rows.empty()) return shape;
  const WorkflowNumber number = page->rows.front().number;
  if (const auto stored = store.load_workflow(number); stored && *stored) {
    shape.snapshot_bytes = (*stored)->snapshot.size();
  }
  if (const auto history = store.history(number, 0, 100); history && !history->rows.empty()) {
    std::size_t bytes = 0;
    for (const auto& row : history->rows) bytes += row.bytes.size();
    shape.history_bytes = bytes / history->rows.size();
  }
  shape.step_bytes = 380;  // arguments of about 340 bytes and the step's own fields
  return shape;
}

Result<void> measure(const W1Options& options, persistence::Store& store, Measurement& out) {
  SystemClock clock;
  const auto expressions = workflow::make_expressions();
  actors::EngineConfig config;
  std::optional<Error> fatal;
  auto engine =
      actors::make_engine(config, store, clock, *expressions, [](const Error&) { std::abort(); });
  if (!engine) return Failure{engine.error()};
  if (auto deployed = deploy(**engine, definition); !deployed) return deployed;
  for (const char* queue : queues) {
    (*engine)->add_native_worker(
        queue, 1,
        [name = std::string(queue)](const actors::LeasedStep&, const workflow::Value& arguments) {
          return do_step(name, arguments);
        });
  }
  const actors::EngineStats before = (*engine)->stats();
  const double cpu_before = cpu_seconds();
  const std::uint64_t written_before = written_bytes();
  Driver driver(**engine, options);
  Rogues rogues(**engine, options.rogue_expression);
  if (auto begun = rogues.begin(); !begun) return begun;
  const auto begin = SteadyClock::now();
  const auto error = driver.run();
  out.seconds = ms_since(begin) / 1'000;
  out.rogues = rogues.stop();
  if (error) return Failure{*error};
  const actors::EngineStats after = (*engine)->stats();
  out.cpu_s = cpu_seconds() - cpu_before;
  out.written_bytes = written_bytes() - written_before;
  out.transitions = after.transitions - before.transitions;
  out.commits = after.journal.commits - before.journal.commits;
  out.latencies_ms = driver.take_latencies();
  out.rss_peak_mb = rss_peak_mb();
  return {};
}

}  // namespace

Result<Measurement> run_w1_native(const W1Options& options) {
  const ScratchFolder scratch(options.folder);
  if (scratch.path().empty()) return fail(Code::io, "cannot make a scratch folder");
  Measurement out;
  out.workload = options.concurrency == 1 ? "w1b" : "w1";
  out.workflows = options.workflows;
  out.concurrency = options.concurrency;

  persistence::LmdbConfig volume;
  volume.folder = scratch.path() + "/volume";
  auto store = persistence::open_lmdb_store(volume);
  if (!store) return Failure{store.error()};
  if (auto measured = measure(options, **store, out); !measured) return Failure{measured.error()};

  const TransitionShape shape = shape_of(**store);
  store->reset();
  const auto batch = static_cast<std::size_t>(std::max(1.0, out.mean_batch()));
  const std::uint64_t rows = std::min<std::uint64_t>(out.transitions, 200'000);
  auto limit = raw_lmdb_transitions_per_s(scratch.path() + "/raw", shape, rows, batch);
  if (!limit) return Failure{limit.error()};
  auto flushes = flushes_per_s(scratch.path());
  if (!flushes) return Failure{flushes.error()};
  out.limit_transitions_per_s = *limit;
  out.limit_flushes_per_s = *flushes;
  return out;
}

}  // namespace endure::benchmarks
