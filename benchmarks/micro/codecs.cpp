// Records as bytes, and back.
#include <benchmark/benchmark.h>

#include "benchmarks/micro/agent.hpp"

namespace endure::benchmarks::micro {

static void encode_snapshot(benchmark::State& state) {
  const Agent agent;
  for (auto _ : state) benchmark::DoNotOptimize(persistence::encode_snapshot(agent.snapshot));
}
BENCHMARK(encode_snapshot);

static void decode_snapshot(benchmark::State& state) {
  const std::string bytes = persistence::encode_snapshot(Agent().snapshot);
  for (auto _ : state) benchmark::DoNotOptimize(persistence::decode_snapshot(bytes));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(decode_snapshot);

static void decode_summary(benchmark::State& state) {
  const std::string bytes = persistence::encode_snapshot(Agent().snapshot);
  for (auto _ : state) benchmark::DoNotOptimize(persistence::decode_summary(bytes));
}
BENCHMARK(decode_summary);

static void encode_value(benchmark::State& state) {
  const workflow::Value value(w1_input(1, static_cast<std::size_t>(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(persistence::encode_value(value));
}
BENCHMARK(encode_value)->Arg(160)->Arg(65'536);

static void decode_value(benchmark::State& state) {
  const workflow::Value value(w1_input(1, static_cast<std::size_t>(state.range(0))));
  const std::string bytes = persistence::encode_value(value);
  for (auto _ : state) benchmark::DoNotOptimize(persistence::decode_value(bytes));
}
BENCHMARK(decode_value)->Arg(160)->Arg(65'536);

}  // namespace endure::benchmarks::micro
