// Which shards go where, so that each node has about as many as the others, or one has none; as few
// as possible move. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/placement.hpp"

namespace endure::cluster {

struct PlannedMove {
  Shard shard = 0;
  std::string from;
  std::string to;

  bool operator==(const PlannedMove&) const = default;
};

// Who has which shard, or shall have it; an empty name: nobody is known to.
using ShardOwners = std::vector<std::string>;

// Numbers of shards differ by one at most afterwards. `nodes`: those that shall have shards; a
// shard of any other node stays.
std::vector<PlannedMove> plan_rebalance(const ShardOwners& owners,
                                        const std::vector<std::string>& nodes);
// `node` has none afterwards: each of its shards goes to whoever of `nodes` has the fewest.
std::vector<PlannedMove> plan_drain(const ShardOwners& owners,
                                    const std::vector<std::string>& nodes, const std::string& node);

}  // namespace endure::cluster
