// Where a cluster keeps a workflow, and how its nodes number what they make without asking each
// other (docs/decisions/024). Pure; any thread.
//
//   sequence in a cluster   counter (44 bits) | node (8) | 0 (12)
//   workflow's number       counter (44 bits) | node (8) | shard (12)
//
// Without a cluster both are the counter itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"

namespace endure {

using Shard = std::uint32_t;

constexpr std::uint32_t max_shards = 1U << 12U;
constexpr std::uint32_t max_nodes = 1U << 8U;

// The shard of a name; never changes. Schedules end the ids of their runs by a time or a number
// ("-2026-01-31T08:00:00.000Z", "-event-17", "-manual-17"): such an end does not count, so that
// the runs lie in the shard of the schedule itself.
Shard shard_of(const WorkflowName& name, std::uint32_t shards);
// The id without such an end.
std::string_view placed_id(std::string_view id);

// Who of these nodes has the shard at the cluster's birth (rendezvous hashing): the same whoever
// computes it, and spread evenly. The order of the names does not matter.
const std::string& birth_owner(const std::vector<std::string>& nodes, Shard shard);

// How a volume numbers.
struct Numbering {
  std::uint32_t shards = 0;  // of the cluster; 0: there is none
  std::uint32_t node = 0;    // this one's number in it

  bool clustered() const { return shards > 0; }

  std::uint64_t sequence(std::uint64_t counter) const {
    return clustered() ? counter << 20U | std::uint64_t{node} << 12U : counter;
  }
  std::uint64_t counter(std::uint64_t sequence) const {
    return clustered() ? sequence >> 20U : sequence;
  }
  // The number of a new workflow, from a sequence that nothing else has.
  WorkflowNumber workflow(std::uint64_t sequence, const WorkflowName& name) const {
    return clustered() ? sequence | shard_of(name, shards) : sequence;
  }
  static Shard shard(WorkflowNumber number) { return number & (max_shards - 1); }
};

}  // namespace endure
