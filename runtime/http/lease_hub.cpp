#include "runtime/http/lease_hub.hpp"

#include <algorithm>
#include <deque>
#include <map>

namespace endure::http {

namespace {
constexpr std::size_t max_workers = 10'000;
constexpr std::int64_t linger_ms = 60'000;
}  // namespace

// Shared with the sinks, which the engine may call after the hub is gone. `mutex` guards all of it
// and all sinks; the engine is never called under it, for it may call back at once.
struct LeaseHub::State {
  State(actors::Engine& the_engine, Clock& the_clock)
      : engine(the_engine), clock(the_clock), anyone(engine.new_consumer()) {}

  actors::Engine& engine;
  Clock& clock;
  const actors::ConsumerId anyone;  // answers for steps that no worker here is known to hold
  mutable std::mutex mutex;
  bool closed = false;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Sink>> sinks;
  std::map<persistence::StepKey, std::weak_ptr<Sink>> holders;

  std::shared_ptr<Sink> holder_of(const persistence::StepKey& key) const {
    const auto it = holders.find(key);
    return it == holders.end() ? nullptr : it->second.lock();
  }
};

class LeaseHub::Sink final : public actors::StepSink, public std::enable_shared_from_this<Sink> {
 public:
  struct Held {
    actors::StepToken token;
    std::int64_t lease_ms = 0;
    std::int64_t until_ms = 0;  // steady
  };

  Sink(std::shared_ptr<State> state, actors::ConsumerId consumer)
      : state_(std::move(state)), consumer_(consumer), last_seen_ms_(state_->clock.steady_ms()) {}

  void deliver(std::vector<actors::LeasedStep> steps) override {
    std::vector<actors::StepToken> unwanted;
    {
      const std::lock_guard lock(state_->mutex);
      for (auto& step : steps) {
        outstanding_ -= std::min<std::uint64_t>(outstanding_, 1);
        if (state_->closed || ready_.size() >= wanted_) {
          unwanted.push_back(step.token);
          continue;
        }
        hold(step);
        ready_.push_back(std::move(step));
      }
    }
    arrived_.notify_all();
    for (const auto& token : unwanted) state_->engine.release(consumer_, token);
  }

  void revoke(const actors::StepToken& token, const std::string& /*why*/) override {
    const std::lock_guard lock(state_->mutex);
    std::erase_if(ready_, [&](const auto& step) { return step.token == token; });
    forget(token);
  }

  // -- under the state's mutex --

  void hold(const actors::LeasedStep& step) {
    const auto until_ms = state_->clock.steady_ms() + step.lease_ms;
    held_[step.token.key] = {step.token, step.lease_ms, until_ms};
    state_->holders[step.token.key] = weak_from_this();
  }
  // A later attempt of the same step may be held by now, here or by another worker: that one stays.
  bool forget(const actors::StepToken& token) {
    const auto it = held_.find(token.key);
    if (it == held_.end() || !(it->second.token == token)) return false;
    held_.erase(it);
    const auto holder = state_->holders.find(token.key);
    if (holder != state_->holders.end() && holder->second.lock().get() == this) {
      state_->holders.erase(holder);
    }
    return true;
  }
  bool is_idle(std::int64_t now_ms) const {
    return wanted_ == 0 && now_ms - last_seen_ms_ > linger_ms &&
           std::all_of(held_.begin(), held_.end(),
                       [&](const auto& held) { return held.second.until_ms < now_ms; });
  }

