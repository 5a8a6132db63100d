#include "runtime/cluster/cluster.hpp"

#include <algorithm>
#include <chrono>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "runtime/cluster/messages.hpp"
#include "runtime/http/problem.hpp"

namespace endure::cluster {

namespace {

// How long a deployment waits for the other nodes to have the definition, too.
constexpr auto spread_for = std::chrono::milliseconds(2'000);
constexpr std::size_t least_threads = 2;

ClusterConfig with_peers(ClusterConfig config, const persistence::ClusterRow& row) {
  config.bridge.peers = peers_of(row, config.nodes);
  return config;
}

}  // namespace

Cluster::Cluster(ClusterConfig config, actors::Engine& engine, persistence::Store& store,
                 Clock& clock)
    : config_(with_peers(std::move(config), store.cluster()->row())),
      engine_(*engine.cluster()),
      store_(store),
      cluster_(*store.cluster()),
      clock_(clock),
      identity_(cluster_.row().identity),
      map_(identity_.shards),
      bridge_(config_.bridge, handlers(), clock),
      membership_(config_.nodes, engine_, cluster_, bridge_, [this] { members_changed(); }),
      definitions_(engine_, store, bridge_, engine.watchdog(), [this] { make_news(); }),
      relay_(engine_, cluster_, bridge_, clock,
             [this](persistence::ChannelEnd end) { return end_of(end); }),
      // As many as the bridge lets in: it bounds the calls of each node.
      answers_(least_threads, std::max(least_threads, config_.bridge.max_calls * max_nodes), [] {}),
      mover_({engine_, store, bridge_, clock, answers_, [this] { return definitions_.digest(); },
              [this] { shards_changed(); },
              [this](Shard shard) { return placements()[shard].to; }}) {}

Cluster::~Cluster() {
  stop();
}

void Cluster::serve(std::function<http::Response(const http::Request&)> answer) {
  answer_ = std::move(answer);
}

void Cluster::set_addresses(std::string http, std::string workers) {
  if (config_.http.empty()) config_.http = std::move(http);
  if (config_.workers.empty()) config_.workers = std::move(workers);
}

Result<void> Cluster::start() {
  ENDURE_ASSERT(answer_ != nullptr);
  if (auto opened = definitions_.open(); !opened) return opened;
  make_news();
  engine_.on_relay_grown([this] { relay_.look(); });
  if (auto started = bridge_.start(); !started) return started;
  started_ = true;
  relay_.start();
  for (const auto& difference : differences(cluster_.row(), config_.nodes)) {
    log(Level::warning, "the configuration does not fit the cluster", {{"what", difference}});
  }
  mover_.start();
  be_born_if_due();
  return {};
}

void Cluster::stop() {
  if (!started_) return;
  started_ = false;
  engine_.on_relay_grown({});
  relay_.stop();
  mover_.begin_stop();
  answers_.shutdown();
  definitions_.stop();
  bridge_.stop();
  mover_.stop();  // the call that it waits for has failed
}

// -- who is who -------------------------------------------------------------------

bridge::BridgeHandlers Cluster::handlers() {
  bridge::BridgeHandlers out;
  out.greeting = [this] { return greeting(); };
  out.admit = [this](const bridge::Greeting& theirs) { return admit(theirs); };
  out.counter = [this] { return cluster_.counter(); };
  out.news = [this] {
    const std::lock_guard lock(mutex_);
    return news_;
  };
  out.heard = [this](const std::string& node, std::uint64_t counter, std::string_view news) {
    heard(node, counter, news);
  };
  out.link_changed = [this](const std::string& node, bool up) { link_changed(node, up); };
  out.called = [this](const std::string& node, bridge::CallPlace place, const bridge::Call& call) {
    called(node, place, call);
  };
  return out;
}

bridge::Greeting Cluster::greeting() const {
  bridge::Greeting out;
  const auto row = cluster_.row();
  out.build = config_.build;
  out.cluster = identity_.cluster;
  out.node = identity_.node;
  out.shards = identity_.shards;
  out.volume = row.volume;
  out.epoch = store_.epoch();
  out.born = row.identity.nodes;
  out.is_born = row.born;
  out.members = with_addresses(row.members, config_.nodes);
  return out;
}

// A node is known by its volume: another one under its name would begin with its shards anew. Whom
// this node meets for the first time is written down before it is let in.
std::string Cluster::admit(const bridge::Greeting& theirs) {
  if (auto wait = membership_.on_greeting(greeting(), theirs); !wait.empty()) return wait;
  for (const auto& known : cluster_.row().known) {
    if (known.node != theirs.node) continue;
    if (known.volume == theirs.volume) return {};
    return theirs.node + " comes with another volume (" + theirs.volume.substr(0, 8) +
           "…) than the one that this cluster knows (" + known.volume.substr(0, 8) +
           "…): start it on its own folder, or restore a backup of that";
  }
  bool fresh = false;
  {
    const std::lock_guard lock(mutex_);
    auto& volume = meeting_[theirs.node];
    fresh = volume.empty();
    if (fresh) volume = theirs.volume;
  }
  if (fresh) {
    engine_.meet({{theirs.node, theirs.volume}}, [this, node = theirs.node](const Result<void>&) {
      const std::lock_guard lock(mutex_);
      meeting_.erase(node);
    });
  }
  return identity_.node + " meets " + theirs.node + " for the first time and writes it down";
}

void Cluster::link_changed(const std::string& node, bool up) {
  if (up) {
    {
      const std::lock_guard lock(mutex_);
      met_[node] = true;
    }
    be_born_if_due();
    relay_.look();
    mover_.look();
  }
  heard_something_.notify_all();
}

std::vector<std::string> Cluster::waits_for() const {
  std::vector<std::string> missing;
  const auto nodes = others();
  const std::lock_guard lock(mutex_);
  for (const auto& node : nodes) {
    if (!met_.contains(node)) missing.push_back(node);
  }
  return missing;
}

// A node makes its shards once it has met all others; then each of them has written down who it is.
void Cluster::be_born_if_due() {
  if (cluster_.row().born || !waits_for().empty()) return;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(birth_asked_, true)) return;
  }
  persistence::ClusterBorn birth;
  const auto nodes = cluster_.row().identity.nodes;
  for (Shard shard = 0; shard < identity_.shards; ++shard) {
    if (birth_owner(nodes, shard) == identity_.node) birth.shards.push_back(shard);
  }
  engine_.give_birth(birth, [this, shards = birth.shards.size()](const Result<void>& result) {
    if (result) {
      log(Level::info, "the cluster begins for this node", {{"shards", shards}});
      make_news();
    } else {
      log(Level::error, "the node's shards cannot be made", {{"error", result.error().what}});
      const std::lock_guard lock(mutex_);
      birth_asked_ = false;
    }
  });
}

