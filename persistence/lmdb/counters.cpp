#include "persistence/lmdb/counters.hpp"

#include "persistence/lmdb/contain.hpp"

namespace endure::persistence::lmdb {

namespace {

template <class Keys, class QueueOf>
std::uint64_t rows_of(const Txn& txn, const Table<Keys>& table, const typename Keys::Key& from,
                      const std::string& queue, DamageLog& damage, QueueOf queue_of) {
  std::uint64_t count = 0;
  Cursor cursor(txn, table);
  walk(cursor, cursor.at_or_after(from), damage, [&] {
    if (queue_of(cursor.key()) != queue) return false;
    ++count;
    return true;
  });
  return count;
}

QueueCounts counted(const Txn& txn, const Schema& schema, const std::string& queue,
                    DamageLog& damage) {
  const StepKey first{queue, 0, {INT64_MIN}, 0, 0};
  const auto of_step = [](const StepKey& key) { return key.queue; };
  QueueCounts counts;
  counts.ready = rows_of(txn, schema.ready, first, queue, damage, of_step);
  counts.delayed = rows_of(txn, schema.delayed, {{INT64_MIN}, first}, queue, damage,
                           [](const DelayedKey& key) { return key.step.queue; });
  counts.dead = rows_of(txn, schema.dead, first, queue, damage, of_step);
  return counts;
}

}  // namespace

void QueueCounters::load(const Txn& txn, const Schema& schema, DamageLog& damage) {
  const std::lock_guard lock(mutex_);
  states_.clear();
  Cursor cursor(txn, schema.queues);
  walk(cursor, cursor.first(), damage, [&] {
    const auto queue = cursor.key();
    const auto state = decode_queue(cursor.value());
    if (state) {
      states_[queue] = *state;
    } else if (state.error().code == Code::corrupt) {
      note_damage(cursor, state.error(), damage);
      states_[queue] = {false, counted(txn, schema, queue, damage)};
    } else {
      taken(state, cursor);
    }
    return true;
  });
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
