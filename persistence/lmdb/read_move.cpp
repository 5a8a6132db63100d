// The rows of one shard, for another volume: the same walk reads what goes and checks what came.
#include <algorithm>

#include "persistence/cluster_codec.hpp"
#include "persistence/codec.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/lmdb/shard_events.hpp"
#include "persistence/lmdb/shard_rows.hpp"
#include "persistence/lmdb/store_impl.hpp"

namespace endure::persistence::lmdb {

namespace {

// Gathers rows of one read transaction.
class Gatherer {
 public:
  Gatherer(const Txn& txn, const Schema& schema) : txn_(txn), schema_(schema) {}

  std::size_t bytes() const { return bytes_; }
  std::vector<RawRow> take() { return std::move(rows_); }

  template <class Keys>
  void add(RowOf of, const typename Keys::Key& key, std::string_view value) {
    KeyWriter bytes;
    Keys::write(bytes, key);
    add_bytes(of, bytes.bytes(), value);
  }
  void add_bytes(RowOf of, std::string_view key, std::string_view value) {
    bytes_ += key.size() + value.size();
    rows_.push_back({static_cast<std::uint8_t>(of), std::string(key), std::string(value)});
  }
  // The row of this key; Code::corrupt where it is missing.
  template <class Keys>
  void add_of(RowOf of, const Table<Keys>& table, const typename Keys::Key& key) {
    const auto value = table.get(txn_, key);
    if (!value) throw Failed({Code::corrupt, "a row of its workflow is missing", table.place(key)});
    add<Keys>(of, key, *value);
  }

  // What must be there by the workflow's snapshot, and the snapshot.
  void add_workflow(WorkflowNumber number) {
    const auto bytes = schema_.snapshots.get(txn_, number);
    if (!bytes) {
      throw Failed({Code::corrupt, "an index names a workflow that is not there",
                    schema_.snapshots.place(number)});
    }
    const auto s = taken(decode_snapshot(*bytes), schema_.snapshots, number);
    add<NumberKeys>(RowOf::snapshots, number, *bytes);
    add_of(RowOf::names, schema_.names, s.name);
    add_of(RowOf::phases, schema_.phases, {s.phase, number});
    if (!s.status.empty()) {
      add_of(RowOf::statuses, schema_.statuses, {index_text(s.status), number});
    }
    if (workflow::is_ended(s.phase)) add_of(RowOf::ended, schema_.ended, {s.updated, number});
    if (s.parent) add_of(RowOf::children, schema_.children, {s.parent->number, number});
    for (const auto& open : s.steps) {
      add_step({open.queue, open.priority, open.enqueued, number, open.wait});
    }
    for (const auto& timer : s.timers) {
      add_of(RowOf::timers, schema_.timers, {timer.due, number, timer.wait});
    }
    for (const auto& listener : s.listeners) {
      add_of(RowOf::listeners, schema_.listeners,
             {index_text(listener.type), number, listener.wait});
    }
  }

 private:
  void add_step(const StepKey& key) {
    if (const auto ready = schema_.ready.get(txn_, key)) {
      return add<StepKeys>(RowOf::ready, key, *ready);
    }
    const auto bytes = schema_.parked.get(txn_, key);
    if (!bytes) {
      throw Failed(
          {Code::corrupt, "a step of its workflow is on no queue", schema_.ready.place(key)});
    }
    add<StepKeys>(RowOf::parked, key, *bytes);
    const auto parked = taken(decode_parked(*bytes), schema_.parked, key);
    if (parked.state == StepState::delayed) {
      add_of(RowOf::delayed, schema_.delayed, {parked.due, key});
    } else {
      add_of(RowOf::dead, schema_.dead, key);
    }
  }

