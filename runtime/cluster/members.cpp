#include "runtime/cluster/members.hpp"

#include <algorithm>

namespace endure::cluster {

namespace {

std::string configured_address(const Configured& configured, const std::string& node) {
  for (const auto& known : configured) {
    if (known.node == node) return known.address;
  }
  return {};
}

}  // namespace

std::vector<bridge::PeerAddress> peers_of(const persistence::ClusterRow& row,
                                          const Configured& configured) {
  std::vector<bridge::PeerAddress> peers;
  for (const auto& member : row.members.all) {
    if (member.gone || member.node == row.identity.node) continue;
    auto address = configured_address(configured, member.node);
    if (address.empty()) address = member.address;
    if (!address.empty()) peers.push_back({member.node, std::move(address)});
  }
  for (const auto& known : configured) {
    if (known.node != row.identity.node && row.members.find(known.node) == nullptr) {
      peers.push_back(known);
    }
  }
  return peers;
}

std::vector<std::string> former_of(const MemberList& members) {
  std::vector<std::string> gone;
  for (const auto& member : members.all) {
    if (member.gone) gone.push_back(member.node);
  }
  return gone;
}

MemberList with_addresses(MemberList members, const Configured& configured) {
  for (auto& member : members.all) {
    if (member.address.empty()) member.address = configured_address(configured, member.node);
  }
  return members;
}

std::vector<std::string> differences(const persistence::ClusterRow& row,
                                     const Configured& configured) {
  std::vector<std::string> out;
  if (!row.born) return out;
  for (const auto& known : configured) {
    const Member* member = row.members.find(known.node);
    if (member == nullptr) {
      out.push_back(known.node + " stands in cluster.nodes and does not belong to the cluster");
    } else if (member->gone) {
      out.push_back(known.node + " stands in cluster.nodes and was removed from the cluster");
    } else if (!member->address.empty() && member->address != known.address) {
      out.push_back(known.node + " is at " + known.address +
                    " in cluster.nodes, which counts, and at " + member->address +
                    " for the cluster");
    }
  }
  for (const auto& member : row.members.all) {
    if (member.gone || !member.address.empty() || member.node == row.identity.node) continue;
    if (configured_address(configured, member.node).empty()) {
      out.push_back(member.node + " belongs to the cluster and has no address in cluster.nodes");
    }
  }
  return out;
}

Result<void> may_leave(const Absentee& absentee) {
  const auto& node = absentee.node;
  if (absentee.shards > 0) {
    return fail(Code::conflict,
                node + " is away and has " + std::to_string(absentee.shards) +
                    " shards: start it, and endure cluster drain " + node,
                node);
  }
  if (absentee.unclaimed > 0) {
    return fail(Code::conflict,
                node + " is away, and no node that is up has " +
                    std::to_string(absentee.unclaimed) +
                    " shards, which may be there: start it, or all others",
                node);
  }
  if (absentee.coming > 0) {
    return fail(Code::conflict,
                std::to_string(absentee.coming) + " shards are to go to " + node +
                    ": endure cluster drain " + node,
                node);
  }
  return {};
}

}  // namespace endure::cluster
