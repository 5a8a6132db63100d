// What follows from who belongs to a cluster, for one of its nodes: whom it speaks to, what its
// configuration says otherwise, and who may leave (docs/decisions/025). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "persistence/cluster_records.hpp"
#include "runtime/bridge/inbox.hpp"

namespace endure::cluster {

using Configured = std::vector<bridge::PeerAddress>;  // cluster.nodes, this node too

// Whom the node's bridge speaks to: all others that belong to the cluster, where the configuration
// or else the list says; and those that only the configuration names, which refuse or are refused
// as long as they do not belong to it. Nobody who is gone.
std::vector<bridge::PeerAddress> peers_of(const persistence::ClusterRow& row,
                                          const Configured& configured);
// Who is gone.
std::vector<std::string> former_of(const MemberList& members);

// Each node that has no address gets that of the configuration.
MemberList with_addresses(MemberList members, const Configured& configured);

// What the configuration says that is not so, in sentences: a node that does not belong to the
// cluster, or no more; another address; and who belongs to it and has no address here.
std::vector<std::string> differences(const persistence::ClusterRow& row,
                                     const Configured& configured);

// What the nodes that are up know of one that is away, and is to leave. (One that is up says itself
// whether it may: persistence::NodeDeparts.)
struct Absentee {
  std::string node;
  std::uint64_t shards = 0;     // that it was last known to have
  std::uint64_t coming = 0;     // that others have, and that are to go there
  std::uint64_t unclaimed = 0;  // further ones that none of them has: they may be there
};
// Code::conflict: a shard would, or might, be lost.
Result<void> may_leave(const Absentee& absentee);

}  // namespace endure::cluster
