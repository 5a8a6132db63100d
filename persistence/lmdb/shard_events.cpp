#include "persistence/lmdb/shard_events.hpp"

#include <algorithm>
#include <iterator>

#include "persistence/cluster_codec.hpp"
#include "persistence/codec.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/lmdb/rows.hpp"

namespace endure::persistence::lmdb {

using Kind = ShardEventsKey::Kind;

bool has_schedules(const Txn& txn, const Schema& schema, Shard shard, std::uint32_t shards) {
  Cursor cursor(txn, schema.schedules);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    if (shard_of(cursor.key(), shards) == shard) return true;
  }
  return false;
}

std::optional<Sequences> shard_events(const Txn& txn, const Schema& schema, Shard shard,
                                      Kind kind) {
  const ShardEventsKey key{shard, kind};
  const auto bytes = schema.shard_events.get(txn, key);
  if (!bytes) return std::nullopt;
  return taken(decode_sequences(*bytes), schema.shard_events, key);
}

Sequences delivered_events(const Txn& txn, const Schema& schema) {
  Sequences sequences;
  Cursor kept(txn, schema.kept);
  for (bool more = kept.first(); more; more = kept.next()) sequences.push_back(kept.key());
  Cursor outbox(txn, schema.outbox);
  for (bool more = outbox.first(); more; more = outbox.next()) {
    const auto row = decode_outbox(outbox.key(), outbox.value());
    if (row && (row->any_done || row->resume_after != 0)) sequences.push_back(row->sequence);
  }
  std::sort(sequences.begin(), sequences.end());
  return sequences;
}

Sequences had_events(const Txn& txn, const Schema& schema, Shard shard) {
  const auto delivered = delivered_events(txn, schema);
  const auto before = shard_events(txn, schema, shard, Kind::had).value_or(Sequences());
  const auto late = shard_events(txn, schema, shard, Kind::late).value_or(Sequences());
  Sequences all;
  std::set_union(delivered.begin(), delivered.end(), before.begin(), before.end(),
                 std::back_inserter(all));
  Sequences had;
  std::set_difference(all.begin(), all.end(), late.begin(), late.end(), std::back_inserter(had));
  return had;
}

}  // namespace endure::persistence::lmdb
