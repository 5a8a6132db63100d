#include "persistence/lmdb/counters.hpp"

#include "persistence/lmdb/record.hpp"

namespace endure::persistence::lmdb {

void QueueCounters::load(const Txn& txn, const Schema& schema) {
  const std::lock_guard lock(mutex_);
  states_.clear();
  Cursor cursor(txn, schema.queues);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    states_[cursor.key()] = taken(decode_queue(cursor.value()), cursor);
  }
}

void QueueCounters::publish(const QueueStates& touched) {
  const std::lock_guard lock(mutex_);
  for (const auto& [queue, state] : touched) states_[queue] = state;
}

QueueCounts QueueCounters::counts(const std::string& queue) const {
  const std::lock_guard lock(mutex_);
  const auto it = states_.find(queue);
  return it == states_.end() ? QueueCounts() : it->second.counts;
}

QueueState& TouchedQueues::at(const std::string& queue) {
  const auto it = touched_.find(queue);
  if (it != touched_.end()) return it->second;
  const auto before = committed_.find(queue);
  return touched_[queue] = before == committed_.end() ? QueueState() : before->second;
}

void TouchedQueues::write(WriteTxn& txn, const Schema& schema) const {
  for (const auto& [queue, state] : touched_) schema.queues.put(txn, queue, encode_queue(state));
}

}  // namespace endure::persistence::lmdb
