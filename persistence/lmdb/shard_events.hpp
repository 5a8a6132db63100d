// Which events the schedules of a shard have had. Every node delivers every event, at its own time;
// a shard that goes from one to another says which of them its schedules have had, so that they get
// each of the others once (docs/decisions/026).
//
//   had    written when the shard came: those are passed over here
//   late   delivered here while the shard was frozen, or before it came: still to be offered. As
//   long
//          as the list is there, what is delivered is added to it, for nobody knows yet which
//          schedules there are
#pragma once

#include <cstdint>
#include <vector>

#include "persistence/lmdb/schema.hpp"

namespace endure::persistence::lmdb {

using Sequences = std::vector<std::uint64_t>;  // ascending

bool has_schedules(const Txn& txn, const Schema& schema, Shard shard, std::uint32_t shards);
// Nothing where there is no such list.
std::optional<Sequences> shard_events(const Txn& txn, const Schema& schema, Shard shard,
                                      ShardEventsKey::Kind kind);
// Kept, or at least begun to be delivered, here.
Sequences delivered_events(const Txn& txn, const Schema& schema);
// What the schedules of a shard of this volume have had: what was delivered here, and what they had
// before they came, but for what is late.
Sequences had_events(const Txn& txn, const Schema& schema, Shard shard);

}  // namespace endure::persistence::lmdb
