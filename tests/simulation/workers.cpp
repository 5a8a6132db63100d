#include "tests/simulation/workers.hpp"

#include <algorithm>
#include <utility>

#include "persistence/codec.hpp"

namespace endure::simulation {

using actors::LeasedStep;
using actors::StepToken;

namespace {

constexpr std::size_t worker_count = 3;
constexpr std::uint32_t credits = 3;
const std::vector<std::string> queues = {"a", "b"};

Record::Step name_of(const StepToken& token) {
  return {token.key.workflow, token.key.wait};
}

}  // namespace

struct Workers::Worker {
  struct Held {
    LeasedStep step;
    std::string nonce;  // of its result, once there is one
  };

  std::string name;
  actors::ConsumerId consumer = 0;
  std::vector<Held> held;

  void drop(const StepToken& token) {
    std::erase_if(held, [&](const Held& each) { return each.step.token == token; });
  }
};

class Workers::Sink final : public actors::StepSink {
 public:
  Sink(Workers& all, std::weak_ptr<Worker> worker) : all_(all), worker_(std::move(worker)) {}

  void deliver(std::vector<LeasedStep> steps) override {
    const auto worker = worker_.lock();
    if (!worker || all_.engine_ == nullptr) return;  // the dead hand nothing out
    for (LeasedStep& step : steps) {
      check_durable(step);
      check_due(step);
      ++all_.record_.facts;
      worker->held.push_back({std::move(step), {}});
    }
  }
  // Whoever loses a step may take another one.
  void revoke(const StepToken& token, const std::string&) override {
    const auto worker = worker_.lock();
    if (!worker) return;
    worker->drop(token);
    if (all_.engine_ != nullptr) all_.engine_->credit(worker->consumer, token.key.queue, 1);
  }

 private:
  // Nobody ever sees a step whose commit is not durable.
  void check_durable(const LeasedStep& step) {
    const auto stored = all_.store_.load_workflow(step.token.key.workflow);
    const auto snapshot = stored && *stored
                              ? persistence::decode_snapshot((*stored)->snapshot)
                              : Result<workflow::Snapshot>(endure::fail(Code::not_found, ""));
    if (!snapshot || snapshot->next_wait <= step.token.key.wait) {
      all_.record_.problems.push_back(step.name.id + " " + step.task +
                                      ": a worker got a step that is not in the store");
    }
  }

  // Nor one that is done, nor an attempt that has failed.
  void check_due(const LeasedStep& step) {
    const auto& record = all_.record_;
    if (record.done.contains(name_of(step.token))) {
      all_.record_.problems.push_back(step.name.id + " " + step.task +
                                      ": it was handed out after its result was acknowledged");
    }
    const auto failed = record.failed.find(name_of(step.token));
    if (failed != record.failed.end() && step.token.attempt <= failed->second) {
      all_.record_.problems.push_back(step.name.id + " " + step.task + ": attempt " +
                                      std::to_string(step.token.attempt) +
                                      " was handed out after its failure was acknowledged");
    }
  }

