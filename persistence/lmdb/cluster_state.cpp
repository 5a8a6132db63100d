#include "persistence/lmdb/cluster_state.hpp"

#include "persistence/cluster_codec.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/shard_move.hpp"

namespace endure::persistence::lmdb {

ClusterState::ClusterState(ClusterRow row, const Txn& txn, const Schema& schema)
    : shard_count_(row.identity.shards), owned_(row.identity.shards), shown_(row.identity.shards) {
  std::vector<ShardRow> shards;
  Cursor cursor(txn, schema.shards);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    shards.push_back(taken(decode_shard(cursor.key(), cursor.value()), cursor));
  }
  publish(std::move(row), shards);
}

ClusterRow ClusterState::row() const {
  const std::lock_guard lock(mutex_);
  return row_;
}

std::vector<ShardRow> ClusterState::shards() const {
  const std::lock_guard lock(mutex_);
  return shards_;
}

void ClusterState::publish(ClusterRow row, const std::vector<ShardRow>& shards) {
  const std::lock_guard lock(mutex_);
  if (const Member* self = row.members.find(row.identity.node)) number_ = self->number;
  row_ = std::move(row);
  shards_ = shards;
  for (const auto& shard : shards) {
    if (shard.shard >= owned_.size()) continue;
    owned_[shard.shard] = shard.state == ShardRow::State::owned;
    shown_[shard.shard] = is_own(shard);
  }
}

}  // namespace endure::persistence::lmdb
