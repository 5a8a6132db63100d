#include "benchmarks/stored_sizes.hpp"

#include <deque>
#include <utility>
#include <vector>

#include "benchmarks/workflows.hpp"
#include "persistence/codec.hpp"

namespace endure::benchmarks {

namespace {

// Takes one step after the other on the caller's thread.
class StepByStep final : public actors::StepSink {
 public:
  void deliver(std::vector<actors::LeasedStep> steps) override {
    const std::lock_guard lock(mutex_);
    for (auto& step : steps) steps_.push_back(std::move(step));
    arrived_.notify_all();
  }
  void revoke(const actors::StepToken&, const std::string&) override {}

  Result<actors::LeasedStep> next() {
    std::unique_lock lock(mutex_);
    const auto there = [this] { return !steps_.empty(); };
    if (!arrived_.wait_for(lock, std::chrono::seconds(30), there)) {
      return fail(Code::retry_later, "no step came within 30 s");
    }
    auto step = std::move(steps_.front());
    steps_.pop_front();
    return step;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<actors::LeasedStep> steps_;
};

// Sums of the rows of one workflow.
struct Sums {
  std::size_t snapshots = 0;
  std::size_t steps = 0;

  Result<void> add_snapshot(persistence::Store& store, WorkflowNumber number) {
    const auto stored = store.load_workflow(number);
    if (!stored) return Failure{stored.error()};
    if (!*stored) return fail(Code::not_found, "the workflow is gone");
    snapshots += (*stored)->snapshot.size();
    return {};
  }

  // As the step's record would be stored, wherever the engine holds it.
  void add_step(const actors::LeasedStep& leased) {
    persistence::StepRecord record;
    record.key = leased.token.key;
    record.name = leased.name;
    record.task = leased.task;
    record.arguments = leased.arguments;
    steps += persistence::encode_step(record).size();
  }
};

Result<void> answer(actors::Engine& engine, actors::ConsumerId consumer,
                    const actors::LeasedStep& step) {
  auto arguments = persistence::decode_value(step.arguments);
  if (!arguments) return Failure{arguments.error()};
  return reply_of<void>([&](actors::Reply<void> reply) {
    engine.complete(consumer, step.token, w1_step(step.token.key.queue, *arguments),
                    std::move(reply));
  });
}

Result<std::size_t> history_bytes(persistence::Store& store, WorkflowNumber number) {
  const auto page = store.history(number, 0, w1_transitions);
  if (!page) return Failure{page.error()};
  std::size_t bytes = 0;
  for (const auto& row : page->rows) bytes += row.bytes.size();
  return bytes;
}

}  // namespace

Result<TransitionShape> stored_sizes(NativeNode& node, const workflow::Json& input) {
  actors::Engine& engine = node.engine();
  const auto sink = std::make_shared<StepByStep>();
  const auto consumer = engine.new_consumer();
  for (const auto queue : w1_queues) {
    engine.attach(consumer, std::string(queue), "bench", sink);
    engine.credit(consumer, std::string(queue), 1);
  }
  const auto receipt = reply_of<actors::StartReceipt>([&](auto reply) {
    engine.start({{"bench", "sizes"}, "w1", std::nullopt, input, actors::OnConflict::reject},
                 std::move(reply));
  });
  if (!receipt) return Failure{receipt.error()};
  const WorkflowNumber number = receipt->workflow.number;
  Sums sums;
  for (std::size_t i = 0; i < std::size(w1_queues); ++i) {
    const auto step = sink->next();
    if (!step) return Failure{step.error()};
    if (auto read = sums.add_snapshot(node.store(), number); !read) return Failure{read.error()};
    sums.add_step(*step);
    if (auto done = answer(engine, consumer, *step); !done) return Failure{done.error()};
  }
  if (auto read = sums.add_snapshot(node.store(), number); !read) return Failure{read.error()};
  engine.detach(consumer, false);
  const auto history = history_bytes(node.store(), number);
  if (!history) return Failure{history.error()};
  return TransitionShape{sums.snapshots / w1_transitions, *history / w1_transitions,
                         sums.steps / std::size(w1_queues), w1_transitions};
}

}  // namespace endure::benchmarks
