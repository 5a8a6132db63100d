// What a node's cluster asks of the node's engine.
#pragma once

#include <functional>

#include "actors/engine.hpp"

namespace endure::actors {

// Replies come after the change is durable. Any thread.
class ClusterEngine {
 public:
  virtual ~ClusterEngine() = default;

  // Another node was met for the first time.
  virtual void meet(persistence::NodeMet met, Reply<void> reply) = 0;
  // The node's shards are made.
  virtual void give_birth(persistence::ClusterBorn birth, Reply<void> reply) = 0;
  // Who belongs to the cluster has changed; or this node, which was added to it, belongs to one.
  virtual void change_members(persistence::MembersChanged change, Reply<void> reply) = 0;
  virtual void join(persistence::ClusterJoined joined, Reply<void> reply) = 0;
  virtual void depart(persistence::NodeDeparts change, Reply<void> reply) = 0;
  // Messages for workflows here, and events for their listeners. As RelayTaken (persistence/
  // cluster_records.hpp); Code::retry_later also where a child's definition is not here yet.
  virtual void take_relayed(persistence::RelayTaken messages, Reply<void> reply) = 0;
  virtual void forget_relayed(persistence::RelayAcked acked, Reply<void> reply) = 0;
  // One step of a shard's way from node to node, as ShardMoved (persistence/cluster_records.hpp).
  virtual void move_shard(persistence::ShardMoved step, Reply<void> reply) = 0;
  // Is told, on an engine thread, when messages for other nodes have been committed; must be quick.
  // Set it once, before anything else; an empty function ends it.
  virtual void on_relay_grown(std::function<void()> told) = 0;
  // A definition as another node has deployed it, which keeps its schedule. Code::conflict where
  // another source stands here.
  virtual void copy_definition(persistence::DefinitionRow row, Reply<void> reply) = 0;
};

}  // namespace endure::actors
