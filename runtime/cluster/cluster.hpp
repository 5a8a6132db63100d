// A node's part in its cluster: the bridge to the others, who is known and who has which shard, the
// node's birth, the definitions and messages that go between nodes, and the calls that one node
// answers for another.
//
// Made, started and stopped by the node's thread; as http::Fellows any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/cluster_engine.hpp"
#include "persistence/store.hpp"
#include "runtime/bridge/bridge.hpp"
#include "runtime/cluster/definition_copies.hpp"
#include "runtime/cluster/membership.hpp"
#include "runtime/cluster/mover.hpp"
#include "runtime/cluster/relay.hpp"
#include "runtime/cluster/shard_map.hpp"
#include "runtime/http/elastic_pool.hpp"
#include "runtime/http/fellows.hpp"

namespace endure::cluster {

struct ClusterConfig {
  bridge::BridgeConfig bridge;  // its peers follow from the nodes and the volume
  Configured nodes;             // as cluster.nodes names them, this one too
  std::string build;            // the program's version
  std::string http;             // where others reach this node's API
  std::string workers;          // and its gateway
};

class Cluster final : public http::Fellows {
 public:
  // The engine and the store are those of a cluster's node; they and the clock must outlive it.
  // `engine` may still call replies after stop(), but not after the Cluster is gone.
  Cluster(ClusterConfig config, actors::Engine& engine, persistence::Store& store, Clock& clock);
  ~Cluster() override;  // stops

  // How calls of other nodes' clients are answered; before start().
  void serve(std::function<http::Response(const http::Request&)> answer);
  // Where this node is reached; before start(), once the edges are there.
  void set_addresses(std::string http, std::string workers);
  Result<void> start();
  void stop();
  // The other nodes and their gateways, as they tell it: b, "tcp://10.0.0.2:7451".
  std::vector<std::pair<std::string, std::string>> worker_addresses() const;

  // -- Fellows ------------------------------------------------------------------
  const std::string& self() const override { return config_.bridge.node; }
  std::vector<std::string> others() const override;
  std::uint32_t shards() const override;
  std::optional<Error> not_yet() const override;
  bool is_here(Shard shard) const override;
  std::string owner(Shard shard) const override;
  void learn(Shard shard, const std::string& owner, std::uint64_t epoch) override;
  std::uint64_t epoch(Shard shard) const override;
  void ask(const std::string& node, const http::Request& request, std::int64_t timeout_ms,
           actors::Reply<http::Response> reply) override;
  void spread_definitions() override;
  MemberList members() const override;
  void change_members(const std::string& node, const std::optional<std::string>& address,
                      actors::Reply<workflow::Json> reply) override;
  void want_shard(Shard shard, const std::string& node, actors::Reply<void> reply) override;
  std::vector<Placement> placements() const override;
  workflow::Json status() const override;

 private:
  bridge::BridgeHandlers handlers();
  bridge::Greeting greeting() const;
  std::string admit(const bridge::Greeting& theirs);
  void heard(const std::string& node, std::uint64_t counter, std::string_view news);
  void link_changed(const std::string& node, bool up);
  void called(const std::string& node, bridge::CallPlace place, const bridge::Call& call);
  void answer_request(const std::string& node, bridge::CallPlace place, std::string body);
  void be_born_if_due();
  void members_changed();
  Relay::End end_of(persistence::ChannelEnd end) const;
  Absentee absentee(const std::string& node) const;
  void make_news();
  void shards_changed();
  void yield_to(const std::string& node, const std::vector<News::Owned>& theirs);
  std::vector<std::string> waits_for() const;
  workflow::Json status_of(const bridge::PeerView& peer) const;

  ClusterConfig config_;
  actors::ClusterEngine& engine_;
  persistence::Store& store_;
  persistence::ClusterStore& cluster_;
  Clock& clock_;
  const persistence::ClusterIdentity identity_;  // its nodes are those of the start
  ShardMap map_;
  std::function<http::Response(const http::Request&)> answer_;

  mutable std::mutex mutex_;
  std::condition_variable_any heard_something_;
  std::map<std::string, News> news_of_;         // the others', by node
  std::map<std::string, bool> met_;             // linked at least once, by node
  std::map<std::string, std::string> meeting_;  // being written down: the node's volume
  std::string news_;                            // this node's, as bytes
  bool birth_asked_ = false;

  bridge::Bridge bridge_;
  Membership membership_;
  DefinitionCopies definitions_;
  Relay relay_;
  http::ElasticPool answers_;
  Mover mover_;
  bool started_ = false;
};

}  // namespace endure::cluster
