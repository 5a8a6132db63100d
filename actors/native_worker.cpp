#include "actors/native_worker.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "base/utf8.hpp"

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

// What of one node of a result no store and no JSON can hold; null: nothing.
const char* garbage_in(const workflow::Json& node) {
  if (node.is_binary()) return "it holds binary data";
  if (node.is_discarded()) return "it holds a value that is none";
  if (node.is_number_float() && !std::isfinite(node.get<double>())) {
    return "it holds a number that is not finite";
  }
  if (node.is_string() && !is_utf8(node.get_ref<const std::string&>())) {
    return "it holds a text that is not UTF-8";
  }
  if (!node.is_object()) return nullptr;
  for (const auto& [key, value] : node.get_ref<const workflow::Json::object_t&>()) {
    if (!is_utf8(key)) return "it holds a name that is not UTF-8";
  }
  return nullptr;
}

// Any code may have made it: nothing is taken on trust, and nothing recurses.
Result<void> check_result(const workflow::Json& result, std::size_t max_depth) {
  std::vector<std::pair<const workflow::Json*, std::size_t>> open{{&result, 1}};
  while (!open.empty()) {
    const auto [node, depth] = open.back();
    open.pop_back();
    if (const char* why = garbage_in(*node)) {
      return fail(Code::invalid, std::string("its result cannot be stored: ") + why);
    }
    if (!node->is_structured() || node->empty()) continue;
    if (depth > max_depth) return fail(Code::invalid, "its result is nested too deeply");
    for (const auto& child : *node) open.emplace_back(&child, depth + 1);
  }
  return {};
}

}  // namespace

// The threads and what has been delivered to them. A StepSink, which the queue may hold for longer
// than the worker lives.
class NativeWorker::Crew final : public StepSink, public std::enable_shared_from_this<Crew> {
 public:
  Crew(Engine& engine, NativeWorkerConfig config, Engine::NativeStep work)
      : engine_(engine),
        config_(std::move(config)),
        work_(std::move(work)),
        consumer_(engine.new_consumer()) {}

  void start();
  void stop();

  // -- StepSink: the engine's threads --
  void deliver(std::vector<LeasedStep> steps) override;
  void revoke(const StepToken& token, const std::string& why) override;
  Overdue overdue(const StepToken& token) override;

 private:
  using Steady = std::chrono::steady_clock;

  // One thread. All but the thread itself is under the mutex.
  struct Hand {
    std::thread thread;
    const LeasedStep* holds = nullptr;
    Steady::time_point deadline;  // of that step: its lease begins when it does
    bool replaced = false;        // the step has outlived its lease
    bool left = false;            // nobody waits for it any more
    bool retired = false;         // it takes no more steps
    bool done = false;
  };

  void add_hand();
  void reap();
  Hand* holder_of(const StepToken& token);
  bool take_back(const StepToken& token);
  void replace(Hand& hand);
  void attach();
  std::uint32_t credit_of(std::size_t hands) const {
    return static_cast<std::uint32_t>(hands) * (1 + spare_steps_per_thread);
  }
  void run(const std::shared_ptr<Hand>& hand);
  bool next(Hand& hand, LeasedStep& step, std::uint32_t& taken);
  std::string shown(const Hand& hand, std::uint64_t number);
  Result<workflow::Value> perform(const LeasedStep& step);
  bool let_go(Hand& hand);
  void answer(const LeasedStep& step, Result<workflow::Value> result);

  Engine& engine_;  // not after `left`
  const NativeWorkerConfig config_;
  const Engine::NativeStep work_;
  const ConsumerId consumer_;

  std::mutex mutex_;
  std::condition_variable wake_;   // the hands
  std::condition_variable freed_;  // who stops
  std::deque<LeasedStep> steps_;
  std::vector<std::shared_ptr<Hand>> hands_;
  std::size_t stuck_ = 0;  // hands that are replaced
  bool attached_ = false;
  bool stopped_ = false;
};

