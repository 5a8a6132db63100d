// Reads of queues, timers, events and definitions.
#include "persistence/codec.hpp"
#include "persistence/lmdb/contain.hpp"
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
    walk(cursor, cursor.first(), damage(), [&] {
      const auto queue = cursor.key();
      // The counts of a damaged row were made anew when the volume was opened.
      const auto state = decode_queue(cursor.value());
      if (!state && state.error().code != Code::corrupt) throw Failed(state.error());
      rows.push_back({queue, state && state->paused, counters_.counts(queue)});
      return true;
    });
    return rows;
  });
}

std::vector<StepRecord> LmdbStore::slice(const Table<StepKeys>& table, const std::string& queue,
                                         const std::optional<StepKey>& after, std::size_t limit) {
  const ReadTxn txn(volume_.env);
  std::vector<StepRecord> steps;
  if (limit == 0) return steps;
  Cursor cursor(txn, table);
  const auto from = after.value_or(StepKey{queue, 0, earliest, 0, 0});
  walk(cursor, cursor.at_or_after(from), damage(), [&] {
    const auto key = cursor.key();
    if (key.queue != queue) return false;
    if ((after && key <= *after) || hides(key.workflow)) return true;
    steps.push_back(taken(decode_step(key, cursor.value()), cursor));
    return steps.size() < limit;
  });
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
    walk(cursor, limit > 0 && cursor.at_or_after(from), damage(), [&] {
      const auto key = cursor.key();
      if (key.step.queue != queue || key.due > until) return false;
      if (hides(key.step.workflow)) return true;
      steps.push_back(taken(decode_step(key.step, cursor.value()), cursor));
      return steps.size() < limit;
    });
    return steps;
  });
}

Result<std::optional<Instant>> LmdbStore::next_delayed(const std::string& queue) {
  return guarded([&]() -> std::optional<Instant> {
    const ReadTxn txn(volume_.env);
    Cursor cursor(txn, volume_.schema.delayed);
    std::optional<Instant> due;
    const DelayedKey from{earliest, {queue, 0, earliest, 0, 0}};
    walk(cursor, cursor.at_or_after(from), damage(), [&] {
      const auto key = cursor.key();
      if (key.step.queue != queue) return false;
      if (hides(key.step.workflow)) return true;
      taken(decode_step(key.step, cursor.value()),
            cursor);  // one that cannot be read never comes due
      due = key.due;
      return false;
    });
    return due;
  });
}

Result<std::optional<StepRecord>> LmdbStore::find_dead_step(const StepKey& key) {
  return guarded([&]() -> std::optional<StepRecord> {
    const ReadTxn txn(volume_.env);
    const auto& dead = volume_.schema.dead;
    if (hides(key.workflow)) return std::nullopt;
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
    walk(cursor, limit > 0 && cursor.at_or_after(from), damage(), [&] {
      const auto key = cursor.key();
      if (key.due > until) return false;
      if ((!after || key > *after) && !hides(key.workflow)) keys.push_back(key);
      return keys.size() < limit;
    });
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
    walk(cursor, limit > 0 && cursor.at_or_after(after), damage(), [&] {
      const auto sequence = cursor.key();
      if (sequence <= after) return true;
      rows.push_back(taken(decode_outbox(sequence, cursor.value()), cursor));
      return rows.size() < limit;
    });
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
    walk(cursor, limit > 0 && cursor.at_or_after({key_type, after, UINT32_MAX}), damage(), [&] {
      auto key = cursor.key();
      if (key.type != key_type) return false;
      if (key.workflow <= after || hides(key.workflow)) return true;
      key.type = taken(decode_listener(key.type, cursor.value()), cursor);
      if (key.type == type) keys.push_back(std::move(key));
      return keys.size() < limit;
    });
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
    WorkflowNumber last = after;
    while (numbers.size() < limit && cursor.at_or_after({last, UINT64_MAX})) {
      const WorkflowNumber number = cursor.key().workflow;
      if (number == last) break;
      last = number;
      if (!hides(number)) numbers.push_back(number);
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
    walk(cursor, cursor.first(), damage(), [&] {
      auto row = decode_definition(cursor.key(), cursor.value());
      if (!row && row.error().code == Code::corrupt) {
        // It may be the latest: whoever asks for that must not get an older one instead.
        note_damage(cursor, row.error(), damage());
        row = DefinitionRow{cursor.key(), {}, {INT64_MAX}, {}, true};
      }
      rows.push_back(taken(std::move(row), cursor));
      return true;
    });
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
    walk(cursor, cursor.first(), damage(), [&] {
      if (hides(cursor.key())) return true;
      rows.push_back(taken(decode_schedule(cursor.key(), cursor.value()), cursor));
      return true;
    });
    return rows;
  });
}

Result<std::optional<ScheduleRow>> LmdbStore::find_schedule(const std::string& ns,
                                                            const std::string& name) {
  return guarded([&]() -> std::optional<ScheduleRow> {
    const ReadTxn txn(volume_.env);
    const auto& schedules = volume_.schema.schedules;
    const WorkflowName key{ns, name};
    if (hides(key)) return std::nullopt;
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
    walk(cursor, limit > 0 && cursor.at_or_after({ns, name, after}), damage(), [&] {
      const auto key = cursor.key();
      if (key.ns != ns || key.name != name) return false;
      if (key.sequence <= after) return true;
      rows.push_back(taken(decode_trigger(key, cursor.value()), cursor));
      return rows.size() < limit;
    });
    return rows;
  });
}

}  // namespace endure::persistence::lmdb
