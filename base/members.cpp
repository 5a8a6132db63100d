#include "base/members.hpp"

#include <algorithm>
#include <utility>

#include "base/placement.hpp"

namespace endure {

const Member* MemberList::find(std::string_view node) const {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& member) { return member.node == node; });
  return found == all.end() ? nullptr : &*found;
}

const Member* MemberList::numbered(std::uint32_t number) const {
  return number < all.size() ? &all[number] : nullptr;
}

bool MemberList::has(std::string_view node) const {
  const Member* member = find(node);
  return member != nullptr && !member->gone;
}

const Member* MemberList::decider() const {
  const auto found =
      std::find_if(all.begin(), all.end(), [](const auto& member) { return !member.gone; });
  return found == all.end() ? nullptr : &*found;
}

MemberList born_with(const std::vector<std::string>& nodes) {
  MemberList list;
  for (const auto& node : nodes) {
    list.all.push_back({node, "", static_cast<std::uint32_t>(list.all.size()), false});
  }
  return list;
}

Result<MemberList> with_member(MemberList list, const std::string& node,
                               const std::string& address) {
  if (const Member* known = list.find(node)) {
    if (known->gone) {
      return fail(Code::conflict,
                  "a node " + node +
                      " was removed from the cluster; a name is never used again: "
                      "choose another one, and an empty folder",
                  "node");
    }
    if (known->address == address) return list;
    return fail(Code::conflict,
                "the node " + node + " belongs to the cluster already, at " +
                    (known->address.empty() ? "the address in cluster.nodes" : known->address) +
                    "; where it has moved, say so in cluster.nodes of the others",
                "address");
  }
  if (list.all.size() >= max_nodes) {
    return fail(Code::full, "a cluster has had " + std::to_string(max_nodes) +
                                " nodes, those that are gone too: there is no number left");
  }
  list.all.push_back({node, address, static_cast<std::uint32_t>(list.all.size()), false});
  ++list.version;
  return list;
}

Result<MemberList> without_member(MemberList list, const std::string& node) {
  const auto found = std::find_if(list.all.begin(), list.all.end(),
                                  [&](const auto& member) { return member.node == node; });
  if (found == list.all.end()) {
    return fail(Code::not_found, "there is no node " + node + " in the cluster", "node");
  }
  if (found->gone) return list;
  found->gone = true;
  if (list.decider() == nullptr) {
    return fail(Code::conflict, node + " is the last node of the cluster", "node");
  }
  ++list.version;
  return list;
}

Result<void> check_successor(const MemberList& now, const MemberList& next) {
  if (next.version <= now.version) {
    return fail(Code::conflict, "the list of nodes stands here as of change " +
                                    std::to_string(now.version) + " already");
  }
  const auto misfit = [](const std::string& why) {
    return fail(Code::invalid, "the list of nodes does not follow the one that is here: " + why);
  };
  if (next.all.size() > max_nodes) return misfit("it is too long");
  for (std::size_t i = 0; i < next.all.size(); ++i) {
    if (next.all[i].number != i) return misfit("its numbers have a gap");
    if (next.find(next.all[i].node) != &next.all[i]) {
      return misfit(next.all[i].node + " stands there twice");
    }
  }
  for (const auto& member : now.all) {
    const Member* later = next.numbered(member.number);
    if (later == nullptr || later->node != member.node) {
      return misfit("the number " + std::to_string(member.number) + " is that of " + member.node +
                    " here, and " + (later == nullptr ? "nobody's" : "that of " + later->node) +
                    " there");
    }
    if (member.gone && !later->gone) return misfit(member.node + " is gone here, and not there");
  }
  return {};
}

}  // namespace endure