// -- beginning and end ----------------------------------------------------------

void NativeWorker::Crew::start() {
  const std::lock_guard lock(mutex_);
  attach();
  for (std::uint32_t i = 0; i < config_.threads; ++i) add_hand();
}

void NativeWorker::Crew::attach() {
  attached_ = true;
  engine_.attach(consumer_, config_.queue, "native", shared_from_this());
  engine_.credit(consumer_, config_.queue, credit_of(config_.threads));
}

void NativeWorker::Crew::add_hand() {
  const auto& hand = hands_.emplace_back(std::make_shared<Hand>());
  hand->thread = std::thread([crew = shared_from_this(), hand] { crew->run(hand); });
}

// Joins the threads that have ended.
void NativeWorker::Crew::reap() {
  std::erase_if(hands_, [](const std::shared_ptr<Hand>& hand) {
    if (!hand->done) return false;
    hand->thread.join();
    return true;
  });
}

void NativeWorker::Crew::stop() {
  std::unique_lock lock(mutex_);
  if (std::exchange(stopped_, true)) return;
  steps_.clear();
  wake_.notify_all();
  for (const auto& hand : hands_) {
    while (!hand->done && (hand->holds == nullptr || Steady::now() < hand->deadline)) {
      if (hand->holds != nullptr) {
        freed_.wait_until(lock, hand->deadline);
      } else {
        freed_.wait(lock);
      }
    }
    if (hand->done) {
      lock.unlock();  // it has nothing more to do but to end
      hand->thread.join();
      lock.lock();
      continue;
    }
    hand->left = true;
    hand->thread.detach();
    log(Level::error, "a native step does not end; its thread is left behind",
        {{"queue", config_.queue}, {"number", hand->holds->token.key.workflow}});
  }
  engine_.detach(consumer_, false);
}

// -- the engine's threads ---------------------------------------------------------

void NativeWorker::Crew::deliver(std::vector<LeasedStep> steps) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || !attached_) return;
    const bool was_empty = steps_.empty();
    for (LeasedStep& step : steps) steps_.push_back(std::move(step));
    if (!was_empty) return;
  }
  wake_.notify_one();
}

void NativeWorker::Crew::revoke(const StepToken& token, const std::string&) {
  if (take_back(token)) return;
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  if (Hand* hand = holder_of(token)) replace(*hand);
}

Overdue NativeWorker::Crew::overdue(const StepToken& token) {
  if (take_back(token)) return {Overdue::Step::returned, 0};
  const std::lock_guard lock(mutex_);
  const Hand* hand = holder_of(token);
  if (hand == nullptr) return {};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(hand->deadline - Steady::now());
  if (left.count() <= 0) return {};
  return {Overdue::Step::begun, left.count()};
}

// Who works at the step, unless it has been replaced. With the mutex.
NativeWorker::Crew::Hand* NativeWorker::Crew::holder_of(const StepToken& token) {
  const auto found = std::find_if(hands_.begin(), hands_.end(), [&](const auto& each) {
    return each->holds != nullptr && each->holds->token == token && !each->replaced;
  });
  return found == hands_.end() ? nullptr : found->get();
}

// Whether the step lay here and was not begun: then another may come for it.
bool NativeWorker::Crew::take_back(const StepToken& token) {
  {
    const std::lock_guard lock(mutex_);
    const auto is_it = [&](const LeasedStep& step) { return step.token == token; };
    if (stopped_ || std::erase_if(steps_, is_it) == 0) return false;
  }
  engine_.credit(consumer_, config_.queue, 1);
  return true;
}

// A thread whose step has outlived its lease cannot be ended: another takes its place. With the
// mutex.
void NativeWorker::Crew::replace(Hand& hand) {
  hand.replaced = true;
  ++stuck_;
  reap();
  if (stuck_ <= config_.most_stuck) return add_hand();
  if (stuck_ < hands_.size()) return;
  steps_.clear();
  attached_ = false;
  engine_.detach(consumer_, false);
  log(Level::error, "all threads of a native worker are stuck; it takes no more steps",
      {{"queue", config_.queue}, {"threads", stuck_}});
}

