// Shards that come and go. What becomes of a shard's row: persistence/shard_move.hpp.
#include <algorithm>
#include <iterator>

#include "base/fault_point.hpp"
#include "persistence/codec.hpp"
#include "persistence/lmdb/commit.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/lmdb/shard_events.hpp"
#include "persistence/lmdb/shard_rows.hpp"
#include "persistence/rules.hpp"
#include "persistence/shard_move.hpp"

namespace endure::persistence::lmdb {

Result<void> Commit::apply_change(const ShardMoved& change) {
  if (cluster_ == nullptr) return Failure(no_cluster());
  const ShardStep& step = change.step;
  const auto numbering = cluster_->numbering();
  if (step.shard >= numbering.shards) {
    return fail(Code::invalid, "there is no shard " + std::to_string(step.shard), "shard");
  }
  const auto now = cluster_now_ ? *cluster_now_ : ClusterNow{cluster_->row(), cluster_->shards()};
  const auto found = std::find_if(now.shards.begin(), now.shards.end(),
                                  [&](const ShardRow& row) { return row.shard == step.shard; });
  std::optional<ShardRow> before;
  if (found != now.shards.end()) before = *found;
  const bool comes =
      step.act == ShardAct::expect || step.act == ShardAct::part || step.act == ShardAct::complete;
  if (comes && is_leaving(now.row)) return Failure(node_leaves(now.row.identity.node));
  const auto next = after(before, step, now.row.identity.node);
  if (!next) return Failure(next.error());
  if (before && *next == *before && step.act != ShardAct::sweep) return {};
  for (const auto& row : change.rows) {
    if (auto checked = check_row(step.shard, row); !checked) return checked;
  }
  if (auto swept = sweep(step.shard, change.swept); !swept) return swept;
  for (const auto& row : change.rows) put_row(row);
  if (step.act == ShardAct::emptied) {
    sweep_schedules(step.shard);
    sweep_channels(step.shard);
  }
  ENDURE_FAULT_POINT("move.in_commit");
  auto& shards = cluster_change().shards;
  const auto place = std::find_if(shards.begin(), shards.end(),
                                  [&](const ShardRow& row) { return row.shard == step.shard; });
  place != shards.end() ? void(*place = *next) : shards.push_back(*next);
  schema_.shards.put(txn_, step.shard, encode_shard(*next));
  if (step.act == ShardAct::take || step.act == ShardAct::thaw) take_local_messages(step.shard);
  if (step.act == ShardAct::take || step.act == ShardAct::freeze) {
    begin_late_events(step.shard, step.act);
  }
  return {};
}

// Messages from and to the shard whose other end is on this node, too: they have arrived. So no
// channel between shards of one node ever holds any, and what is said between them now is behind
// what was said before.
void Commit::take_local_messages(Shard shard) {
  std::vector<ChannelKey> keys;
  Cursor channels(txn_, schema_.channels);
  for (bool more = channels.first(); more; more = channels.next()) {
    const auto key = channels.key();
    if (is_node_end(key.from) || (key.from != shard && key.to != shard)) continue;
    if (serves(key.from) && serves(key.to)) keys.push_back(key);
  }
  for (const auto key : keys) {
    for (auto row = channel(key); row.acked < row.sent; row = channel(key)) {
      const RelayKey at{key, row.acked + 1};
      const auto bytes = schema_.relay.get(txn_, at);
      if (row.taken <= row.acked && bytes) {
        const auto message = taken(decode_relayed(*bytes), schema_.relay, at);
        std::visit([this](const auto& one) { take(one); }, message);
        row = channel(key);  // a refusal may have gone the same way
        row.taken = row.acked + 1;
      }
      row.acked += 1;
      schema_.relay.erase(txn_, at);
      schema_.channels.put(txn_, key, encode_channel(row));
    }
  }
}

// -- events of its schedules ---------------------------------------------------------

// From now on nobody knows which events start which of the shard's schedules, until it is said that
// they were offered. What was delivered here before, and they have not had, is late, too.
void Commit::begin_late_events(Shard shard, ShardAct act) {
  using Kind = ShardEventsKey::Kind;
  if (!has_schedules(txn_, schema_, shard, cluster_->numbering().shards)) return;
  auto late = shard_events(txn_, schema_, shard, Kind::late).value_or(Sequences());
  if (act == ShardAct::take) {
    const auto had = shard_events(txn_, schema_, shard, Kind::had).value_or(Sequences());
    const auto delivered = delivered_events(txn_, schema_);
    std::set_difference(delivered.begin(), delivered.end(), had.begin(), had.end(),
                        std::back_inserter(late));
  }
  schema_.shard_events.put(txn_, {shard, Kind::late}, encode_sequences(late));
}

// With the first slice of its delivery, which is when schedules are offered it.
void Commit::note_late_event(const OutboxRow& row, const std::vector<TriggerRow>& triggers) {
  if (cluster_ == nullptr || !row.keep || row.any_done || row.resume_after != 0) return;
  std::vector<std::pair<ShardEventsKey, Sequences>> lists;
  Cursor cursor(txn_, schema_.shard_events);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const auto key = cursor.key();
    if (key.kind != ShardEventsKey::Kind::late) continue;
    lists.emplace_back(key, taken(decode_sequences(cursor.value()), cursor));
  }
  const auto shards = cluster_->numbering().shards;
  for (auto& [key, late] : lists) {
    // Its schedules were known when this was decided, and are served here: they have it.
    const bool have_it =
        serves(key.shard) &&
        std::any_of(triggers.begin(), triggers.end(), [&, shard = key.shard](const auto& each) {
          return shard_of({each.ns, each.name}, shards) == shard;
        });
    if (have_it) continue;
    const auto had = shard_events(txn_, schema_, key.shard, ShardEventsKey::Kind::had);
    if (had && std::binary_search(had->begin(), had->end(), row.sequence)) continue;
    late.insert(std::upper_bound(late.begin(), late.end(), row.sequence), row.sequence);
    schema_.shard_events.put(txn_, key, encode_sequences(late));
  }
}

