// Reads of queues, timers, events and definitions.
#include "persistence/codec.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/lmdb/store_impl.hpp"

namespace endure::persistence::lmdb {

namespace {

constexpr Instant earliest{INT64_MIN};

}  // namespace

// -- queues -------------------------------------------------------------------

Result<std::vector<QueueRow>> LmdbStore::queues() {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<QueueRow> rows;
    Cursor cursor(txn, volume_.schema.queues);
    for (bool more = cursor.first(); more; more = cursor.next()) {
      const auto state = taken(decode_queue(cursor.value()), cursor);
      rows.push_back({cursor.key(), state.paused, state.counts});
    }
    return rows;
  });
}

std::vector<StepRecord> LmdbStore::slice(const Table<StepKeys>& table, const std::string& queue,
                                         const std::optional<StepKey>& after,
                                         std::size_t limit) const {
  const ReadTxn txn(volume_.env);
  std::vector<StepRecord> steps;
  Cursor cursor(txn, table);
  const auto from = after.value_or(StepKey{queue, 0, earliest, 0, 0});
  for (bool more = cursor.at_or_after(from); more && steps.size() < limit; more = cursor.next()) {
    const auto key = cursor.key();
    if (key.queue != queue) break;
    if (after && key <= *after) continue;
    steps.push_back(taken(decode_step(key, cursor.value()), cursor));
  }
  return steps;
}

Result<std::vector<StepRecord>> LmdbStore::ready_steps(const std::string& queue,
                                                       const std::optional<StepKey>& after,
                                                       std::size_t limit) {
  return guarded([&] { return slice(volume_.schema.ready, queue, after, limit); });
}

Result<std::vector<StepRecord>> LmdbStore::dead_steps(const std::string& queue,
                                                      const std::optional<StepKey>& after,
                                                      std::size_t limit) {
  return guarded([&] { return slice(volume_.schema.dead, queue, after, limit); });
}

Result<std::vector<StepRecord>> LmdbStore::delayed_steps(const std::string& queue, Instant until,
                                                         std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<StepRecord> steps;
    Cursor cursor(txn, volume_.schema.delayed);
    const DelayedKey from{earliest, {queue, 0, earliest, 0, 0}};
    for (bool more = cursor.at_or_after(from); more && steps.size() < limit; more = cursor.next()) {
      const auto key = cursor.key();
      if (key.step.queue != queue || key.due > until) break;
      steps.push_back(taken(decode_step(key.step, cursor.value()), cursor));
    }
    return steps;
  });
}

Result<std::optional<Instant>> LmdbStore::next_delayed(const std::string& queue) {
  return guarded([&]() -> std::optional<Instant> {
    const ReadTxn txn(volume_.env);
    Cursor cursor(txn, volume_.schema.delayed);
    if (!cursor.at_or_after({earliest, {queue, 0, earliest, 0, 0}})) return std::nullopt;
    const auto key = cursor.key();
    if (key.step.queue != queue) return std::nullopt;
    return key.due;
  });
}

Result<std::optional<StepRecord>> LmdbStore::find_dead_step(const StepKey& key) {
  return guarded([&]() -> std::optional<StepRecord> {
    const ReadTxn txn(volume_.env);
    const auto& dead = volume_.schema.dead;
    const auto bytes = dead.get(txn, key);
    if (!bytes) return std::nullopt;
    return taken(decode_step(key, *bytes), dead, key);
  });
}

// -- timers and events --------------------------------------------------------

Result<std::vector<TimerKey>> LmdbStore::timers(Instant until, const std::optional<TimerKey>& after,
                                                std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<TimerKey> keys;
    Cursor cursor(txn, volume_.schema.timers);
    const auto from = after.value_or(TimerKey{earliest, 0, 0});
    for (bool more = cursor.at_or_after(from); more && keys.size() < limit; more = cursor.next()) {
      const auto key = cursor.key();
      if (key.due > until) break;
      if (!after || key > *after) keys.push_back(key);
    }
    return keys;
  });
}

Result<std::optional<Instant>> LmdbStore::next_timer() {
  return guarded([&]() -> std::optional<Instant> {
    const ReadTxn txn(volume_.env);
    Cursor cursor(txn, volume_.schema.timers);
    if (!cursor.first()) return std::nullopt;
    return cursor.key().due;
  });
}