// -- a hand ---------------------------------------------------------------------

void NativeWorker::Crew::run(const std::shared_ptr<Hand>& hand) {
  name_thread("native worker");
  const auto slot = engine_.watchdog().watch(
      "native worker", [weak = weak_from_this(), hand](std::uint64_t number) {
        const auto crew = weak.lock();
        return crew ? crew->shown(*hand, number) : std::string("its worker is gone");
      });
  std::uint32_t taken = 0;
  LeasedStep step;
  while (next(*hand, step, taken)) {
    slot->begin(step.token.key.workflow);
    auto result = perform(step);
    slot->end();
    if (!let_go(*hand)) return;
    answer(step, std::move(result));
  }
  const std::lock_guard lock(mutex_);
  hand->done = true;
  freed_.notify_all();
}

// False: the thread is to end.
bool NativeWorker::Crew::next(Hand& hand, LeasedStep& step, std::uint32_t& taken) {
  std::unique_lock lock(mutex_);
  // Threads that were stuck have come free: there are more than are needed.
  const auto spare = [this] {
    std::size_t able = 0;
    for (const auto& each : hands_) able += !each->retired && !each->replaced;
    return able > config_.threads;
  };
  hand.retired = stopped_ || spare();
  if (hand.retired) return false;
  wake_.wait(lock, [this] { return stopped_ || !steps_.empty(); });
  if (stopped_) return false;
  step = std::move(steps_.front());
  steps_.pop_front();
  hand.holds = &step;
  hand.deadline = Steady::now() + std::chrono::milliseconds(step.lease_ms);
  const bool more = !steps_.empty();
  lock.unlock();
  if (more) wake_.notify_one();
  if (++taken == credit_lot) {
    engine_.credit(consumer_, config_.queue, taken);
    taken = 0;
  }
  return true;
}

std::string NativeWorker::Crew::shown(const Hand& hand, std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (hand.holds == nullptr || hand.holds->token.key.workflow != number) return "it has just ended";
  const LeasedStep& step = *hand.holds;
  return "step " + step.task + " of " + step.name.ns + "/" + step.name.id + " on the queue " +
         step.token.key.queue + ", attempt " + std::to_string(step.token.attempt);
}

Result<workflow::Value> NativeWorker::Crew::perform(const LeasedStep& step) {
  // They come from a decision here, or from a row whose seal was sound.
  const auto arguments = workflow::Value::from_packed(step.arguments);
  try {
    auto result = work_(step, arguments);
    if (!result) return result;
    if (const auto* tree = result->tree()) {
      if (auto checked = check_result(*tree, config_.max_depth); !checked) {
        return Failure{checked.error()};
      }
    }
    return result;
  } catch (const std::exception& e) {
    return fail(Code::retry_later, printable(e.what()));
  } catch (...) {
    return fail(Code::retry_later, "an exception that is no std::exception");
  }
}

// After the work. False: the worker is gone, and nothing of it may be touched.
bool NativeWorker::Crew::let_go(Hand& hand) {
  const std::lock_guard lock(mutex_);
  hand.holds = nullptr;
  if (hand.left) return false;
  if (!std::exchange(hand.replaced, false)) return true;
  --stuck_;
  if (!attached_ && !stopped_) attach();
  return true;
}

void NativeWorker::Crew::answer(const LeasedStep& step, Result<workflow::Value> result) {
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

// -- NativeWorker ---------------------------------------------------------------

NativeWorker::NativeWorker(Engine& engine, NativeWorkerConfig config, Engine::NativeStep work)
    : crew_(std::make_shared<Crew>(engine, std::move(config), std::move(work))) {
  crew_->start();
}

NativeWorker::~NativeWorker() {
  stop();
}

void NativeWorker::stop() {
  crew_->stop();
}

}  // namespace endure::actors
