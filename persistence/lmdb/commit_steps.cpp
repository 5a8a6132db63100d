// What becomes of steps: each lies in exactly one of the tables ready, delayed and dead; the last
// two are found by `parked`, so that the ready path pays nothing for them.
#include "persistence/codec.hpp"
#include "persistence/lmdb/commit.hpp"
#include "persistence/lmdb/contain.hpp"
#include "persistence/rules.hpp"

namespace endure::persistence::lmdb {

// -- changes ------------------------------------------------------------------

Result<void> Commit::apply_change(const StepRetried& change) {
  const auto& key = change.record.key;
  if (!is_here(key.workflow)) return Failure(not_here(Numbering::shard(key.workflow)));
  const auto stored = find_step(key, {StepState::ready, {}});
  if (!stored) return Failure(stored.error());
  if (!*stored) return Failure(step_gone(key));
  const auto step = retried(**stored, change.record);
  if (waits(change.record)) {
    take_ready(key);
    park(step, {StepState::delayed, step.due});
  } else {
    schema_.ready.put(txn_, key, encode_step(step));
  }
  return {};
}

Result<void> Commit::apply_change(const StepsDue& change) {
  std::vector<std::pair<StepRecord, Parked>> due_steps;
  for (const auto& due : change.steps) {
    if (!is_here(due.key.workflow)) continue;
    const Parked where{StepState::delayed, due.due};
    auto stored = find_step(due.key, where);
    if (!stored) return Failure(stored.error());
    if (*stored) due_steps.emplace_back(**std::move(stored), where);
  }
  for (auto& [step, where] : due_steps) {
    if (take_parked(step.key, where)) enqueue(come_due(std::move(step)));
  }
  return {};
}

Result<void> Commit::apply_change(const LeasesKept& change) {
  std::vector<StepRecord> kept;
  for (const auto& lease : change.leases) {
    if (!is_here(lease.key.workflow)) continue;
    auto stored = find_step(lease.key, {StepState::ready, {}});
    if (!stored) return Failure(stored.error());
    if (*stored) kept.push_back(leased(**std::move(stored), lease));
  }
  for (const auto& step : kept) schema_.ready.put(txn_, step.key, encode_step(step));
  return {};
}

// -- finding ------------------------------------------------------------------

Result<std::optional<StepRecord>> Commit::find_step(const StepKey& key, const Parked& where) {
  const auto read = [&](const auto& table,
                        const auto& table_key) -> Result<std::optional<StepRecord>> {
    const auto bytes = table.get(txn_, table_key);
    if (!bytes) return std::nullopt;
    auto step = placed(decode_step(key, *bytes), table, table_key);
    if (!step) return Failure(step.error());
    return *std::move(step);
  };
  switch (where.state) {
    case StepState::ready: return read(schema_.ready, key);
    case StepState::delayed: return read(schema_.delayed, DelayedKey{where.due, key});
    case StepState::dead: return read(schema_.dead, key);
  }
  return std::nullopt;
}

Result<std::optional<Parked>> Commit::find_parked(const StepKey& key) {
  const auto bytes = schema_.parked.get(txn_, key);
  if (!bytes) return std::nullopt;
  auto parked = placed(decode_parked(*bytes), schema_.parked, key);
  if (parked) return *parked;
  if (parked.error().code != Code::corrupt) return Failure(parked.error());
  damage_.note({schema_.parked.name(), StepKeys::show(key), parked.error().what, 0});
  return look_for_parked(key);
}

// Where the table `parked` cannot say it any more.
std::optional<Parked> Commit::look_for_parked(const StepKey& key) {
  if (schema_.dead.get(txn_, key)) return Parked{StepState::dead, {}};
  Cursor cursor(txn_, schema_.delayed);
  std::optional<Parked> found;
  const DelayedKey from{{INT64_MIN}, {key.queue, 0, {INT64_MIN}, 0, 0}};
  walk(cursor, cursor.at_or_after(from), damage_, [&] {
    const auto each = cursor.key();
    if (each.step.queue != key.queue) return false;
    if (each.step != key) return true;
    found = Parked{StepState::delayed, each.due};
    return false;
  });
  return found;
}

// -- moving -------------------------------------------------------------------

void Commit::enqueue(const StepRecord& step) {
  const auto bytes = encode_step(step);
  auto& counts = queues_.at(step.key.queue).counts;
  if (schema_.ready.put_new(txn_, step.key, bytes)) {
    ++counts.ready;
  } else {
    schema_.ready.put(txn_, step.key, bytes);
  }
}

void Commit::park(const StepRecord& step, const Parked& where) {
  const auto bytes = encode_step(step);
  auto& counts = queues_.at(step.key.queue).counts;
  if (where.state == StepState::delayed) {
    schema_.delayed.put(txn_, {where.due, step.key}, bytes);
    ++counts.delayed;
  } else {
    schema_.dead.put(txn_, step.key, bytes);
    ++counts.dead;
  }
  schema_.parked.put(txn_, step.key, encode_parked(where));
}

bool Commit::take_ready(const StepKey& key) {
  if (!schema_.ready.erase(txn_, key)) return false;
  --queues_.at(key.queue).counts.ready;
  return true;
}

bool Commit::take_parked(const StepKey& key, const Parked& where) {
  auto& counts = queues_.at(key.queue).counts;
  if (where.state == StepState::delayed) {
    if (!schema_.delayed.erase(txn_, {where.due, key})) return false;
    --counts.delayed;
  } else {
    if (!schema_.dead.erase(txn_, key)) return false;
    --counts.dead;
  }
  schema_.parked.erase(txn_, key);
  return true;
}

void Commit::remove_step(const StepKey& key) {
  if (take_ready(key)) return;
  const auto parked = find_parked(key);
  if (!parked) throw Failed(parked.error());
  if (*parked) take_parked(key, **parked);
}

}  // namespace endure::persistence::lmdb
