// What the rows of a shard come to, so that its new owner can say that it has what was sent. Pure,
// but for sum_of(); any thread.
#pragma once

#include <cstdint>
#include <string>

#include "persistence/store.hpp"

namespace endure::persistence {

struct ShardSum {
  std::uint64_t rows = 0;
  std::string digest;  // SHA-256 over each row and the digest of those before it

  bool operator==(const ShardSum&) const = default;
};

void add(ShardSum& sum, const RawRow& row);

// Reads every row of the shard in the volume.
Result<ShardSum> sum_of(ClusterStore& store, Shard shard);

}  // namespace endure::persistence
