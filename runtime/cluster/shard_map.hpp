// Who has which shard, as the nodes have told: a hint for routing, never a right. What has the
// higher epoch counts; of one epoch, what was told last. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/cluster/messages.hpp"

namespace endure::cluster {

class ShardMap {
 public:
  struct Entry {
    std::string owner;
    std::uint64_t epoch = 0;

    bool operator==(const Entry&) const = default;
  };

  explicit ShardMap(std::uint32_t shards) : entries_(shards) {}

  void learn(Shard shard, const std::string& owner, std::uint64_t epoch) {
    const std::lock_guard lock(mutex_);
    put(shard, owner, epoch);
  }
  // All that a node says it has.
  void learn(const std::string& owner, const std::vector<News::Owned>& owned) {
    const std::lock_guard lock(mutex_);
    for (const auto& item : owned) put(item.shard, owner, item.epoch);
  }

  Entry of(Shard shard) const {
    const std::lock_guard lock(mutex_);
    return shard < entries_.size() ? entries_[shard] : Entry();
  }
  std::vector<Entry> all() const {
    const std::lock_guard lock(mutex_);
    return entries_;
  }

 private:
  void put(Shard shard, const std::string& owner, std::uint64_t epoch) {
    if (shard >= entries_.size() || owner.empty() || epoch < entries_[shard].epoch) return;
    entries_[shard] = {owner, epoch};
  }

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace endure::cluster
