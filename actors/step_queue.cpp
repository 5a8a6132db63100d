#include "actors/step_queue.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace endure::actors {

using persistence::StepKey;
using persistence::StepRecord;

StepQueue::StepQueue(std::string name, std::size_t window, std::uint64_t epoch)
    : name_(std::move(name)), limit_(std::max<std::size_t>(window, 1)), epoch_(epoch) {}

StepQueue::Position StepQueue::position_of(const StepKey& key) {
  return {key.priority, key.enqueued.ms, key.workflow, key.wait};
}

// -- consumers ------------------------------------------------------------------

void StepQueue::attach(ConsumerId id, std::string worker, std::shared_ptr<StepSink> sink) {
  Consumer& consumer = consumers_[id];
  consumer.worker = std::move(worker);
  consumer.sink = std::move(sink);
}

void StepQueue::credit(ConsumerId id, std::uint32_t steps) {
  const auto found = consumers_.find(id);
  if (found == consumers_.end()) return;
  Consumer& consumer = found->second;
  consumer.credit += steps;
  if (consumer.credit > 0 && !consumer.queued) {
    consumer.queued = true;
    turn_.push_back(id);
  }
}

std::vector<StepQueue::Lease> StepQueue::detach(ConsumerId id) {
  std::vector<Lease> held;
  if (consumers_.erase(id) == 0) return held;
  std::erase(turn_, id);
  for (auto& [position, lease] : leases_) {
    if (lease.consumer != id || lease.settling) continue;
    lease.settling = true;
    held.push_back(lease);
  }
  return held;
}

ConsumerId StepQueue::next_consumer() {
  const ConsumerId id = turn_.front();
  turn_.pop_front();
  Consumer& consumer = consumers_.at(id);
  consumer.queued = --consumer.credit > 0;
  if (consumer.queued) turn_.push_back(id);
  return id;
}

// -- ready steps ----------------------------------------------------------------

bool StepQueue::covered(const Position& position) const {
  return whole_ || (covered_ && position <= *covered_);
}

void StepQueue::add(StepRecord step, Time time) {
  const Position position = position_of(step.key);
  if (loading_) {
    held_.insert_or_assign(position, std::move(step));
    gone_.erase(position);
  } else if (covered(position)) {
    insert(std::move(step), position, time);
  }
}

void StepQueue::insert(StepRecord&& step, const Position& position, Time time) {
  if (leases_.contains(position)) return;
  if (step.leased_until > time.now) {
    // A worker held it before the node went down and may come back with the result.
    Lease lease;
    lease.token = {step.key, step.attempts + 1, 0};
    lease.worker = step.leased_by;
    lease.deadline_ms = time.steady_ms + (step.leased_until - time.now);
    lease.step = std::move(step);
    leases_.emplace(position, std::move(lease));
    return;
  }
  window_.insert_or_assign(position, std::move(step));
  shrink();
}

void StepQueue::shrink() {
  while (window_.size() > limit_) {
    window_.erase(std::prev(window_.end()));
    covered_ = window_.rbegin()->first;
    whole_ = false;
  }
}

bool StepQueue::wants_slice() const {
  return !whole_ && !loading_ && window_.size() <= limit_ / 2;
}

std::optional<StepKey> StepQueue::begin_slice() {
  loading_ = true;
  if (!covered_) return std::nullopt;
  return StepKey{
      name_, covered_->priority, {covered_->enqueued_ms}, covered_->workflow, covered_->wait};
}

void StepQueue::slice_loaded(const std::vector<StepRecord>& steps, std::size_t limit, Time time) {
  loading_ = false;
  whole_ = steps.size() < limit;
  if (!whole_) covered_ = position_of(steps.back().key);
  for (const StepRecord& step : steps) {
    const Position position = position_of(step.key);
    if (!gone_.contains(position) && covered(position)) insert(StepRecord(step), position, time);
  }
  gone_.clear();
  std::map<Position, StepRecord> held;
  held.swap(held_);
  for (auto& [position, step] : held) add(std::move(step), time);
  if (std::exchange(rescan_, false)) rescan();
}

void StepQueue::rescan() {
  if (loading_) {
    rescan_ = true;
    return;
  }
  whole_ = false;
  covered_.reset();
  // What is in the window is on disk, too; reading it again costs less than telling what is
  // missing.
  window_.clear();
}

std::optional<StepQueue::Lease> StepQueue::forget(const StepKey& key) {
  const Position position = position_of(key);
  window_.erase(position);
  held_.erase(position);
  if (loading_) gone_.insert(position);
  const auto found = leases_.find(position);
  if (found == leases_.end()) return std::nullopt;
  Lease lease = std::move(found->second);
  leases_.erase(found);
  return lease;
}

std::vector<StepQueue::Lease> StepQueue::forget_shard(Shard shard) {
  const auto is_of = [shard](const auto& entry) {
    return Numbering::shard(entry.first.workflow) == shard;
  };
  std::erase_if(window_, is_of);
  std::erase_if(held_, is_of);
  std::vector<Lease> leases;
  for (const auto& entry : leases_) {
    if (is_of(entry)) leases.push_back(entry.second);
  }
  std::erase_if(leases_, is_of);
  return leases;
}

// -- leases ---------------------------------------------------------------------