  const Txn& txn_;
  const Schema& schema_;
  std::vector<RawRow> rows_;
  std::size_t bytes_ = 0;
};

// A table's records of one workflow behind `place.record`; false where the part is full before the
// last of them.
bool add_records(const Txn& txn, const Table<RecordKeys>& table, RowOf of, WorkflowNumber number,
                 ShardPlace& place, std::size_t max_bytes, Gatherer& rows) {
  Cursor cursor(txn, table);
  for (bool more = cursor.at_or_after({number, place.record + 1}); more; more = cursor.next()) {
    const auto key = cursor.key();
    if (key.workflow != number) break;
    if (rows.bytes() >= max_bytes) return false;
    rows.add_bytes(of, cursor.key_bytes(), cursor.value());
    place.record = key.record;
  }
  return true;
}

// The workflow at the place, or the rest of it; false where the part is full before its end.
bool add_rest(const Txn& txn, const Schema& schema, WorkflowNumber number, ShardPlace& place,
              std::size_t max_bytes, Gatherer& rows) {
  if (!place.in_history && !place.in_mailbox) {
    rows.add_workflow(number);
    place.in_history = true;
  }
  if (place.in_history) {
    if (!add_records(txn, schema.history, RowOf::history, number, place, max_bytes, rows)) {
      return false;
    }
    place = {place.workflow, 0, false, true};
  }
  if (!add_records(txn, schema.mailbox, RowOf::mailbox, number, place, max_bytes, rows)) {
    return false;
  }
  place = {place.workflow + 1, 0, false, false};
  return true;
}

// What is about the shard itself; few rows, in one part.
void add_shard(const Txn& txn, const Schema& schema, Shard shard, std::uint32_t shards,
               Gatherer& rows) {
  Cursor schedules(txn, schema.schedules);
  for (bool more = schedules.first(); more; more = schedules.next()) {
    if (shard_of(schedules.key(), shards) != shard) continue;
    rows.add_bytes(RowOf::schedules, schedules.key_bytes(), schedules.value());
  }
  if (has_schedules(txn, schema, shard, shards)) {
    const ShardEventsKey key{shard, ShardEventsKey::Kind::had};
    const auto came = schema.shard_events.get(txn, key);
    const auto bytes = schema.shards.get(txn, shard);
    const auto row = bytes ? decode_shard(shard, *bytes) : fail(Code::not_found, {});
    const bool is_coming = row && row->state == ShardRow::State::arriving && came;
    rows.add<ShardEventsKeys>(
        RowOf::had_events, key,
        is_coming ? std::string(*came) : encode_sequences(had_events(txn, schema, shard)));
  }
  Cursor triggers(txn, schema.triggers);
  for (bool more = triggers.first(); more; more = triggers.next()) {
    const auto key = triggers.key();
    if (shard_of({key.ns, key.name}, shards) != shard) continue;
    rows.add_bytes(RowOf::triggers, triggers.key_bytes(), triggers.value());
  }
  Cursor channels(txn, schema.channels);
  for (bool more = channels.first(); more; more = channels.next()) {
    const auto key = channels.key();
    const auto row = taken(decode_channel(channels.value()), channels);
    if (key.from == shard && row.sent > 0) {
      rows.add_bytes(RowOf::channels_out, channels.key_bytes(),
                     encode_channel({row.sent, row.acked, 0}));
    }
    if (key.to == shard && row.taken > 0) {
      rows.add_bytes(RowOf::channels_in, channels.key_bytes(), encode_channel({0, 0, row.taken}));
    }
  }
  Cursor messages(txn, schema.relay);
  for (bool more = messages.at_or_after({{shard, 0}, 0}); more; more = messages.next()) {
    if (messages.key().channel.from != shard) break;
    rows.add_bytes(RowOf::relay, messages.key_bytes(), messages.value());
  }
}

}  // namespace

Result<std::vector<WorkflowNumber>> LmdbStore::workflows_of(Shard shard) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<WorkflowNumber> numbers;
    // An index without values: a tenth of the pages of the snapshots.
    Cursor cursor(txn, volume_.schema.phases);
    for (bool more = cursor.first(); more; more = cursor.next()) {
      const auto number = cursor.key().workflow;
      if (Numbering::shard(number) == shard) numbers.push_back(number);
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  });
}

Result<ShardPart> LmdbStore::rows_of(Shard shard, std::span<const WorkflowNumber> workflows,
                                     const ShardPlace& from, std::size_t max_bytes) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    const auto& schema = volume_.schema;
    ShardPart part;
    part.next = from;
    Gatherer rows(txn, schema);
    bool whole = true;
    while (whole && part.next.workflow < workflows.size() && rows.bytes() < max_bytes) {
      whole = add_rest(txn, schema, workflows[part.next.workflow], part.next, max_bytes, rows);
    }
    if (part.next.workflow == workflows.size() && rows.bytes() < max_bytes) {
      add_shard(txn, schema, shard, numbering().shards, rows);
      part.last = true;
    }
    part.rows = rows.take();
    return part;
  });
}

Result<std::vector<LateEvents>> LmdbStore::late_events() {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<LateEvents> out;
    Cursor cursor(txn, volume_.schema.shard_events);
    for (bool more = cursor.first(); more; more = cursor.next()) {
      const auto key = cursor.key();
      if (key.kind != ShardEventsKey::Kind::late || !cluster_->owns(key.shard)) continue;
      out.push_back({key.shard, taken(decode_sequences(cursor.value()), cursor)});
    }
    return out;
  });
}

}  // namespace endure::persistence::lmdb
