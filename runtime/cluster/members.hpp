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

// What is known of a node that is to leave.
struct Leaver {
  std::string node;
  std::uint64_t shards = 0;   // that it is known to have
  std::uint64_t unowned = 0;  // that nobody is known to have
  bool is_up = false;
  std::uint64_t says_shards = 0;   // where it is up: that it has, by its own word
  std::uint64_t says_waiting = 0;  // messages there that other nodes have not taken
};
// Code::conflict: it has shards, or may have; Code::retry_later: others have not got all from it.
Result<void> may_leave(const Leaver& leaver);

}  // namespace endure::cluster
