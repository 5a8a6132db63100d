// The volumes of a cluster's nodes: who owns what, and messages between them.
#include <algorithm>
#include <set>

#include "persistence/lmdb/volume.hpp"
#include "persistence/shard_move.hpp"
#include "tests/support/cluster_volume.hpp"

using namespace endure;
using namespace endure::persistence;
using namespace endure::testing;

TEST_CASE("a volume is a node of one cluster from its making on, or of none") {
  TemporaryFolder folder;
  const auto node = identity_of("a");
  std::string volume;
  {
    const auto store = open_as(folder.path(), node);
    REQUIRE(store);
    volume = (*store)->cluster()->row().volume;
    CHECK(volume.size() == 32);
    CHECK_FALSE((*store)->cluster()->row().born);
  }
  {
    const auto again = open_as(folder.path(), node);
    REQUIRE(again);
    CHECK((*again)->cluster()->row().volume == volume);
  }
  CHECK(open_as(folder.path(), std::nullopt).error().code == Code::invalid);
  const std::vector<ClusterIdentity> others = {
      {"other", shards, "a", nodes}, {"test", 16, "a", nodes}, {"test", shards, "b", nodes}};
  for (const auto& other : others) {
    const auto refused = open_as(folder.path(), other);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::invalid);
    CHECK(refused.error().what.find("the node a of the cluster 'test'") != std::string::npos);
  }

  TemporaryFolder plain;
  { REQUIRE(open_as(plain.path(), std::nullopt)); }
  const auto refused = open_as(plain.path(), node);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what.find("made without a cluster") != std::string::npos);
  const auto still = open_as(plain.path(), std::nullopt);
  REQUIRE(still);
  CHECK((*still)->cluster() == nullptr);
  CHECK((*still)->next_sequence() == 1);
}

TEST_CASE("until a node has met another, its list of nodes is that of the configuration") {
  NodeVolume a("a");
  a.store.reset();
  const auto with_c = [&] {
    return open_as(a.folder.path(), ClusterIdentity{"test", shards, "a", {"a", "c"}});
  };
  a.store = *with_c();
  CHECK(a.store->cluster()->row().identity.nodes == std::vector<std::string>{"a", "c"});
  CHECK(a.store->cluster()->row().members == born_with({"a", "c"}));
  a.open();
  CHECK(a.store->cluster()->row().members == born_with(nodes));
  a.must(NodeMet{{"b", "volume"}});
  a.store.reset();
  const auto refused = with_c();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::invalid);
  CHECK(refused.error().what.find("begins with the nodes a, b") != std::string::npos);
  // After the birth the volume's list counts.
  a.open();
  a.be_born();
  a.store.reset();
  a.store = *with_c();
  CHECK(a.store->cluster()->row().identity.nodes == nodes);
}

TEST_CASE("the list of nodes changes by one that follows it, and stays") {
  NodeVolume a("a");
  const auto next = *with_member(born_with(nodes), "c", "tcp://c:1");
  CHECK(a.commit(MembersChanged{next}).error().code == Code::conflict);  // not born yet
  a.be_born();
  a.must(MembersChanged{next});
  CHECK(a.store->cluster()->row().members == next);
  CHECK(a.commit(MembersChanged{next}).error().code == Code::conflict);
  // Two decisions about the same list: one of them counts.
  const auto with_d = *with_member(next, "d", "tcp://d:1");
  const auto with_e = *with_member(next, "e", "tcp://e:1");
  a.must(MembersChanged{with_d});
  CHECK(a.commit(MembersChanged{with_e}).error().code == Code::conflict);
  // Nor does a later list that gives d's number to another one.
  const auto other = *with_member(with_e, "f", "tcp://f:1");
  CHECK(a.commit(MembersChanged{other}).error().code == Code::invalid);
  a.open();
  CHECK(a.store->cluster()->row().members == with_d);
  CHECK(a.store->numbering().node == 0);
  CHECK(a.findings().empty());
}

