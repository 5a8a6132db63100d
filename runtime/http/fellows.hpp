// The other nodes of a cluster, as the HTTP API needs them. An interface, so that what the API does
// with them is tested without a network. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/engine.hpp"
#include "base/members.hpp"
#include "base/placement.hpp"
#include "runtime/http/message.hpp"
#include "workflow/value/value.hpp"

namespace endure::http {

class Fellows {
 public:
  virtual ~Fellows() = default;

  virtual const std::string& self() const = 0;
  virtual std::vector<std::string> others() const = 0;  // all other nodes, by name
  virtual std::uint32_t shards() const = 0;
  // Why the cluster serves nothing yet; nothing: it does.
  virtual std::optional<Error> not_yet() const = 0;

  virtual bool is_here(Shard shard) const = 0;
  // Who has the shard, as far as this node knows; empty: nobody says so.
  virtual std::string owner(Shard shard) const = 0;
  // What a node that was asked in vain said about the shard.
  virtual void learn(Shard shard, const std::string& owner, std::uint64_t epoch) = 0;
  virtual std::uint64_t epoch(Shard shard) const = 0;

  // The other node answers the request as one of its own clients'. Code::retry_later with the node
  // in `where`: it is away, or its answer did not come in time.
  virtual void ask(const std::string& node, const Request& request, std::int64_t timeout_ms,
                   actors::Reply<Response> reply) = 0;
  // A definition was deployed here; returns when the nodes that are there have it, or after a
  // while.
  virtual void spread_definitions() = 0;

  // Who belongs to the cluster, as this node knows; nobody before it has begun.
  virtual MemberList members() const = 0;
  // Adds a node, or removes one (no address), as the node that decides. Code::retry_later: another
  // one does, or the node that is removed has to tell something first; Code::conflict: that has
  // shards, see also base/members.hpp. What is told: {node, number, version, changed, missing}.
  virtual void change_members(const std::string& node, const std::optional<std::string>& address,
                              actors::Reply<workflow::Json> reply) = 0;

  // The shard, which is this node's, shall go to `node`; to this one: it stays. The reply says that
  // this is written down. Errors: persistence/shard_move.hpp.
  virtual void want_shard(Shard shard, const std::string& node, actors::Reply<void> reply) = 0;
  // Who has each shard, and where it is to go (empty: it stays), as far as this node knows.
  struct Placement {
    std::string owner;
    std::string to;
  };
  virtual std::vector<Placement> placements() const = 0;

  // What /v1/cluster tells.
  virtual workflow::Json status() const = 0;
};

}  // namespace endure::http