// -- news -------------------------------------------------------------------------

void Cluster::make_news() {
  News news;
  const auto row = cluster_.row();
  news.born = row.born;
  news.members = row.members.version;
  news.build = config_.build;
  news.http = config_.http;
  news.workers = config_.workers;
  news.definitions = definitions_.digest();
  for (const auto& shard : cluster_.shards()) {
    if (persistence::is_own(shard)) news.shards.push_back({shard.shard, shard.epoch, shard.to});
    map_.learn(shard.shard, shard.owner, shard.epoch);
  }
  {
    const std::lock_guard lock(mutex_);
    news_ = encode(news);
  }
  bridge_.tell_news();
}

void Cluster::shards_changed() {
  make_news();
  relay_.shards_changed();
  mover_.look();
}

void Cluster::heard(const std::string& node, std::uint64_t counter, std::string_view bytes) {
  cluster_.witness(counter);
  auto news = decode_news(bytes);
  if (!news) {
    log(Level::warning, "a node's news cannot be read",
        {{"node", node}, {"error", news.error().what}});
    return;
  }
  map_.learn(node, news->shards);
  yield_to(node, news->shards);
  membership_.heard(node, news->members);
  const auto digest = news->definitions;
  bool more_shards = false;
  {
    const std::lock_guard lock(mutex_);
    News& known = news_of_[node];
    more_shards = known.shards != news->shards;
    known = std::move(*news);
  }
  definitions_.note(node, digest);
  if (more_shards) relay_.look();
  heard_something_.notify_all();
}

// Another node has a shard at a later epoch than this volume: it was restored from a backup of
// before the shard went.
void Cluster::yield_to(const std::string& node, const std::vector<News::Owned>& theirs) {
  std::map<Shard, std::uint64_t> own;
  for (const auto& row : cluster_.shards()) {
    if (persistence::is_own(row)) own.emplace(row.shard, row.epoch);
  }
  for (const auto& item : theirs) {
    const auto found = own.find(item.shard);
    if (found == own.end() || found->second >= item.epoch) continue;
    log(Level::error, "a shard is another node's by now: this volume is an older copy of it",
        {{"shard", item.shard}, {"node", node}, {"epoch", item.epoch}});
    persistence::ShardMoved change;
    change.step = {item.shard, persistence::ShardAct::yield, 0, node, item.epoch, 0};
    engine_.move_shard(std::move(change), [this](const Result<void>& result) {
      if (result) shards_changed();
    });
  }
}

