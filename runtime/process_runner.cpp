#include "runtime/process_runner.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "persistence/codec.hpp"
#include "runtime/run/container_sweep.hpp"
#include "runtime/run/process_run.hpp"

namespace endure {

using actors::LeasedStep;
using actors::StepToken;
using workflow::Fault;
using workflow::Json;
using workflow::Value;

namespace {

constexpr std::int64_t answer_again_ms = 500;
constexpr std::int64_t shortest_beat_ms = 50;
constexpr std::int64_t sweep_every_ms = 60'000;
constexpr std::int64_t longest_pause_ms = 1'000;

using Outcome = run::OrFault<Value>;

Outcome masked(Outcome outcome, const RevealedRequest& revealed) {
  if (outcome && revealed.mask_output) return Value(revealed.mask_output(outcome->json()));
  if (!outcome && revealed.mask_fault) {
    return tl::make_unexpected(revealed.mask_fault(outcome.error()));
  }
  return outcome;
}

}  // namespace

// Lives for as long as the engine may call it, which is longer than the runner.
class ProcessRunner::Impl final : public actors::StepSink,
                                  public std::enable_shared_from_this<Impl> {
 public:
  Impl(ProcessRunnerConfig config, actors::Engine& engine, Clock& clock)
      : config_(std::move(config)), engine_(engine), clock_(clock) {}

  void start();
  void stop();

  // -- StepSink, on the engine's threads --
  void deliver(std::vector<LeasedStep> steps) override;
  void revoke(const StepToken& token, const std::string& why) override;

 private:
  // A step that this runner holds: it waits for a thread, runs, or its outcome waits for the
  // engine.
  struct Job {
    LeasedStep step;
    bool running = false;
    bool lost = false;
    std::optional<Outcome> outcome;
    std::int64_t beat_due_ms = 0;
    std::optional<std::int64_t> answer_due_ms;
  };

  void run_steps();
  std::optional<LeasedStep> next_step();
  std::optional<Outcome> perform(const LeasedStep& step);
  bool is_lost(const StepToken& token);
  void finish(const StepToken& token, std::optional<Outcome> outcome);
  void answer(const StepToken& token, const Outcome& outcome);
  void on_answered(const StepToken& token, const Result<void>& result);
  void keep_time();
  void beat(std::int64_t now_ms);
  void sweep();
  Job* find(const StepToken& token);

  const ProcessRunnerConfig config_;
  actors::Engine& engine_;
  Clock& clock_;
  actors::ConsumerId consumer_ = 0;
  std::vector<std::thread> threads_;
  std::thread timekeeper_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::map<persistence::StepKey, Job> jobs_;
  std::deque<StepToken> waiting_;
  bool look_again_ = false;  // there are new leases to keep
  bool running_ = false;
};

// -- life -----------------------------------------------------------------------

void ProcessRunner::Impl::start() {
  running_ = true;
  for (std::uint32_t i = 0; i < config_.concurrency; ++i) {
    threads_.emplace_back([this] { run_steps(); });
  }
  timekeeper_ = std::thread([this] { keep_time(); });
  consumer_ = engine_.new_consumer();
  engine_.attach(consumer_, config_.queue, "endure-run", shared_from_this());
  engine_.credit(consumer_, config_.queue, config_.concurrency);
}

void ProcessRunner::Impl::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
    running_ = false;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  timekeeper_.join();
  const std::lock_guard lock(mutex_);
  // What was cut off may have had its effect: that attempt counts.
  engine_.detach(consumer_, !jobs_.empty());
  jobs_.clear();
  waiting_.clear();
}

// -- steps ----------------------------------------------------------------------

