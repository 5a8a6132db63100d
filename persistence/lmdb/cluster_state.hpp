// What the writer and the readers of a cluster's volume know of it without reading: who it is, and
// which shards it owns. row(), owns(), shards(): any thread; the rest the writer's.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "persistence/cluster_records.hpp"
#include "persistence/lmdb/schema.hpp"

namespace endure::persistence::lmdb {

class ClusterState {
 public:
  ClusterState(ClusterRow row, const Txn& txn, const Schema& schema);

  ClusterRow row() const;
  bool owns(Shard shard) const { return shard < owned_.size() && owned_[shard]; }
  // With one that is on its way to another node.
  bool shows(Shard shard) const { return shard < shown_.size() && shown_[shard]; }
  std::vector<ShardRow> shards() const;

  // The node's number in the cluster; it means nothing before the node is born.
  std::uint32_t number() const { return number_; }
  Numbering numbering() const { return {shard_count_, number_}; }

  // After a commit that has changed them.
  void publish(ClusterRow row, const std::vector<ShardRow>& shards);

 private:
  std::uint32_t shard_count_;
  std::atomic<std::uint32_t> number_{0};
  std::vector<std::atomic<bool>> owned_;
  std::vector<std::atomic<bool>> shown_;
  mutable std::mutex mutex_;
  ClusterRow row_;
  std::vector<ShardRow> shards_;
};

}  // namespace endure::persistence::lmdb
