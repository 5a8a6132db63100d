// Carries the messages of workflows, and events for every listener, to the other nodes: what lies
// in the store's relay goes out in order, batch by batch, and goes away when the other side has it;
// what comes in is committed, once, and then said to be here.
//
// Sends on a thread of its own. Memory: one batch of a channel, at most `most_under_way` batches a
// node; a node that is away costs disk alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/cluster_engine.hpp"
#include "persistence/store.hpp"
#include "runtime/bridge/bridge.hpp"

namespace endure::cluster {

struct RelayFigures {
  std::uint64_t waiting = 0;   // messages for other nodes
  std::uint64_t channels = 0;  // that they belong to
  std::int64_t oldest_ms =
      0;                    // how long the first of them has waited, as far as this process knows
  std::uint64_t sent = 0;   // messages that others have taken, since the start
  std::uint64_t taken = 0;  // messages of others, since the start
};

class Relay {
 public:
  // The node that a channel leads to; nobody while none is known to have its shard. Messages for
  // one that is gone go, too.
  struct End {
    std::string node;  // empty: nobody
    bool gone = false;
  };
  using Destination = std::function<End(persistence::ChannelEnd)>;

  // What is given must outlive the relay.
  Relay(actors::ClusterEngine& engine, persistence::ClusterStore& store, bridge::Bridge& bridge,
        Clock& clock, Destination destination);
  ~Relay();  // stops
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  void start();
  void stop();
  // A link came up, or a shard has another owner: look at once. Any thread.
  void look();
  // This node has other shards than before: what is known of their channels is read again. Any
  // thread.
  void shards_changed();
  // Messages of another node. The bridge's thread; answers by itself.
  void on_offer(bridge::CallPlace place, std::string_view body);

  RelayFigures figures() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace endure::cluster