void ProcessRunner::Impl::deliver(std::vector<LeasedStep> steps) {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;  // the engine takes them back by itself: the consumer is detached
    for (LeasedStep& step : steps) {
      const StepToken token = step.token;
      Job job;
      job.beat_due_ms = clock_.steady_ms() + std::max(shortest_beat_ms, step.lease_ms / 3);
      job.step = std::move(step);
      jobs_.insert_or_assign(token.key, std::move(job));
      waiting_.push_back(token);
    }
    look_again_ = true;
  }
  wake_.notify_all();
}

void ProcessRunner::Impl::revoke(const StepToken& token, const std::string& /*why*/) {
  std::unique_lock lock(mutex_);
  Job* job = find(token);
  if (job == nullptr) return;
  if (job->running) {
    job->lost = true;  // its thread sees it
    return;
  }
  jobs_.erase(token.key);
  lock.unlock();
  engine_.credit(consumer_, config_.queue, 1);
}

ProcessRunner::Impl::Job* ProcessRunner::Impl::find(const StepToken& token) {
  const auto found = jobs_.find(token.key);
  return found != jobs_.end() && found->second.step.token == token ? &found->second : nullptr;
}

std::optional<LeasedStep> ProcessRunner::Impl::next_step() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return !running_ || !waiting_.empty(); });
    if (!running_) return std::nullopt;
    const StepToken token = std::move(waiting_.front());
    waiting_.pop_front();
    Job* job = find(token);
    if (job == nullptr) continue;  // revoked
    job->running = true;
    return job->step;
  }
}

void ProcessRunner::Impl::run_steps() {
  while (const auto step = next_step()) {
    auto outcome = perform(*step);
    if (outcome) ENDURE_FAULT_POINT("run.finished");
    finish(step->token, std::move(outcome));
  }
}

bool ProcessRunner::Impl::is_lost(const StepToken& token) {
  const std::lock_guard lock(mutex_);
  const Job* job = find(token);
  return !running_ || job == nullptr || job->lost;
}

std::optional<Outcome> ProcessRunner::Impl::perform(const LeasedStep& step) {
  const auto fault = [](std::string what) {
    return Outcome(tl::make_unexpected(run::configuration_fault(std::move(what))));
  };
  auto arguments = persistence::decode_value(step.arguments);
  if (!arguments) return fault("The step's arguments are damaged: " + arguments.error().what);
  RevealedRequest revealed{arguments->json(), {}, {}};
  if (config_.reveal_secrets) {
    auto made = config_.reveal_secrets(revealed.request, step.token.key.workflow);
    if (!made) return Outcome(tl::make_unexpected(std::move(made).error()));
    revealed = *std::move(made);
  }
  const run::RunContext context{config_.programs,
                                {config_.timeout_ms, config_.max_output_bytes},
                                config_.temporary_folder,
                                clock_};
  ENDURE_FAULT_POINT("run.taken");
  try {
    auto outcome =
        run::run_process(revealed.request, step, context, [&] { return is_lost(step.token); });
    return outcome ? std::optional(masked(*std::move(outcome), revealed)) : std::nullopt;
  } catch (const std::exception& e) {  // a request that an older node wrote, or no memory
    return fault(std::string("The process cannot be run: ") + e.what());
  }
}

// Without an outcome the step is no longer ours.
void ProcessRunner::Impl::finish(const StepToken& token, std::optional<Outcome> outcome) {
  {
    const std::lock_guard lock(mutex_);
    Job* job = find(token);
    if (job == nullptr) return;
    if (!outcome && !running_) return;  // stop() hands it back
    if (outcome) {
      job->running = false;
      job->outcome = *outcome;
    } else {
      jobs_.erase(token.key);
    }
  }
  if (outcome) return answer(token, *outcome);
  engine_.credit(consumer_, config_.queue, 1);
}

// -- answers --------------------------------------------------------------------