std::vector<StepQueue::Delivery> StepQueue::hand_out(Time time) {
  std::vector<Delivery> deliveries;
  std::unordered_map<ConsumerId, std::size_t> by_consumer;
  while (!paused_ && !window_.empty() && !turn_.empty()) {
    auto node = window_.extract(window_.begin());
    const ConsumerId id = next_consumer();
    const Consumer& consumer = consumers_.at(id);
    const auto [where, fresh] = by_consumer.try_emplace(id, deliveries.size());
    if (fresh) deliveries.push_back({consumer.sink, {}});
    deliveries[where->second].steps.push_back(lease(std::move(node.mapped()), id, consumer, time));
  }
  return deliveries;
}

LeasedStep StepQueue::lease(StepRecord&& step, ConsumerId id, const Consumer& consumer, Time time) {
  LeasedStep out;
  out.token = {step.key, step.attempts + 1, epoch_};
  out.name = step.name;
  out.task = step.task;
  out.lease_ms = step.lease_ms;
  out.idempotency_key = step.name.ns + "/" + step.name.id + "/" +
                        std::to_string(step.key.workflow) + "/" + std::to_string(step.key.wait);
  out.arguments = step.arguments;

  Lease lease;
  lease.token = out.token;
  lease.consumer = id;
  lease.worker = consumer.worker;
  lease.deadline_ms = time.steady_ms + step.lease_ms;
  const Position position = position_of(step.key);
  lease.step = std::move(step);
  leases_.emplace(position, std::move(lease));
  return out;
}

StepQueue::Holds StepQueue::holds(const StepToken& token) const {
  const Position position = position_of(token.key);
  const auto found = leases_.find(position);
  if (found != leases_.end()) {
    const Lease& lease = found->second;
    const bool same_epoch =
        lease.token.epoch == token.epoch || (lease.consumer == 0 && token.epoch < epoch_);
    if (lease.token.attempt != token.attempt || !same_epoch) return Holds::stale;
    return lease.settling ? Holds::settling : Holds::yes;
  }
  if (token.epoch >= epoch_) return Holds::stale;
  const auto ready = window_.find(position);
  if (ready != window_.end()) {
    return ready->second.attempts + 1 == token.attempt ? Holds::yes : Holds::stale;
  }
  return whole_ && !loading_ ? Holds::stale : Holds::on_disk;
}

const StepQueue::Lease& StepQueue::begin_settle(const StepToken& token, ConsumerId consumer,
                                                Time time) {
  const Position position = position_of(token.key);
  auto found = leases_.find(position);
  if (found == leases_.end()) {
    auto node = window_.extract(position);
    ENDURE_ASSERT(!node.empty());
    const bool adopted = adopt(token, consumer, std::move(node.mapped()), time);
    ENDURE_ASSERT(adopted);
    found = leases_.find(position);
  }
  Lease& lease = found->second;
  if (lease.consumer == 0) lease.consumer = consumer;
  const auto holder = consumers_.find(consumer);
  // A lease that was taken up before its worker was attached does not know the worker's name yet.
  if (lease.worker.empty() && holder != consumers_.end()) lease.worker = holder->second.worker;
  lease.token = token;
  lease.settling = true;
  return lease;
}

bool StepQueue::adopt(const StepToken& token, ConsumerId consumer,
                      const std::optional<StepRecord>& step, Time time) {
  const Position position = position_of(token.key);
  if (!step || step->attempts + 1 != token.attempt || leases_.contains(position)) return false;
  Lease lease;
  lease.token = token;
  lease.consumer = consumer;
  const auto known = consumers_.find(consumer);
  lease.worker = known == consumers_.end() ? step->leased_by : known->second.worker;
  lease.deadline_ms = time.steady_ms + step->lease_ms;
  lease.step = *step;
  window_.erase(position);
  leases_.emplace(position, std::move(lease));
  return true;
}

void StepQueue::unsettle(const StepKey& key, Time time, std::optional<std::int64_t> left_ms) {
  const auto found = leases_.find(position_of(key));
  if (found == leases_.end()) return;
  found->second.settling = false;
  found->second.deadline_ms = time.steady_ms + left_ms.value_or(found->second.step.lease_ms);
}

void StepQueue::settled(const StepKey& key) {
  const Position position = position_of(key);
  leases_.erase(position);
  held_.erase(position);
  if (loading_) gone_.insert(position);
}

const StepQueue::Lease* StepQueue::extend(const StepToken& token, ConsumerId consumer, Time time) {
  const Holds state = holds(token);
  if (state != Holds::yes && state != Holds::settling) return nullptr;
  const Position position = position_of(token.key);
  if (!leases_.contains(position)) {
    const StepRecord step = window_.at(position);
    if (!adopt(token, consumer, step, time)) return nullptr;
  }
  Lease& lease = leases_.at(position);
  if (state == Holds::yes) {
    lease.consumer = consumer;
    lease.token = token;
    lease.deadline_ms = time.steady_ms + lease.step.lease_ms;
  }
  return &lease;
}

void StepQueue::release(const StepToken& token, Time time) {
  if (holds(token) != Holds::yes) return;
  const auto found = leases_.find(position_of(token.key));
  if (found == leases_.end()) return;
  StepRecord step = std::move(found->second.step);
  step.leased_until = {};
  leases_.erase(found);
  add(std::move(step), time);
}

std::vector<StepQueue::Lease> StepQueue::expired(std::int64_t steady_ms) {
  std::vector<Lease> over;
  for (auto& [position, lease] : leases_) {
    if (lease.settling || lease.deadline_ms > steady_ms) continue;
    lease.settling = true;
    over.push_back(lease);
  }
  return over;
}

}  // namespace endure::actors