bool Commit::had_before(const TriggerRow& trigger) {
  if (cluster_ == nullptr) return false;
  const Shard shard = shard_of({trigger.ns, trigger.name}, cluster_->numbering().shards);
  const auto had = shard_events(txn_, schema_, shard, ShardEventsKey::Kind::had);
  return had && std::binary_search(had->begin(), had->end(), trigger.sequence);
}

Result<void> Commit::apply_change(const LateEventsOffered& change) {
  if (cluster_ == nullptr) return Failure(no_cluster());
  if (!serves(change.shard)) return Failure(not_here(change.shard));
  write_triggers(change.triggers);
  schema_.shard_events.erase(txn_, {change.shard, ShardEventsKey::Kind::late});
  return {};
}

// -- rows that come -----------------------------------------------------------------

Result<void> Commit::check_row(Shard shard, const RawRow& row) const {
  const auto rows = static_cast<RowOf>(row.table);
  std::optional<Shard> of;
  const bool known = with_table(schema_, rows, [&](const auto& table) {
    using Keys = typename std::decay_t<decltype(table)>::KeysOf;
    KeyReader reader(row.key);
    const auto key = Keys::read(reader);
    if (reader.whole()) of = shard_of_row(rows, key, cluster_->numbering().shards);
  });
  if (rows == RowOf::had_events) {
    if (const auto had = decode_sequences(row.value); !had) return Failure(had.error());
  }
  if (rows == RowOf::channels_in || rows == RowOf::channels_out) {
    if (const auto channel = decode_channel(row.value); !channel) return Failure(channel.error());
  }
  if (known && of == shard) return {};
  return fail(Code::invalid,
              known ? "a row that comes with a shard belongs to another one"
                    : "a row that comes with a shard is of no table known here",
              "shards/" + std::to_string(shard));
}

