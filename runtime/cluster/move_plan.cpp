#include "runtime/cluster/move_plan.hpp"

#include <algorithm>

namespace endure::cluster {

namespace {

using Counts = std::map<std::string, std::size_t>;

Counts counts_of(const ShardOwners& owners, const std::vector<std::string>& nodes) {
  Counts counts;
  for (const auto& node : nodes) counts[node] = 0;
  for (const auto& owner : owners) {
    const auto found = counts.find(owner);
    if (found != counts.end()) ++found->second;
  }
  return counts;
}

Counts::iterator fewest(Counts& counts) {
  return std::min_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; });
}

// How many each node shall have: who has the most keeps one more where it does not come out even.
Counts shares_of(const Counts& counts) {
  std::vector<std::pair<std::size_t, std::string>> order;
  std::size_t all = 0;
  for (const auto& [node, count] : counts) {
    order.emplace_back(count, node);
    all += count;
  }
  std::sort(order.rbegin(), order.rend());
  Counts shares;
  for (std::size_t i = 0; i < order.size(); ++i) {
    shares[order[i].second] = all / order.size() + (i < all % order.size() ? 1 : 0);
  }
  return shares;
}

}  // namespace

std::vector<PlannedMove> plan_rebalance(const ShardOwners& owners,
                                        const std::vector<std::string>& nodes) {
  std::vector<PlannedMove> moves;
  auto counts = counts_of(owners, nodes);
  const auto shares = shares_of(counts);
  for (Shard shard = 0; shard < owners.size(); ++shard) {
    const auto from = counts.find(owners[shard]);
    if (from == counts.end() || from->second <= shares.at(from->first)) continue;
    const auto to = std::find_if(counts.begin(), counts.end(), [&](const auto& node) {
      return node.second < shares.at(node.first);
    });
    if (to == counts.end()) break;
    moves.push_back({shard, from->first, to->first});
    --from->second;
    ++to->second;
  }
  return moves;
}

std::vector<PlannedMove> plan_drain(const ShardOwners& owners,
                                    const std::vector<std::string>& nodes,
                                    const std::string& node) {
  std::vector<PlannedMove> moves;
  auto counts = counts_of(owners, nodes);
  counts.erase(node);
  if (counts.empty()) return moves;
  for (Shard shard = 0; shard < owners.size(); ++shard) {
    if (owners[shard] != node) continue;
    const auto to = fewest(counts);
    moves.push_back({shard, node, to->first});
    ++to->second;
  }
  return moves;
}

}  // namespace endure::cluster