  Workers& all_;
  std::weak_ptr<Worker> worker_;
};

Workers::Workers(Record& record, persistence::Store& store, std::mt19937& random)
    : record_(record), store_(store), random_(random) {
  for (std::size_t i = 0; i < worker_count; ++i) {
    workers_.push_back(std::make_shared<Worker>());
    workers_.back()->name = "worker-" + std::to_string(i);
  }
}

void Workers::connect(actors::Engine& engine) {
  engine_ = &engine;
  for (const auto& worker : workers_) attach(*worker);
}

void Workers::disconnect() {
  engine_ = nullptr;
  // Some have died with the node; others still hold what they were doing.
  for (const auto& worker : workers_) {
    if (draw(3) == 0) worker->held.clear();
  }
}

void Workers::attach(Worker& worker) {
  worker.consumer = engine_->new_consumer();
  const auto self = *std::find_if(workers_.begin(), workers_.end(),
                                  [&](const auto& each) { return each.get() == &worker; });
  for (const auto& queue : queues) {
    engine_->attach(worker.consumer, queue, worker.name, std::make_shared<Sink>(*this, self));
    engine_->credit(worker.consumer, queue, credits);
  }
}

void Workers::act() {
  Worker& worker = *workers_[draw(worker_count)];
  if (draw(25) == 0) {  // it goes, or is lost, and comes back
    const bool lost = draw(2) == 0;
    engine_->detach(worker.consumer, lost);
    worker.held.clear();
    attach(worker);
    return;
  }
  if (worker.held.empty()) return;
  const std::size_t which = draw(static_cast<std::uint32_t>(worker.held.size()));
  switch (draw(12)) {
    case 0: fail(worker, which); return;
    case 1: {
      std::vector<StepToken> tokens;
      for (const auto& held : worker.held) tokens.push_back(held.step.token);
      engine_->heartbeat(worker.consumer, tokens, [](const auto&) {});
      return;
    }
    case 2:
      if (!worker.held[which].nonce.empty()) return;
      engine_->release(worker.consumer, worker.held[which].step.token);
      engine_->credit(worker.consumer, worker.held[which].step.token.key.queue, 1);
      worker.held.erase(worker.held.begin() + static_cast<std::ptrdiff_t>(which));
      return;
    case 3:  // forgotten: its lease will run out
      engine_->credit(worker.consumer, worker.held[which].step.token.key.queue, 1);
      worker.held.erase(worker.held.begin() + static_cast<std::ptrdiff_t>(which));
      return;
    default: complete(worker, which); return;
  }
}

bool Workers::answer_all() {
  bool any = false;
  for (const auto& worker : workers_) {
    for (std::size_t i = 0; i < worker->held.size(); ++i) {
      complete(*worker, i);
      any = true;
    }
  }
  return any;
}

// The answer stays until it was acknowledged or refused: so it may be sent many times.
void Workers::complete(Worker& worker, std::size_t which) {
  auto& held = worker.held[which];
  if (held.nonce.empty()) {
    held.nonce = "n" + std::to_string(++nonces_);
    record_.results[held.nonce] = {held.step.name.id, held.step.task};
  }
  const std::weak_ptr<Worker> self = *std::find_if(
      workers_.begin(), workers_.end(), [&](const auto& each) { return each.get() == &worker; });
  engine_->complete(worker.consumer, held.step.token,
                    workflow::Value(workflow::Json{{"nonce", held.nonce}}),
                    [this, self, token = held.step.token, nonce = held.nonce,
                     life = record_.lives](const Result<void>& result) {
                      const auto worker_then = self.lock();
                      if (!worker_then || life != record_.lives) return;
                      ++record_.facts;
                      if (result) {
                        record_.kept.insert(nonce);
                        record_.done.insert(name_of(token));
                      }
                      if (!result && result.error().code != Code::conflict) return;
                      const auto before = worker_then->held.size();
                      worker_then->drop(token);
                      if (engine_ != nullptr && worker_then->held.size() < before) {
                        engine_->credit(worker_then->consumer, token.key.queue, 1);
                      }
                    });
}

void Workers::fail(Worker& worker, std::size_t which) {
  const auto step = worker.held[which].step;
  if (!worker.held[which].nonce.empty()) return;  // it has said that it is done
  worker.held.erase(worker.held.begin() + static_cast<std::ptrdiff_t>(which));
  actors::StepFailure failure;
  failure.fault = {"https://errors.example/made-up", 503, "made up", "", ""};
  engine_->fail_step(worker.consumer, step.token, failure,
                     [this, token = step.token, life = record_.lives](const Result<void>& result) {
                       if (!result || life != record_.lives) return;
                       auto& last = record_.failed[name_of(token)];
                       last = std::max(last, token.attempt);
                     });
  engine_->credit(worker.consumer, step.token.key.queue, 1);
}

}  // namespace endure::simulation