TEST_CASE("a node that was added joins under its number, without shards, once") {
  NodeVolume d("d");
  const auto members =
      *with_member(*with_member(born_with(nodes), "c", "tcp://c:1"), "d", "tcp://d:1");
  CHECK(d.commit(ClusterJoined{nodes, born_with(nodes)}).error().code == Code::invalid);
  CHECK(d.commit(ClusterJoined{nodes, *without_member(members, "d")}).error().code ==
        Code::invalid);
  CHECK(d.commit(ClusterJoined{{"a", "d"}, members}).error().code == Code::invalid);
  CHECK_FALSE(d.store->cluster()->row().born);
  d.must(ClusterJoined{nodes, members});
  CHECK(d.store->numbering().node == 3);
  CHECK((d.store->next_sequence() >> 12U & 0xffU) == 3);
  CHECK(d.commit(ClusterJoined{nodes, members}).error().code == Code::conflict);
  CHECK_FALSE(d.commit(ClusterBorn{}));
  d.open();
  CHECK(d.store->cluster()->row().born);
  CHECK(d.store->cluster()->row().identity.nodes == nodes);
  CHECK(d.store->cluster()->row().members == members);
  CHECK(d.store->cluster()->shards().empty());
  CHECK(d.store->numbering().node == 3);
  CHECK(d.commit(d.start({"tests", "w1"})).error().code == Code::retry_later);
  CHECK(d.findings().empty());
}

TEST_CASE("a node commits only what belongs to its own shards") {
  NodeVolume a("a");
  const auto own = a.name_of("a");
  const auto foreign = a.name_of("b");
  const auto unborn = a.commit(a.start(own));
  REQUIRE_FALSE(unborn);
  CHECK(unborn.error().code == Code::retry_later);

  a.be_born();
  CHECK_FALSE(a.commit(ClusterBorn{}));
  a.must(a.start(own));
  CHECK(a.commit(a.start(foreign)).error().code == Code::retry_later);
  CHECK(*a.store->find_workflow(foreign) == std::nullopt);

  a.open();
  const auto number = *a.store->find_workflow(own);
  REQUIRE(number);
  CHECK(Numbering::shard(*number) == shard_of(own, shards));
  CHECK(a.store->cluster()->owns(shard_of(own, shards)));
  CHECK_FALSE(a.store->cluster()->owns(shard_of(foreign, shards)));
  CHECK(a.findings().empty());
}

TEST_CASE("a node that was met does not change its volume") {
  NodeVolume a("a");
  a.must(NodeMet{{"b", "first"}});
  a.must(NodeMet{{"b", "first"}});
  CHECK(a.commit(NodeMet{{"b", "second"}}).error().code == Code::conflict);
  a.be_born();
  a.open();
  const auto row = a.store->cluster()->row();
  CHECK(row.born);
  REQUIRE(row.known.size() == 1);
  CHECK(row.known.front().volume == "first");
}

