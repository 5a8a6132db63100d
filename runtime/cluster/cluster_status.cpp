// What a node tells of its cluster: links, shards, what waits, what moves.
#include <algorithm>

#include "persistence/shard_move.hpp"
#include "runtime/cluster/cluster.hpp"

namespace endure::cluster {

std::vector<http::Fellows::Placement> Cluster::placements() const {
  std::vector<Placement> out;
  for (auto& entry : map_.all()) out.push_back({std::move(entry.owner), {}});
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [node, news] : news_of_) {
      for (const auto& item : news.shards) {
        if (item.shard < out.size() && out[item.shard].owner == node) out[item.shard].to = item.to;
      }
    }
  }
  for (const auto& row : cluster_.shards()) {
    if (persistence::is_own(row)) out[row.shard] = {row.owner, row.to};
  }
  return out;
}

// -- status -----------------------------------------------------------------------

workflow::Json Cluster::status_of(const bridge::PeerView& peer) const {
  using workflow::Json;
  const auto& link = peer.link;
  Json out = {{"node", peer.node},
              {"address", peer.address},
              {"state", std::string(to_string(link.state))},
              {"since_ms", clock_.steady_ms() - link.since_ms},
              {"round_trip_us", link.round_trip_us ? Json(*link.round_trip_us) : Json()},
              {"refusal", link.refusal},
              {"calls", link.calls},
              {"failed", link.failed},
              {"under_way", link.pending},
              {"queued_bytes", peer.queued_bytes},
              {"losses", link.losses},
              {"volume", link.greeting ? Json(link.greeting->volume) : Json()},
              {"epoch", link.greeting ? Json(link.greeting->epoch) : Json()},
              {"same_definitions", definitions_.same_as(peer.node)}};
  const std::lock_guard lock(mutex_);
  const auto news = news_of_.find(peer.node);
  const bool known = news != news_of_.end();
  out["version"] = known ? Json(news->second.build) : Json();
  out["born"] = known && news->second.born;
  out["http"] = known ? Json(news->second.http) : Json();
  out["workers"] = known ? Json(news->second.workers) : Json();
  out["shards"] = known ? Json(news->second.shards.size()) : Json();
  return out;
}

workflow::Json Cluster::status() const {
  using workflow::Json;
  const auto row = cluster_.row();
  const auto own = cluster_.shards();
  const Member* decider = row.born ? row.members.decider() : nullptr;
  Json nodes = Json::array();
  const auto number = [&](const std::string& node) {
    const Member* member = row.members.find(node);
    return member == nullptr || !row.born ? Json() : Json(member->number);
  };
  nodes.push_back({{"node", identity_.node},
                   {"number", number(identity_.node)},
                   {"state", "self"},
                   {"address", bridge_.endpoint()},
                   {"version", config_.build},
                   {"born", row.born},
                   {"http", config_.http},
                   {"workers", config_.workers},
                   {"volume", row.volume},
                   {"epoch", store_.epoch()},
                   {"shards", std::count_if(own.begin(), own.end(), [](const auto& shard) {
                      return persistence::is_own(shard);
                    })}});
  for (const auto& peer : bridge_.peers()) {
    nodes.push_back(status_of(peer));
    nodes.back()["number"] = number(peer.node);
  }
  Json shards = Json::array();
  const auto entries = map_.all();
  const auto placed = placements();
  for (Shard shard = 0; shard < entries.size(); ++shard) {
    const auto& to = placed[shard].to;
    shards.push_back({{"shard", shard},
                      {"owner", entries[shard].owner},
                      {"epoch", entries[shard].epoch},
                      {"here", cluster_.owns(shard)},
                      {"state", to.empty() ? "owned" : "moving"},
                      {"to", to},
                      {"problem", mover_.problem(shard)}});
  }
  const auto relay = relay_.figures();
  const auto moves = mover_.figures();
  Json waits = Json::array();
  if (!row.born) waits = waits_for();
  return {{"cluster", identity_.cluster},
          {"node", identity_.node},
          {"born", row.born},
          {"waits_for", std::move(waits)},
          {"members",
           {{"version", row.members.version},
            {"decider", decider == nullptr ? Json() : Json(decider->node)},
            {"gone", former_of(row.members)},
            {"differences", differences(row, config_.nodes)},
            {"conflict", membership_.conflict()}}},
          {"secured", config_.bridge.keys.has_value()},
          {"refused", bridge_.refused()},
          {"nodes", std::move(nodes)},
          {"shards", std::move(shards)},
          {"relay",
           {{"waiting", relay.waiting},
            {"channels", relay.channels},
            {"oldest_ms", relay.oldest_ms},
            {"sent", relay.sent},
            {"taken", relay.taken}}},
          {"moves",
           {{"moved", moves.moved},
            {"taken", moves.taken},
            {"given_up", moves.given_up},
            {"rows", moves.rows},
            {"longest_ms", moves.longest_ms}}},
          {"definition_conflicts", definitions_.conflicts()}};
}

}  // namespace endure::cluster
