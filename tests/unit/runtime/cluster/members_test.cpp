#include "runtime/cluster/members.hpp"

#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::cluster;

namespace {

const Configured configured = {{"a", "tcp://a:1"}, {"b", "tcp://b:1"}, {"x", "tcp://x:1"}};

// a's volume; b was there at the birth, c and d were added, d is gone.
persistence::ClusterRow grown() {
  persistence::ClusterRow row;
  row.identity = {"prod", 8, "a", {"a", "b"}};
  row.born = true;
  auto list = *with_member(born_with({"a", "b"}), "c", "tcp://c:9");
  list = *without_member(*with_member(list, "d", "tcp://d:9"), "d");
  row.members = std::move(list);
  return row;
}

using Peers = std::vector<bridge::PeerAddress>;

}  // namespace

TEST_CASE("a node speaks to all others that belong to the cluster, and to whom it is told to") {
  CHECK(peers_of(grown(), configured) ==
        Peers{{"b", "tcp://b:1"}, {"c", "tcp://c:9"}, {"x", "tcp://x:1"}});
  // The configuration wins; who is gone stays away.
  CHECK(peers_of(grown(), {{"b", "tcp://b:1"}, {"c", "tcp://c:2"}, {"d", "tcp://d:1"}}) ==
        Peers{{"b", "tcp://b:1"}, {"c", "tcp://c:2"}});
  CHECK(peers_of(grown(), {}) == Peers{{"c", "tcp://c:9"}});
  CHECK(former_of(grown().members) == std::vector<std::string>{"d"});
}

TEST_CASE("the list gets the addresses that only configurations had") {
  const auto list = with_addresses(grown().members, configured);
  CHECK(list.find("b")->address == "tcp://b:1");
  CHECK(list.find("c")->address == "tcp://c:9");
  CHECK(list.version == grown().members.version);
}

TEST_CASE("what a configuration says otherwise than the cluster is told") {
  auto row = grown();
  const auto said = [&](const Configured& nodes) {
    std::string all;
    for (const auto& text : differences(row, nodes)) all += text + "\n";
    return all;
  };
  CHECK(said({{"a", "tcp://a:1"}, {"b", "tcp://b:1"}})
            .empty());  // who was added need not stand there
  CHECK(said(configured) == "x stands in cluster.nodes and does not belong to the cluster\n");
  CHECK(said({{"b", "tcp://b:1"}, {"d", "tcp://d:9"}}) ==
        "d stands in cluster.nodes and was removed from the cluster\n");
  CHECK(said({{"b", "tcp://b:1"}, {"c", "tcp://c:2"}}) ==
        "c is at tcp://c:2 in cluster.nodes, which counts, and at tcp://c:9 for the cluster\n");
  CHECK(said({}) == "b belongs to the cluster and has no address in cluster.nodes\n");
  row.born = false;
  CHECK(said(configured).empty());
}

TEST_CASE("a node that is away leaves only where every shard is elsewhere, and stays there") {
  CHECK(may_leave({"d", 0, 0, 0}));
  const auto refusal = [](const Absentee& absentee) {
    const auto refused = may_leave(absentee);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::conflict);
    return refused.error().what;
  };
  CHECK(refusal({"d", 3, 0, 0}) ==
        "d is away and has 3 shards: start it, and endure cluster drain d");
  CHECK(refusal({"d", 0, 2, 0}) == "2 shards are to go to d: endure cluster drain d");
  CHECK(refusal({"d", 0, 0, 1}).find("no node that is up has 1 shards") != std::string::npos);
}
