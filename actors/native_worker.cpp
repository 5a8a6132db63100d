#include "actors/native_worker.hpp"

#include <optional>
#include <utility>

#include "base/thread_name.hpp"
#include "persistence/codec.hpp"

namespace endure::actors {

namespace {

// Steps in hand beyond those that run, so that no thread waits for a round trip to the queue; and
// how many are taken before the queue hears of it, which saves a message a step.
constexpr std::uint32_t spare_steps_per_thread = 256;
constexpr std::uint32_t credit_lot = 64;

workflow::Fault runtime_fault(std::string detail) {
  return {"https://serverlessworkflow.io/spec/1.0.0/errors/runtime", 500, "native step failed",
          std::move(detail), ""};
}

}  // namespace

// What has been delivered and not yet begun. Outlives the worker where the queue still holds it.
class NativeWorker::Inbox final : public StepSink {
 public:
  void deliver(std::vector<LeasedStep> steps) override {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      was_empty = steps_.empty();
      for (LeasedStep& step : steps) steps_.push_back(std::move(step));
    }
    if (was_empty) wake_.notify_one();
  }

  void revoke(const StepToken& token, const std::string&) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(steps_, [&](const LeasedStep& step) { return step.token == token; });
  }

  // Null: stopped.
  std::optional<LeasedStep> next() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopped_ || !steps_.empty(); });
    if (stopped_) return std::nullopt;
    LeasedStep step = std::move(steps_.front());
    steps_.pop_front();
    const bool more = !steps_.empty();
    lock.unlock();
    if (more) wake_.notify_one();
    return step;
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<LeasedStep> steps_;
  bool stopped_ = false;
};

NativeWorker::NativeWorker(Engine& engine, std::string queue, std::uint32_t threads,
                           Engine::NativeStep work)
    : engine_(engine),
      queue_(std::move(queue)),
      work_(std::move(work)),
      consumer_(engine.new_consumer()),
      inbox_(std::make_shared<Inbox>()) {
  engine_.attach(consumer_, queue_, "native", inbox_);
  engine_.credit(consumer_, queue_, threads * (1 + spare_steps_per_thread));
  for (std::uint32_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

NativeWorker::~NativeWorker() {
  stop();
}

void NativeWorker::stop() {
  inbox_->stop();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  engine_.detach(consumer_, false);
}

void NativeWorker::run() {
  name_thread("native worker");
  std::uint32_t taken = 0;
  while (const auto step = inbox_->next()) {
    if (++taken == credit_lot) {
      engine_.credit(consumer_, queue_, taken);
      taken = 0;
    }
    perform(*step);
  }
}

void NativeWorker::perform(const LeasedStep& step) {
  auto arguments = persistence::decode_value(step.arguments);
  if (!arguments) {
    engine_.fail_step(consumer_, step.token,
                      {runtime_fault("its arguments are damaged: " + arguments.error().what), false,
                       std::nullopt},
                      [](const Result<void>&) {});
    return;
  }
  Result<workflow::Value> result = fail(Code::invalid, "");
  try {
    result = work_(step, *arguments);
  } catch (const std::exception& e) {
    result = fail(Code::retry_later, e.what());
  } catch (...) {
    result = fail(Code::retry_later, "an exception that is no std::exception");
  }
  if (result) {
    engine_.complete(consumer_, step.token, std::move(*result), {});
    return;
  }
  const bool retryable =
      result.error().code == Code::retry_later || result.error().code == Code::io;
  engine_.fail_step(consumer_, step.token,
                    {runtime_fault(result.error().what), retryable, std::nullopt},
                    [](const Result<void>&) {});
}

}  // namespace endure::actors