void ProcessRunner::Impl::answer(const StepToken& token, const Outcome& outcome) {
  auto reply = [weak = weak_from_this(), token](const Result<void>& result) {
    if (const auto self = weak.lock()) self->on_answered(token, result);
  };
  if (outcome) return engine_.complete(consumer_, token, *outcome, std::move(reply));
  actors::StepFailure failure;
  failure.fault = outcome.error();
  failure.retryable = false;
  engine_.fail_step(consumer_, token, std::move(failure), std::move(reply));
}

void ProcessRunner::Impl::on_answered(const StepToken& token, const Result<void>& result) {
  {
    const std::lock_guard lock(mutex_);
    Job* job = find(token);
    if (!running_ || job == nullptr) return;
    // The process has run; only its outcome must still get through, for else it would run again.
    if (!result && result.error().code == Code::retry_later) {
      job->answer_due_ms = clock_.steady_ms() + answer_again_ms;
      return;
    }
    if (!result) {
      log(Level::warning, "outcome of a process refused",
          {{"namespace", job->step.name.ns},
           {"workflow", job->step.name.id},
           {"why", result.error().what}});
    }
    jobs_.erase(token.key);
  }
  engine_.credit(consumer_, config_.queue, 1);
}

// -- time -----------------------------------------------------------------------

void ProcessRunner::Impl::keep_time() {
  std::int64_t sweep_due_ms = clock_.steady_ms();
  std::unique_lock lock(mutex_);
  while (running_) {
    lock.unlock();
    const auto now_ms = clock_.steady_ms();
    beat(now_ms);
    if (!config_.programs.container_runtime.empty() && sweep_due_ms <= now_ms) {
      sweep();
      sweep_due_ms = now_ms + sweep_every_ms;
    }
    lock.lock();
    std::int64_t pause_ms = longest_pause_ms;
    for (const auto& [key, job] : jobs_) {
      pause_ms = std::min(pause_ms, job.beat_due_ms - now_ms);
      if (job.answer_due_ms) pause_ms = std::min(pause_ms, *job.answer_due_ms - now_ms);
    }
    pause_ms = std::max(pause_ms, shortest_beat_ms);
    wake_.wait_for(lock, std::chrono::milliseconds(pause_ms),
                   [this] { return !running_ || look_again_; });
    look_again_ = false;
  }
}

void ProcessRunner::Impl::beat(std::int64_t now_ms) {
  std::vector<StepToken> tokens;
  std::vector<std::pair<StepToken, Outcome>> answers;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [key, job] : jobs_) {
      if (job.outcome && job.answer_due_ms && *job.answer_due_ms <= now_ms) {
        job.answer_due_ms.reset();
        answers.emplace_back(job.step.token, *job.outcome);
      }
      if (job.beat_due_ms > now_ms) continue;
      job.beat_due_ms = now_ms + std::max(shortest_beat_ms, job.step.lease_ms / 3);
      tokens.push_back(job.step.token);
    }
  }
  for (const auto& [token, outcome] : answers) answer(token, outcome);
  if (tokens.empty()) return;
  engine_.heartbeat(consumer_, std::move(tokens),
                    [weak = weak_from_this()](const Result<std::vector<StepToken>>& lost) {
                      const auto self = weak.lock();
                      if (!self || !lost) return;
                      for (const auto& token : *lost) self->revoke(token, "its lease is lost");
                    });
}

void ProcessRunner::Impl::sweep() {
  const auto removed = run::sweep_containers(config_.programs, clock_);
  if (!removed) {
    log(Level::warning, "containers could not be looked through", {{"why", removed.error().what}});
  } else if (*removed > 0) {
    log(Level::info, "ended containers removed", {{"count", *removed}});
  }
}

ProcessRunner::ProcessRunner(ProcessRunnerConfig config, actors::Engine& engine, Clock& clock)
    : impl_(std::make_shared<Impl>(std::move(config), engine, clock)) {}

ProcessRunner::~ProcessRunner() {
  stop();
}

void ProcessRunner::start() {
  impl_->start();
}
void ProcessRunner::stop() {
  impl_->stop();
}

}  // namespace endure