std::vector<std::pair<std::string, std::string>> Cluster::worker_addresses() const {
  std::vector<std::pair<std::string, std::string>> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [node, news] : news_of_) {
    if (!news.workers.empty()) out.emplace_back(node, news.workers);
  }
  return out;
}

void Cluster::spread_definitions() {
  definitions_.refresh();
  const auto all_have_it = [this] {
    const auto nodes = others();
    return std::all_of(nodes.begin(), nodes.end(), [this](const auto& node) {
      return !bridge_.is_up(node) || definitions_.same_as(node);
    });
  };
  std::mutex waiting;
  std::unique_lock lock(waiting);
  const auto until = std::chrono::steady_clock::now() + spread_for;
  // Who hears something between the look and the wait is heard again with the next round.
  while (!all_have_it() && std::chrono::steady_clock::now() < until) {
    heard_something_.wait_for(lock, std::chrono::milliseconds(20));
    bridge_.tell_news();
  }
}

// -- calls of other nodes ----------------------------------------------------------

void Cluster::called(const std::string& node, bridge::CallPlace place, const bridge::Call& call) {
  if (call.kind == api_call) {
    answers_.enqueue(
        [this, node, place, body = std::string(call.body)] { answer_request(node, place, body); });
  } else if (call.kind == relay_call) {
    relay_.on_offer(place, call.body);
  } else if (call.kind == members_call) {
    membership_.on_call(place, call.body);
  } else if (call.kind == depart_call) {
    membership_.on_depart(place, call.body);
  } else if (call.kind == move_call) {
    mover_.on_offer(node, place, call.body);
  } else if (call.kind == definitions_call) {
    definitions_.on_list(place);
  } else if (call.kind == definition_call) {
    definitions_.on_one(place, call.body);
  } else {
    bridge_.answer(place, "");  // of a version that knows more; the caller cannot read it
  }
}

void Cluster::answer_request(const std::string& node, bridge::CallPlace place, std::string body) {
  auto request = decode_request(body);
  http::Response response;
  if (request) {
    request->from_node = node;
    response = answer_(*request);
  } else {
    response = http::problem(request.error());
  }
  bridge_.answer(place, encode(response));
}

// -- fellows ----------------------------------------------------------------------

std::vector<std::string> Cluster::others() const {
  std::vector<std::string> out;
  for (const auto& member : cluster_.row().members.all) {
    if (!member.gone && member.node != identity_.node) out.push_back(member.node);
  }
  return out;
}

std::uint32_t Cluster::shards() const {
  return identity_.shards;
}

std::optional<Error> Cluster::not_yet() const {
  const auto row = cluster_.row();
  if (row.born && !row.members.has(identity_.node)) {
    return Error{Code::conflict,
                 identity_.node + " was removed from the cluster '" + identity_.cluster +
                     "': ask another node, and stop this one",
                 ""};
  }
  if (row.born) return std::nullopt;
  std::string missing;
  for (const auto& node : waits_for()) missing += (missing.empty() ? "" : ", ") + node;
  for (const auto& peer : bridge_.peers()) {
    if (peer.link.state == bridge::LinkState::refused) missing += " (" + peer.link.refusal + ")";
  }
  return Error{Code::retry_later,
               "the cluster has not begun: " + identity_.node +
                   (missing.empty() ? " makes its shards" : " waits to meet " + missing),
               ""};
}

bool Cluster::is_here(Shard shard) const {
  return cluster_.owns(shard);
}

std::string Cluster::owner(Shard shard) const {
  return map_.of(shard).owner;
}

std::uint64_t Cluster::epoch(Shard shard) const {
  return map_.of(shard).epoch;
}

void Cluster::learn(Shard shard, const std::string& owner, std::uint64_t epoch) {
  map_.learn(shard, owner, epoch);
}

void Cluster::ask(const std::string& node, const http::Request& request, std::int64_t timeout_ms,
                  actors::Reply<http::Response> reply) {
  bridge_.call(node, std::string(api_call), encode(request), timeout_ms,
               [reply = std::move(reply)](Result<std::string> answer) {
                 if (!answer) return reply(Failure(answer.error()));
                 reply(decode_response(*answer));
               });
}

void Cluster::want_shard(Shard shard, const std::string& node, actors::Reply<void> reply) {
  persistence::ShardMoved change;
  change.step = {shard, persistence::ShardAct::want, 0, node, 0, 0};
  engine_.move_shard(std::move(change),
                     [this, shard, reply = std::move(reply)](const Result<void>& result) {
                       if (result) {
                         mover_.forget(shard);
                         shards_changed();
                       }
                       reply(result);
                     });
}

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
