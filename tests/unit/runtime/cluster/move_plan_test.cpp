#include "runtime/cluster/move_plan.hpp"

#include <set>

#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::cluster;

namespace {

std::map<std::string, std::size_t> counts_after(ShardOwners owners,
                                                const std::vector<PlannedMove>& moves) {
  std::set<Shard> seen;
  for (const auto& move : moves) {
    CHECK(seen.insert(move.shard).second);  // no shard goes twice
    CHECK(owners[move.shard] == move.from);
    CHECK(move.from != move.to);
    owners[move.shard] = move.to;
  }
  std::map<std::string, std::size_t> counts;
  for (const auto& owner : owners) ++counts[owner];
  return counts;
}

}  // namespace

TEST_CASE("rebalancing: as even as can be, and no more moves than that takes") {
  const ShardOwners one(64, "a");
  const auto grown = plan_rebalance(one, {"a", "b", "c"});
  CHECK(grown.size() == 42);
  CHECK(counts_after(one, grown) ==
        std::map<std::string, std::size_t>{{"a", 22}, {"b", 21}, {"c", 21}});

  ShardOwners two(20, "a");
  for (Shard shard = 10; shard < 20; ++shard) two[shard] = "b";
  const auto third = plan_rebalance(two, {"a", "b", "c"});
  CHECK(third.size() == 6);
  for (const auto& move : third) CHECK(move.to == "c");
  CHECK(counts_after(two, third) ==
        std::map<std::string, std::size_t>{{"a", 7}, {"b", 7}, {"c", 6}});

  CHECK(plan_rebalance(two, {"a", "b"}).empty());
  CHECK(plan_rebalance(two, {}).empty());
  CHECK(plan_rebalance({"a", "", "x", "b"}, {"a", "b"}).empty());  // unknown owners stay
}

TEST_CASE("draining: all of one node, each to whoever has the fewest") {
  const ShardOwners owners = {"a", "a", "a", "b", "c", "c"};
  const auto moves = plan_drain(owners, {"a", "b", "c"}, "a");
  CHECK(moves.size() == 3);
  CHECK(counts_after(owners, moves) == std::map<std::string, std::size_t>{{"b", 3}, {"c", 3}});
  CHECK(plan_drain(owners, {"a"}, "a").empty());  // there is nobody else
  CHECK(plan_drain(owners, {"a", "b", "c"}, "d").empty());
}
