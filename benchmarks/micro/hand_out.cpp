// A step's way through its queue: added, handed out, ended.
#include <benchmark/benchmark.h>

#include "actors/step_queue.hpp"

namespace endure::benchmarks::micro {

namespace {

class NoSink final : public actors::StepSink {
 public:
  void deliver(std::vector<actors::LeasedStep>) override {}
  void revoke(const actors::StepToken&, const std::string&) override {}
};

persistence::StepRecord step_of(WorkflowNumber number) {
  persistence::StepRecord step;
  step.key = {"enrich", 5, {5'000}, number, 1};
  step.name = {"bench", "w-" + std::to_string(number)};
  step.task = "/do/0/enrich";
  step.arguments = std::string(300, 'a');
  return step;
}

}  // namespace

static void hand_out(benchmark::State& state) {
  constexpr actors::StepQueue::Time now{{5'000}, 1'000};
  const auto batch = static_cast<WorkflowNumber>(state.range(0));
  actors::StepQueue queue("enrich", 100'000, 1);
  queue.begin_slice();
  queue.slice_loaded({}, 100, now);
  queue.attach(1, "bench", std::make_shared<NoSink>());
  WorkflowNumber number = 0;
  for (auto _ : state) {
    queue.credit(1, static_cast<std::uint32_t>(batch));
    for (WorkflowNumber i = 0; i < batch; ++i) queue.add(step_of(++number), now);
    for (const auto& delivery : queue.hand_out(now)) {
      for (const auto& step : delivery.steps) {
        queue.begin_settle(step.token, 1, now);
        queue.settled(step.token.key);
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(hand_out)->Arg(1)->Arg(256);

}  // namespace endure::benchmarks::micro
