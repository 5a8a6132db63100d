// Who belongs to the cluster, as far as that is the node's whole affair: see membership.hpp.
#include "runtime/cluster/cluster.hpp"

namespace endure::cluster {

namespace {

constexpr std::int64_t ask_leaver_ms = 5'000;

}  // namespace

void Cluster::members_changed() {
  const auto members = cluster_.row().members;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& node : former_of(members)) news_of_.erase(node);
  }
  make_news();
  relay_.look();
}

Relay::End Cluster::end_of(persistence::ChannelEnd end) const {
  if (!persistence::is_node_end(end)) return {owner(end)};
  const auto members = cluster_.row().members;
  const Member* member = members.numbered(end - persistence::node_end(0));
  return member == nullptr ? Relay::End() : Relay::End{member->node, member->gone};
}

// As this node knows it.
Leaver Cluster::leaver(const std::string& node) const {
  Leaver out;
  out.node = node;
  for (const auto& entry : map_.all()) {
    if (entry.owner == node) ++out.shards;
    if (entry.owner.empty()) ++out.unowned;
  }
  out.is_up = node == identity_.node || bridge_.is_up(node);
  return out;
}

void Cluster::change_members(const std::string& node, const std::optional<std::string>& address,
                             actors::Reply<workflow::Json> reply) {
  if (address) return membership_.add(node, *address, std::move(reply));
  auto known = leaver(node);
  if (node == identity_.node) {
    const auto relay = relay_.figures();
    known.says_waiting = relay.waiting;
    return membership_.remove(known, std::move(reply));
  }
  if (!known.is_up) return membership_.remove(known, std::move(reply));
  http::Request request;
  request.method = "GET";
  request.target = "/v1/cluster";
  ask(node, request, ask_leaver_ms,
      [this, known, reply = std::move(reply)](Result<http::Response> answer) mutable {
        const auto status = answer && answer->status == 200
                                ? workflow::Json::parse(answer->body, nullptr, false)
                                : workflow::Json();
        if (!status.is_object()) {
          return reply(fail(Code::retry_later, known.node + " does not say what it has; try again",
                            known.node));
        }
        for (const auto& shard : status.value("shards", workflow::Json::array())) {
          if (shard.value("here", false)) ++known.says_shards;
        }
        known.says_waiting = status.value("relay", workflow::Json::object()).value("waiting", 0U);
        membership_.remove(known, std::move(reply));
      });
}

}  // namespace endure::cluster
