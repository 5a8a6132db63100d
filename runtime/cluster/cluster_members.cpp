// Who belongs to the cluster, as far as that is the node's whole affair: see membership.hpp.
#include "persistence/shard_move.hpp"
#include "runtime/cluster/cluster.hpp"

namespace endure::cluster {

void Cluster::members_changed() {
  const auto members = cluster_.row().members;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& node : former_of(members)) news_of_.erase(node);
  }
  make_news();
  relay_.look();
}

Relay::End Cluster::end_of(persistence::ChannelEnd end) const {
  if (!persistence::is_node_end(end)) return {owner(end)};
  const auto members = cluster_.row().members;
  const Member* member = members.numbered(end - persistence::node_end(0));
  return member == nullptr ? Relay::End() : Relay::End{member->node, member->gone};
}

MemberList Cluster::members() const {
  auto row = cluster_.row();
  return row.born ? std::move(row.members) : MemberList();
}

// By what the nodes that are up say now, not by what was ever heard.
Absentee Cluster::absentee(const std::string& node) const {
  std::vector<Placement> claimed(identity_.shards);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [other, news] : news_of_) {
      if (other == node || !bridge_.is_up(other)) continue;
      for (const auto& item : news.shards) {
        if (item.shard < claimed.size()) claimed[item.shard] = {other, item.to};
      }
    }
  }
  for (const auto& row : cluster_.shards()) {
    if (persistence::is_own(row)) claimed[row.shard] = {row.owner, row.to};
  }
  Absentee out;
  out.node = node;
  for (Shard shard = 0; shard < claimed.size(); ++shard) {
    if (claimed[shard].to == node) ++out.coming;
    if (!claimed[shard].owner.empty()) continue;
    ++(map_.of(shard).owner == node ? out.shards : out.unclaimed);
  }
  return out;
}

void Cluster::change_members(const std::string& node, const std::optional<std::string>& address,
                             actors::Reply<workflow::Json> reply) {
  if (address) return membership_.add(node, *address, std::move(reply));
  membership_.remove(absentee(node), std::move(reply));
}

}  // namespace endure::cluster
