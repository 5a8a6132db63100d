// The volumes of the nodes of a small cluster, for tests of stores.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "persistence/codec.hpp"
#include "persistence/lmdb/lmdb_store.hpp"
#include "persistence/verify.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/transitions.hpp"

namespace endure::testing {

using namespace persistence;  // NOLINT: of tests alone

constexpr std::uint32_t shards = 8;
inline const std::vector<std::string> nodes = {"a", "b"};

inline ClusterIdentity identity_of(const std::string& node) {
  return {"test", shards, node, nodes};
}

inline Result<std::unique_ptr<Store>> open_as(const std::string& folder,
                                              std::optional<ClusterIdentity> cluster) {
  return open_lmdb_store({.folder = folder, .map_bytes = 1U << 28U, .cluster = std::move(cluster)});
}

// The volume of one node, with half of the shards by rendezvous.
struct NodeVolume {
  explicit NodeVolume(const std::string& node_name) : node(node_name) { open(); }

  void open() {
    store.reset();
    auto opened = open_as(folder.path(), identity_of(node));
    REQUIRE(opened);
    store = *std::move(opened);
  }
  Result<void> commit(const Change& change) {
    Result<void> result;
    REQUIRE(store->commit({&change, 1}, {&result, 1}));
    return result;
  }
  void must(const Change& change) {
    const auto result = commit(change);
    INFO((result ? "" : result.error().what));
    REQUIRE(result);
  }
  void be_born() {
    ClusterBorn birth;
    for (Shard shard = 0; shard < shards; ++shard) {
      if (birth_owner(nodes, shard) == node) birth.shards.push_back(shard);
    }
    must(birth);
  }
  // A workflow whose name belongs to a shard of `owner`.
  WorkflowName name_of(const std::string& owner, int from = 0) const {
    for (int i = from;; ++i) {
      WorkflowName name{"tests", "w" + std::to_string(i)};
      if (birth_owner(nodes, shard_of(name, shards)) == owner) return name;
    }
  }
  Transition start(const WorkflowName& name) {
    auto snapshot = sample_snapshot(store->numbering().workflow(store->next_sequence(), name), 1);
    snapshot.name = name;
    return transition_to(snapshot, nullptr);
  }
  // What is wrong with the cluster's tables; the workflows themselves are made up.
  std::vector<std::string> findings() {
    const auto found = verify_store(*store, 100);
    REQUIRE(found);
    const std::set<std::string> tables = {"cluster", "shards", "channels", "relay"};
    std::vector<std::string> wrong;
    for (const auto& finding : *found) {
      if (tables.contains(finding.table) || finding.what.find("shard") != std::string::npos) {
        wrong.push_back(finding.table + "/" + finding.key + ": " + finding.what);
      }
    }
    return wrong;
  }

  const std::string node;
  TemporaryFolder folder;
  std::unique_ptr<Store> store;
};

inline ChildRow child_of(NodeVolume& from, const WorkflowName& name) {
  auto snapshot =
      sample_snapshot(from.store->numbering().workflow(from.store->next_sequence(), name), 1);
  snapshot.name = name;
  snapshot.phase = workflow::Phase::pending;
  ChildRow child;
  child.workflow = snapshot.number;
  child.name = name;
  child.snapshot = encode_snapshot(snapshot);
  HistoryRecord record;
  record.transition = 1;
  child.history = encode_history(record);
  child.start = {from.store->next_sequence(), encode_event(workflow::Started{})};
  child.refusal = {from.store->next_sequence(),
                   encode_event(workflow::ChildEnded{1, "taken", {}, workflow::Fault{}})};
  return child;
}

// All that waits in `from` on the channel, taken by `to`.
inline void carry(NodeVolume& from, NodeVolume& to, ChannelKey channel) {
  const auto after = to.store->cluster()->last_taken(channel);
  REQUIRE(after);
  const auto rows = from.store->cluster()->relay(channel, *after, 1U << 20U);
  REQUIRE(rows);
  RelayTaken taken{channel, *after, {}};
  for (const auto& row : *rows) taken.messages.push_back(row.message);
  to.must(taken);
}

}  // namespace endure::testing