void Commit::put_row(const RawRow& row) {
  const auto rows = static_cast<RowOf>(row.table);
  const auto key_of = [&](const auto& table) {
    using Keys = typename std::decay_t<decltype(table)>::KeysOf;
    KeyReader reader(row.key);
    return Keys::read(reader);
  };
  switch (rows) {
    case RowOf::channels_out: {
      const auto key = key_of(schema_.channels);
      const auto sent = taken(decode_channel(row.value), schema_.channels, key);
      auto both = channel(key);
      both.sent = sent.sent;
      both.acked = sent.acked;
      return put_channel(key, both);
    }
    case RowOf::channels_in: {
      const auto key = key_of(schema_.channels);
      auto both = channel(key);
      both.taken = taken(decode_channel(row.value), schema_.channels, key).taken;
      return put_channel(key, both);
    }
    case RowOf::ready: ++queues_.at(key_of(schema_.ready).queue).counts.ready; break;
    case RowOf::delayed: ++queues_.at(key_of(schema_.delayed).step.queue).counts.delayed; break;
    case RowOf::dead: ++queues_.at(key_of(schema_.dead).queue).counts.dead; break;
    // Which events it has missed here, nobody can say: it looks at all that are kept.
    case RowOf::listeners: schema_.looking.put(txn_, key_of(schema_.listeners).workflow, {}); break;
    default: break;
  }
  with_table(schema_, rows, [&](const auto& table) { table.put_bytes(txn_, row.key, row.value); });
  if (rows == RowOf::relay) relayed_ = true;
}

// -- rows that go -------------------------------------------------------------------

Result<void> Commit::sweep(Shard shard, const std::vector<WorkflowNumber>& workflows) {
  for (const auto number : workflows) {
    if (Numbering::shard(number) != shard) {
      return fail(Code::invalid, "the workflow " + std::to_string(number) +
                                     " is not of the shard " + std::to_string(shard));
    }
  }
  std::vector<workflow::Snapshot> snapshots;
  for (const auto number : workflows) {
    if (!snapshots_.at(number)) continue;
    auto snapshot = placed(decode_snapshot(snapshots_.value()), schema_.snapshots, number);
    if (!snapshot) return Failure(snapshot.error());
    snapshots.push_back(*std::move(snapshot));
  }
  for (const auto& snapshot : snapshots) erase_workflow(snapshot);
  return {};
}

void Commit::sweep_schedules(Shard shard) {
  const auto shards = cluster_->numbering().shards;
  schema_.shard_events.erase(txn_, {shard, ShardEventsKey::Kind::had});
  schema_.shard_events.erase(txn_, {shard, ShardEventsKey::Kind::late});
  Cursor schedules(txn_, schema_.schedules);
  for (bool more = schedules.first(); more; more = schedules.next()) {
    if (shard_of(schedules.key(), shards) == shard) schedules.erase();
  }
  Cursor triggers(txn_, schema_.triggers);
  for (bool more = triggers.first(); more; more = triggers.next()) {
    const auto key = triggers.key();
    if (shard_of({key.ns, key.name}, shards) == shard) triggers.erase();
  }
}

void Commit::sweep_channels(Shard shard) {
  Cursor messages(txn_, schema_.relay);
  for (bool more = messages.at_or_after({{shard, 0}, 0}); more; more = messages.next()) {
    if (messages.key().channel.from != shard) break;
    messages.erase();
  }
  std::vector<std::pair<ChannelKey, ChannelRow>> changed;
  Cursor channels(txn_, schema_.channels);
  for (bool more = channels.first(); more; more = channels.next()) {
    const auto key = channels.key();
    if (key.from != shard && key.to != shard) continue;
    auto row = taken(decode_channel(channels.value()), channels);
    if (key.from == shard) row.sent = row.acked = 0;
    if (key.to == shard) row.taken = 0;
    changed.emplace_back(key, row);
  }
  for (const auto& [key, row] : changed) put_channel(key, row);
}

void Commit::put_channel(ChannelKey key, const ChannelRow& row) {
  if (row.sent == 0 && row.taken == 0) {
    schema_.channels.erase(txn_, key);
  } else {
    schema_.channels.put(txn_, key, encode_channel(row));
  }
}

}  // namespace endure::persistence::lmdb