TEST_CASE("two nodes never give the same number") {
  NodeVolume a("a");
  NodeVolume b("b");
  std::vector<std::uint64_t> given;
  for (int i = 0; i < 100; ++i) {
    given.push_back(a.store->next_sequence());
    given.push_back(b.store->next_sequence());
  }
  std::sort(given.begin(), given.end());
  CHECK(std::adjacent_find(given.begin(), given.end()) == given.end());

  const auto highest = a.store->cluster()->counter();
  b.store->cluster()->witness(highest + 1'000);
  CHECK(b.store->next_sequence() > a.store->next_sequence());
  b.store->cluster()->witness(1);
  CHECK(b.store->cluster()->counter() > highest + 1'000);
}

TEST_CASE("a child of another node's shard is made there, once") {
  NodeVolume a("a");
  NodeVolume b("b");
  a.be_born();
  b.be_born();
  auto parent = a.start(a.name_of("a"));
  const auto child = child_of(a, a.name_of("b"));
  parent.children.push_back(child);
  const auto relays = a.store->cluster()->relays();
  a.must(parent);
  CHECK(a.store->cluster()->relays() == relays + 1);
  CHECK(*a.store->find_workflow(child.name) == std::nullopt);

  const ChannelKey channel{Numbering::shard(parent.workflow), Numbering::shard(child.workflow)};
  const auto pending = a.store->cluster()->pending_channels();
  REQUIRE(pending);
  REQUIRE(pending->size() == 1);
  CHECK(pending->front().key == channel);
  CHECK(pending->front().sent == 1);

  const auto rows = a.store->cluster()->relay(channel, 0, 1);
  REQUIRE(rows->size() == 1);
  const RelayTaken message{channel, 0, {rows->front().message}};
  CHECK(a.commit(message).error().code == Code::retry_later);  // it does not end here
  b.must(message);
  CHECK(b.commit(message).error().code == Code::conflict);  // a second time
  CHECK(*b.store->find_workflow(child.name) == child.workflow);
  const auto stored = b.store->load_workflow(child.workflow);
  REQUIRE(stored->has_value());
  CHECK((*stored)->mailbox.size() == 1);

  a.open();
  CHECK(a.findings().empty());
  a.must(RelayAcked{channel, 1});
  a.must(RelayAcked{channel, 1});
  CHECK(a.commit(RelayAcked{channel, 2}).error().code == Code::invalid);
  CHECK(a.store->cluster()->pending_channels()->empty());
  CHECK(a.store->cluster()->relay(channel, 0, 1)->empty());
  CHECK(a.findings().empty());
  b.open();
  CHECK(*b.store->cluster()->last_taken(channel) == 1);
}

TEST_CASE("a child whose name is taken on its node is refused to its parent") {
  NodeVolume a("a");
  NodeVolume b("b");
  a.be_born();
  b.be_born();
  const auto name = a.name_of("b");
  b.must(b.start(name));
  auto parent = a.start(a.name_of("a"));
  const auto child = child_of(a, name);
  parent.children.push_back(child);
  a.must(parent);
  const ChannelKey there{Numbering::shard(parent.workflow), Numbering::shard(child.workflow)};
  const ChannelKey back{there.to, there.from};
  carry(a, b, there);
  CHECK(*b.store->find_workflow(name) != child.workflow);
  CHECK_FALSE(b.store->load_workflow(child.workflow)->has_value());
  carry(b, a, back);
  const auto stored = a.store->load_workflow(parent.workflow);
  REQUIRE(stored->has_value());
  REQUIRE((*stored)->mailbox.size() == 1);
  const auto event = decode_event((*stored)->mailbox.front().event);
  REQUIRE(event);
  CHECK(std::get<workflow::ChildEnded>(*event).child == "taken");
}

TEST_CASE(
    "messages to a workflow elsewhere come in their order, and after its end are passed over") {
  NodeVolume a("a");
  NodeVolume b("b");
  a.be_born();
  b.be_born();
  const auto target = b.start(b.name_of("b"));
  b.must(target);
  auto sender = a.start(a.name_of("a"));
  for (int i = 0; i < 3; ++i) {
    workflow::CancelRequested event{"reason " + std::to_string(i)};
    sender.deliver.push_back({target.workflow, {a.store->next_sequence(), encode_event(event)}});
  }
  sender.deliver.push_back({target.workflow + (1ULL << 20U),
                            {a.store->next_sequence(), encode_event(workflow::PauseRequested{})}});
  a.must(sender);
  const ChannelKey channel{Numbering::shard(sender.workflow), Numbering::shard(target.workflow)};
  carry(a, b, channel);
  const auto stored = b.store->load_workflow(target.workflow);
  REQUIRE(stored->has_value());
  REQUIRE((*stored)->mailbox.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto event = decode_event((*stored)->mailbox[i].event);
    CHECK(std::get<workflow::CancelRequested>(*event).reason == "reason " + std::to_string(i));
  }
}

TEST_CASE("an event for every listener reaches each other node once") {
  NodeVolume a("a");
  NodeVolume b("b");
  a.be_born();
  b.be_born();
  const auto accept = [](NodeVolume& at, const std::string& identity) {
    OutboxRow row;
    row.sequence = at.store->next_sequence();
    row.event = encode_value(workflow::Json{{"type", "news"}});
    row.type = "news";
    row.keep = true;
    row.identity = identity;
    at.must(EventAccepted{row});
    return row.sequence;
  };
  const ChannelKey there{node_end(0), node_end(1)};
  const ChannelKey back{node_end(1), node_end(0)};
  const auto first = accept(a, "source|1");
  carry(a, b, there);
  auto outbox = b.store->outbox(0, 10);
  REQUIRE(outbox->size() == 1);
  CHECK(outbox->front().sequence == first);
  CHECK(b.store->cluster()->pending_channels()->empty());  // it is not sent on
  CHECK(*b.store->find_event("source|1") == first);

  // Both accept one with the same identity before they hear of each other's.
  accept(a, "source|2");
  accept(b, "source|2");
  carry(a, b, there);
  carry(b, a, back);
  CHECK(b.store->outbox(0, 10)->size() == 2);
  CHECK(a.store->outbox(0, 10)->size() == 2);
  CHECK(b.findings().empty());
}

TEST_CASE(
    "an event goes to whoever belongs to the cluster in its commit, and to nobody who is gone") {
  NodeVolume a("a");
  a.be_born();
  const auto accept = [&] {
    OutboxRow row;
    row.sequence = a.store->next_sequence();
    row.event = encode_value(workflow::Json{{"type", "news"}});
    row.type = "news";
    return Change(EventAccepted{row});
  };
  const auto waiting = [&] {
    std::vector<std::pair<ChannelEnd, std::uint64_t>> out;
    const auto pending = a.store->cluster()->pending_channels();
    for (const auto& channel : *pending) {
      out.emplace_back(channel.key.to, channel.sent - channel.acked);
    }
    return out;
  };
  using Waiting = std::vector<std::pair<ChannelEnd, std::uint64_t>>;
  const auto members = *with_member(born_with(nodes), "c", "tcp://c:1");
  const std::vector<Change> both = {MembersChanged{members}, accept()};
  std::vector<Result<void>> results(2);
  REQUIRE(a.store->commit(both, results));
  CHECK(waiting() == Waiting{{node_end(1), 1}, {node_end(2), 1}});
  a.must(MembersChanged{*without_member(members, "b")});
  a.must(accept());
  CHECK(waiting() == Waiting{{node_end(1), 1}, {node_end(2), 2}});
  CHECK(a.findings().empty());
}

TEST_CASE("a node that leaves takes nothing more, as long as the list is the same") {
  NodeVolume d("d");
  const auto members = *with_member(born_with(nodes), "d", "tcp://d:1");
  d.must(ClusterJoined{nodes, members});
  const auto expect = [](Shard shard) {
    ShardMoved change;
    change.step = {shard, ShardAct::expect, 1, "a", 1, 0};
    return change;
  };
  const auto accept = [&] {
    OutboxRow row;
    row.sequence = d.store->next_sequence();
    row.event = encode_value(workflow::Json{{"type", "news"}});
    row.type = "news";
    return Change(EventAccepted{row});
  };
  CHECK(d.commit(NodeDeparts{7}).error().code == Code::conflict);  // another list
  d.must(expect(1));
  d.must(NodeDeparts{members.version});  // nothing is here that others have not
  d.open();
  CHECK(is_leaving(d.store->cluster()->row()));
  CHECK(d.commit(expect(2)).error().code == Code::retry_later);
  CHECK(d.commit(accept()).error().code == Code::retry_later);
  d.must(NodeDeparts{});
  d.must(expect(2));
  d.must(accept());
  d.must(NodeDeparts{members.version});
  d.must(MembersChanged{*with_member(members, "e", "tcp://e:1")});  // so it is not gone
  d.must(accept());
  d.must(MembersChanged{*without_member(d.store->cluster()->row().members, "d")});
  CHECK(d.commit(accept()).error().code == Code::retry_later);
  CHECK(d.commit(expect(3)).error().code == Code::retry_later);
}

TEST_CASE("a node whose shard might be lost with it does not leave") {
  NodeVolume a("a");
  a.be_born();
  const auto refused = a.commit(NodeDeparts{0});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(refused.error().where == "a");
  const auto needed = [](ShardRow::State state, bool complete) {
    ShardRow row;
    row.state = state;
    row.complete = complete;
    return needs_this_node(row);
  };
  CHECK(needed(ShardRow::State::owned, false));
  CHECK(needed(ShardRow::State::leaving, false));
  CHECK(needed(ShardRow::State::given, false));  // the new owner waits to hear of it
  CHECK_FALSE(needed(ShardRow::State::given, true));
  CHECK_FALSE(needed(ShardRow::State::arriving, false));
  CHECK(needed(ShardRow::State::arriving, true));
}

TEST_CASE("a volume of a cluster that does not say of which one is damaged") {
  TemporaryFolder folder;
  { REQUIRE(open_as(folder.path(), identity_of("a"))); }
  {
    const lmdb::Volume volume({.folder = folder.path(), .cluster = identity_of("a")});
    lmdb::WriteTxn txn(volume.env);
    volume.schema.cluster.erase(txn, lmdb::cluster_self);
    txn.commit();
  }
  CHECK(open_as(folder.path(), identity_of("a")).error().code == Code::corrupt);
  CHECK(open_as(folder.path(), std::nullopt).error().code == Code::corrupt);
}
