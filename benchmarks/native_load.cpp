#include "benchmarks/native_load.hpp"

#include <utility>

#include "benchmarks/stored_sizes.hpp"
#include "benchmarks/workflows.hpp"

namespace endure::benchmarks {

namespace {

constexpr std::int64_t longest_wait_ms = 600'000;

// Ends when the workflow has: its state is durable then.
void run_one(actors::Engine& engine, WorkflowName name, workflow::Value input,
             PoolOfCalls::Done done) {
  auto ended = [done](const Result<actors::WorkflowView>& view) {
    if (!view) return done(Failure{view.error()});
    if (view->summary.phase == workflow::Phase::completed) return done({});
    done(fail(Code::invalid, "a workflow is " + std::string(to_string(view->summary.phase)) +
                                 " in the end: " + view->summary.cause));
  };
  auto started = [&engine, name, done,
                  ended = std::move(ended)](const Result<actors::StartReceipt>& receipt) {
    if (!receipt) return done(Failure{receipt.error()});
    engine.await_end(name, longest_wait_ms, ended);
  };
  engine.start({std::move(name), "w1", std::nullopt, std::move(input), actors::OnConflict::reject},
               std::move(started));
}

}  // namespace

Result<TransitionShape> prepare_w1(NativeNode& node, const W1Options& options) {
  if (auto deployed = node.deploy(w1_definition); !deployed) return Failure{deployed.error()};
  return stored_sizes(node, w1_input(0, options.text_bytes));
}

void add_w1_workers(NativeNode& node) {
  for (const auto queue : w1_queues) {
    node.engine().add_native_worker(
        std::string(queue), 1,
        [queue](const actors::LeasedStep&, const workflow::Value& arguments) {
          return Result<workflow::Value>(w1_step(queue, arguments));
        });
  }
}

Result<NativeLoad> run_w1_on(NativeNode& node, const W1Options& options,
                             const TransitionShape& shape, const std::string& prefix) {
  actors::Engine& engine = node.engine();
  const actors::EngineStats before = engine.stats();
  const ProcessFigures process_before = figures_of();
  PoolOfCalls pool(
      options.workflows, options.concurrency,
      [&](std::uint64_t n, PoolOfCalls::Done done) {
        run_one(engine, {"bench", prefix + std::to_string(n)}, w1_input(n, options.text_bytes),
                std::move(done));
      },
      options.progress);
  if (auto ran = pool.run(); !ran) return Failure{ran.error()};
  const actors::EngineStats after = engine.stats();
  NativeLoad load;
  load.use = use_between("node", process_before, figures_of());
  load.writes = {shape, after.transitions - before.transitions,
                 after.journal.commits - before.journal.commits, pool.seconds()};
  load.latencies_ms = pool.take_latencies_ms();
  return load;
}

}  // namespace endure::benchmarks
