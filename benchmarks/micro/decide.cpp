// decide(): the result of a step of W1.
#include <benchmark/benchmark.h>

#include "benchmarks/micro/agent.hpp"

namespace endure::benchmarks::micro {

static void decide(benchmark::State& state) {
  Agent agent;
  const workflow::Event event = agent.result;
  for (auto _ : state) {
    auto outcome = workflow::decide(*agent.definition, agent.snapshot, event, agent.decision,
                                    *agent.expressions);
    benchmark::DoNotOptimize(outcome);
  }
}
BENCHMARK(decide);

}  // namespace endure::benchmarks::micro