  std::shared_ptr<State> state_;
  const actors::ConsumerId consumer_;
  std::condition_variable_any arrived_;
  std::int64_t last_seen_ms_;
  std::uint64_t wanted_ = 0;       // by the polls that wait
  std::uint64_t outstanding_ = 0;  // credit granted and not used
  std::deque<actors::LeasedStep> ready_;
  std::map<persistence::StepKey, Held> held_;
};

LeaseHub::LeaseHub(actors::Engine& engine, Clock& clock)
    : state_(std::make_shared<State>(engine, clock)) {}

LeaseHub::~LeaseHub() {
  // Sinks and state hold each other; letting the sinks go here breaks the circle.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Sink>> sinks;
  const std::lock_guard lock(state_->mutex);
  state_->closed = true;
  state_->sinks.swap(sinks);
}

std::shared_ptr<LeaseHub::Sink> LeaseHub::sink_for(const std::string& queue,
                                                   const std::string& worker, bool& is_new) {
  const std::lock_guard lock(state_->mutex);
  const auto it = state_->sinks.find({queue, worker});
  is_new = it == state_->sinks.end();
  if (!is_new) return it->second;
  if (state_->sinks.size() >= max_workers) return nullptr;
  auto sink = std::make_shared<Sink>(state_, state_->engine.new_consumer());
  state_->sinks[{queue, worker}] = sink;
  return sink;
}

Result<std::vector<actors::LeasedStep>> LeaseHub::lease(const std::string& queue,
                                                        const std::string& worker,
                                                        std::uint32_t max,
                                                        const Patience& patience) {
  bool is_new = false;
  const auto sink = sink_for(queue, worker, is_new);
  if (!sink) {
    return fail(Code::full, "the node knows " + std::to_string(max_workers) +
                                " HTTP workers already; use one name for each worker");
  }
  if (is_new) state_->engine.attach(sink->consumer_, queue, worker, sink);

  std::uint64_t missing = 0;
  std::unique_lock lock(state_->mutex);
  sink->last_seen_ms_ = state_->clock.steady_ms();
  sink->wanted_ += max;
  const auto on_the_way = sink->outstanding_ + sink->ready_.size();
  if (sink->wanted_ > on_the_way) missing = sink->wanted_ - on_the_way;
  sink->outstanding_ += missing;
  lock.unlock();
  if (missing > 0) {
    state_->engine.credit(sink->consumer_, queue, static_cast<std::uint32_t>(missing));
  }

  lock.lock();
  sink->arrived_.wait_for(lock, patience.stop, std::chrono::milliseconds(patience.deadline_ms),
                          [&] { return !sink->ready_.empty(); });
  std::vector<actors::LeasedStep> steps;
  while (steps.size() < max && !sink->ready_.empty()) {
    steps.push_back(std::move(sink->ready_.front()));
    sink->ready_.pop_front();
  }
  sink->wanted_ -= max;
  sink->last_seen_ms_ = state_->clock.steady_ms();
  std::vector<actors::StepToken> unwanted;
  while (sink->ready_.size() > sink->wanted_) {
    unwanted.push_back(sink->ready_.back().token);
    sink->forget(sink->ready_.back().token);
    sink->ready_.pop_back();
  }
  lock.unlock();
  for (const auto& token : unwanted) state_->engine.release(sink->consumer_, token);
  return steps;
}

actors::ConsumerId LeaseHub::consumer_of(const actors::StepToken& token) const {
  const std::lock_guard lock(state_->mutex);
  const auto sink = state_->holder_of(token.key);
  return sink ? sink->consumer_ : state_->anyone;
}

void LeaseHub::ended(const actors::StepToken& token) {
  const std::lock_guard lock(state_->mutex);
  if (const auto sink = state_->holder_of(token.key)) sink->forget(token);
}

void LeaseHub::extended(const actors::StepToken& token) {
  const std::lock_guard lock(state_->mutex);
  const auto sink = state_->holder_of(token.key);
  if (!sink) return;
  const auto it = sink->held_.find(token.key);
  if (it == sink->held_.end() || !(it->second.token == token)) return;
  it->second.until_ms = state_->clock.steady_ms() + it->second.lease_ms;
  sink->last_seen_ms_ = state_->clock.steady_ms();
}

void LeaseHub::sweep() {
  std::vector<std::shared_ptr<Sink>> idle;
  {
    const std::lock_guard lock(state_->mutex);
    const auto now_ms = state_->clock.steady_ms();
    for (auto it = state_->sinks.begin(); it != state_->sinks.end();) {
      if (!it->second->is_idle(now_ms)) {
        ++it;
        continue;
      }
      std::vector<actors::StepToken> expired;
      for (const auto& [key, held] : it->second->held_) expired.push_back(held.token);
      for (const auto& token : expired) it->second->forget(token);
      idle.push_back(std::move(it->second));
      it = state_->sinks.erase(it);
    }
  }
  for (const auto& sink : idle) state_->engine.detach(sink->consumer_, true);
}

std::size_t LeaseHub::workers() const {
  const std::lock_guard lock(state_->mutex);
  return state_->sinks.size();
}

}  // namespace endure::http
