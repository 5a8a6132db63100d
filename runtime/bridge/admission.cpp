#include "runtime/bridge/admission.hpp"

#include <algorithm>

namespace endure::bridge {

namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

bool begins_with(const Greeting& greeting, const std::string& node) {
  return std::find(greeting.born.begin(), greeting.born.end(), node) != greeting.born.end();
}

std::string other_birth(const Greeting& own, const Greeting& theirs) {
  return theirs.node + " is of a cluster that begins with " + joined(theirs.born) + ", " +
         own.node + " of one that begins with " + joined(own.born) + ": see cluster.nodes";
}

// Whether `list` has the node; why not.
std::string not_in(const MemberList& list, const std::string& node, const std::string& cluster) {
  const Member* member = list.find(node);
  if (member == nullptr) {
    return node + " does not belong to the cluster '" + cluster +
           "', which has begun: endure cluster add " + node + "=ADDRESS";
  }
  if (member->gone) return node + " was removed from the cluster '" + cluster + "'";
  return {};
}

// The one of `later` has not begun; the other's cluster is there.
std::string why_not_later(const Greeting& cluster, const Greeting& later, const Greeting& own,
                          const Greeting& theirs) {
  if (auto why = not_in(cluster.members, later.node, cluster.cluster); !why.empty()) return why;
  const bool fits = !begins_with(cluster, later.node) || later.born == cluster.born;
  return fits ? std::string() : other_birth(own, theirs);
}

std::string why_not_here(const Greeting& own, const Greeting& theirs) {
  if (!own.is_born && !theirs.is_born) {
    return own.born == theirs.born ? std::string() : other_birth(own, theirs);
  }
  if (!theirs.is_born) return why_not_later(own, theirs, own, theirs);
  if (!own.is_born) return why_not_later(theirs, own, own, theirs);
  if (own.born != theirs.born) return other_birth(own, theirs);
  if (auto why = not_in(own.members, own.node, own.cluster); !why.empty()) return why;
  auto why = not_in(own.members, theirs.node, own.cluster);
  if (why.empty() || own.members.find(theirs.node) != nullptr) return why;
  const bool they_know_more = theirs.members.version > own.members.version &&
                              theirs.members.has(theirs.node) && theirs.members.has(own.node);
  return they_know_more ? std::string() : why;
}

}  // namespace

std::string why_not(const Greeting& own, const Greeting& theirs) {
  const std::string who = theirs.node.empty() ? "the other node" : theirs.node;
  if (theirs.protocol != own.protocol) {
    return who + " (endure " + theirs.build + ") speaks version " +
           std::to_string(theirs.protocol) + " of the bridge protocol, " + own.node + " (endure " +
           own.build + ") version " + std::to_string(own.protocol) +
           ": run versions that know each other";
  }
  if (theirs.cluster != own.cluster) {
    return who + " belongs to the cluster '" + theirs.cluster + "', " + own.node + " to '" +
           own.cluster + "'";
  }
  if (theirs.to != own.node) {
    return who + " looks for the node " + theirs.to + " at the address of " + own.node +
           ": see cluster.nodes";
  }
  if (theirs.node == own.node) return "two nodes have the name " + own.node;
  if (theirs.shards != own.shards) {
    return who + " has " + std::to_string(theirs.shards) + " shards, " + own.node + " has " +
           std::to_string(own.shards) + ": cluster.shards is fixed at a cluster's birth";
  }
  return why_not_here(own, theirs);
}

bool adopts(const Greeting& own, const Greeting& theirs) {
  return !own.is_born && theirs.is_born && theirs.members.has(own.node) &&
         !begins_with(theirs, own.node);
}

}  // namespace endure::bridge