Result<std::vector<OutboxRow>> LmdbStore::outbox(std::uint64_t after, std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<OutboxRow> rows;
    Cursor cursor(txn, volume_.schema.outbox);
    for (bool more = cursor.at_or_after(after); more && rows.size() < limit; more = cursor.next()) {
      const auto sequence = cursor.key();
      if (sequence <= after) continue;
      rows.push_back(taken(decode_outbox(sequence, cursor.value()), cursor));
    }
    return rows;
  });
}

Result<std::vector<ListenerKey>> LmdbStore::listeners(const std::string& type, WorkflowNumber after,
                                                      std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<ListenerKey> keys;
    const auto key_type = index_text(type);
    Cursor cursor(txn, volume_.schema.listeners);
    for (bool more = cursor.at_or_after({key_type, after, UINT32_MAX}); more && keys.size() < limit;
         more = cursor.next()) {
      auto key = cursor.key();
      if (key.type != key_type) break;
      if (key.workflow <= after) continue;
      key.type = taken(decode_listener(key.type, cursor.value()), cursor);
      if (key.type == type) keys.push_back(std::move(key));
    }
    return keys;
  });
}

Result<std::vector<WorkflowNumber>> LmdbStore::mailbox_workflows(WorkflowNumber after,
                                                                 std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<WorkflowNumber> numbers;
    Cursor cursor(txn, volume_.schema.mailbox);
    // From each workflow's first message straight to the next workflow's.
    for (bool more = cursor.at_or_after({after, UINT64_MAX}); more && numbers.size() < limit;
         more = cursor.at_or_after({numbers.back(), UINT64_MAX})) {
      const WorkflowNumber number = cursor.key().workflow;
      if (!numbers.empty() && number == numbers.back()) break;
      numbers.push_back(number);
    }
    return numbers;
  });
}

// -- definitions --------------------------------------------------------------

Result<std::vector<DefinitionRow>> LmdbStore::definitions() {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<DefinitionRow> rows;
    Cursor cursor(txn, volume_.schema.definitions);
    for (bool more = cursor.first(); more; more = cursor.next()) {
      rows.push_back(taken(decode_definition(cursor.key(), cursor.value()), cursor));
    }
    return rows;
  });
}

Result<std::optional<DefinitionRow>> LmdbStore::find_definition(
    const workflow::DefinitionRef& ref) {
  return guarded([&]() -> std::optional<DefinitionRow> {
    const ReadTxn txn(volume_.env);
    const auto& definitions = volume_.schema.definitions;
    const auto bytes = definitions.get(txn, ref);
    if (!bytes) return std::nullopt;
    return taken(decode_definition(ref, *bytes), definitions, ref);
  });
}

// -- schedules ----------------------------------------------------------------

Result<std::vector<ScheduleRow>> LmdbStore::schedules() {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<ScheduleRow> rows;
    Cursor cursor(txn, volume_.schema.schedules);
    for (bool more = cursor.first(); more; more = cursor.next()) {
      rows.push_back(taken(decode_schedule(cursor.key(), cursor.value()), cursor));
    }
    return rows;
  });
}

Result<std::optional<ScheduleRow>> LmdbStore::find_schedule(const std::string& ns,
                                                            const std::string& name) {
  return guarded([&]() -> std::optional<ScheduleRow> {
    const ReadTxn txn(volume_.env);
    const auto& schedules = volume_.schema.schedules;
    const WorkflowName key{ns, name};
    const auto bytes = schedules.get(txn, key);
    if (!bytes) return std::nullopt;
    return taken(decode_schedule(key, *bytes), schedules, key);
  });
}

Result<std::vector<TriggerRow>> LmdbStore::triggers(const std::string& ns, const std::string& name,
                                                    std::uint64_t after, std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<TriggerRow> rows;
    Cursor cursor(txn, volume_.schema.triggers);
    for (bool more = cursor.at_or_after({ns, name, after}); more && rows.size() < limit;
         more = cursor.next()) {
      const auto key = cursor.key();
      if (key.ns != ns || key.name != name) break;
      if (key.sequence <= after) continue;
      rows.push_back(taken(decode_trigger(key, cursor.value()), cursor));
    }
    return rows;
  });
}

}  // namespace endure::persistence::lmdb
