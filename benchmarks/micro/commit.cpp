// One commit of so many transitions to a volume on disk, with and without a timer in each.
#include <benchmark/benchmark.h>

#include <vector>

#include "benchmarks/micro/agent.hpp"
#include "benchmarks/scratch_folder.hpp"
#include "persistence/lmdb/lmdb_store.hpp"

namespace endure::benchmarks::micro {

namespace {

persistence::Transition creation(const Agent& agent, WorkflowNumber number, bool with_timer) {
  workflow::Snapshot snapshot = agent.snapshot;
  snapshot.number = number;
  snapshot.name.id = "w-" + std::to_string(number);
  persistence::Transition change;
  change.workflow = number;
  change.name = snapshot.name;
  change.definition = snapshot.definition;
  change.create = true;
  change.number = snapshot.transition;
  change.snapshot = persistence::encode_snapshot(snapshot);
  persistence::HistoryRecord record;
  record.transition = snapshot.transition;
  record.event = "started";
  change.history = persistence::encode_history(record);
  change.index_after = {snapshot.phase, snapshot.status};
  if (with_timer)
    change.arm_timers.push_back({{5'000 + static_cast<std::int64_t>(number)}, number, 1});
  return change;
}

void commit_batches(benchmark::State& state, bool with_timers) {
  const Agent agent;
  const ScratchFolder scratch("");
  persistence::LmdbConfig config;
  config.folder = scratch.path() + "/volume";
  auto store = persistence::open_lmdb_store(config);
  if (!store) return state.SkipWithError(store.error().what.c_str());
  const auto batch = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<persistence::Change> changes;
    for (std::size_t i = 0; i < batch; ++i) {
      changes.emplace_back(creation(agent, (*store)->next_sequence(), with_timers));
    }
    std::vector<Result<void>> results(batch);
    state.ResumeTiming();
    const auto committed = (*store)->commit(changes, results);
    if (!committed) return state.SkipWithError(committed.error().what.c_str());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
}

}  // namespace

static void commit(benchmark::State& state) {
  commit_batches(state, false);
}
BENCHMARK(commit)->Arg(1)->Arg(100)->Arg(1'000)->UseRealTime();

static void commit_with_timers(benchmark::State& state) {
  commit_batches(state, true);
}
BENCHMARK(commit_with_timers)->Arg(1)->Arg(100)->Arg(1'000)->UseRealTime();

}  // namespace endure::benchmarks::micro
