// Every interleaving of a shard's moves between two nodes: messages that are lost, repeated and
// late, attempts that are given up at any point, crashes of either node, and work on the shard in
// between. What becomes of the volumes' rows is the production's own after(); what is modelled is
// the network, the driver's memory, and what the rows hold.
#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "persistence/shard_move.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/explore.hpp"

using namespace endure;
using namespace endure::persistence;
using namespace endure::testing;

namespace {

using State = ShardRow::State;

constexpr std::size_t parts = 2;
constexpr std::size_t most_in_flight = 2;
constexpr std::uint64_t most_attempts = 3;
constexpr int most_crashes = 2;
constexpr int most_wishes = 2;  // to the other node, and back
constexpr int most_changes = 2;

const std::array<std::string, 2> names = {"a", "b"};

// What one node holds of the shard: the version of each part of its rows; 0: it is not there.
using Content = std::array<int, parts>;

struct Message {
  std::size_t to = 0;
  bool answer = false;
  ShardAct act = ShardAct::want;
  std::uint64_t attempt = 0;
  std::uint64_t epoch = 0;
  std::uint64_t part = 0;
  int version = 0;  // of what a part holds; of all, where they are to be compared

  auto operator<=>(const Message&) const = default;
};

struct Node {
  std::optional<ShardRow> row;
  Content content{};
  // The driver's memory.
  std::uint64_t attempt = 0;
  std::uint64_t stage = 0;  // 0 idle, 1 asked, 2… the part to be sent, then comparison

  bool owns() const { return row && is_own(*row); }
  bool serves() const { return row && row->state == State::owned; }
};

struct World {
  std::array<Node, 2> nodes;
  std::multiset<Message> network;
  std::uint64_t attempts = 0;
  int version = 1;  // of what the workflows of the shard have acknowledged
  int crashes = 0;
  int wishes = 0;
  std::vector<std::size_t> owners = {0};  // by epoch, from 1
};

std::string key_of(const World& w) {
  std::string key;
  const auto put = [&](std::uint64_t number) { key.push_back(static_cast<char>(number)); };
  for (const auto& node : w.nodes) {
    put(node.row ? 1 : 0);
    if (node.row) {
      const auto& row = *node.row;
      put(static_cast<std::uint64_t>(row.state));
      key += row.owner + '/' + row.to + '/';
      for (const auto number : {row.epoch, row.attempt, row.parts}) put(number);
      put(row.complete ? 1 : 0);
      put(row.has_rows ? 1 : 0);
    }
    for (const int part : node.content) put(static_cast<std::uint64_t>(part));
    put(node.attempt);
    put(node.stage);
  }
  for (const auto& m : w.network) {
    for (const auto number : {static_cast<std::uint64_t>(m.to), m.answer ? std::uint64_t{1} : 0,
                              static_cast<std::uint64_t>(m.act), m.attempt, m.epoch, m.part,
                              static_cast<std::uint64_t>(m.version)}) {
      put(number);
    }
  }
  key.push_back('|');
  for (const auto number :
       {w.attempts, static_cast<std::uint64_t>(w.version), static_cast<std::uint64_t>(w.crashes),
        static_cast<std::uint64_t>(w.wishes)}) {
    put(number);
  }
  for (const auto owner : w.owners) put(owner);
  return key;
}

void check(const World& w) {
  std::size_t owners = 0;
  std::size_t coming = 0;
  for (const auto& node : w.nodes) {
    if (!node.row) continue;
    const auto& row = *node.row;
    if (node.owns()) {
      ++owners;
      // All that was acknowledged is there.
      for (const int part : node.content) REQUIRE(part == w.version);
      REQUIRE(w.owners.at(row.epoch - 1) == static_cast<std::size_t>(&node - w.nodes.data()));
    }
    if (row.state == State::arriving && row.complete) {
      const bool whole = std::all_of(node.content.begin(), node.content.end(),
                                     [&](int part) { return part == w.version; });
      if (whole) ++coming;
    }
  }
  REQUIRE(owners <= 1);
  // Where nobody owns it, somebody has all of it and may take it.
  if (owners == 0) REQUIRE(coming == 1);
}

using Worlds = std::vector<World>;

std::optional<ShardRow> committed(const Node& node, std::size_t self, ShardAct act,
                                  std::uint64_t attempt, const std::string& to = {}) {
  ShardStep step;
  step.act = act;
  step.attempt = attempt;
  step.node = to;
  const auto next = after(node.row, step, names[self]);
  return next ? std::optional(*next) : std::nullopt;
}

void send(World& w, const Message& message, Worlds& next) {
  if (w.network.size() >= most_in_flight) return;
  w.network.insert(message);
  next.push_back(std::move(w));
}

// What the old owner does by itself.
void driver_steps(const World& w, std::size_t self, Worlds& next) {
  const Node& node = w.nodes[self];
  if (!node.row) return;
  const auto& row = *node.row;
  const std::size_t other = 1 - self;
  if (row.state == State::owned && row.to.empty() && w.wishes < most_wishes) {
    World n = w;
    n.nodes[self].row = committed(node, self, ShardAct::want, 0, names[other]);
    ++n.wishes;
    next.push_back(std::move(n));
  }
  if (row.state == State::owned && w.version <= most_changes) {  // a workflow goes on
    World n = w;
    ++n.version;
    n.nodes[self].content.fill(n.version);
    next.push_back(std::move(n));
  }
  if (row.state == State::owned && !row.to.empty() && node.stage == 0 &&
      w.attempts < most_attempts) {
    World n = w;
    n.nodes[self].attempt = ++n.attempts;
    n.nodes[self].stage = 1;
    send(n, {other, false, ShardAct::expect, n.attempts, row.epoch, 0, 0}, next);
  }
  if (node.stage == 1) {  // no answer
    World n = w;
    n.nodes[self].stage = 0;
    next.push_back(std::move(n));
  }
  if (row.state == State::leaving && node.stage >= 2) {
    const auto part = node.stage - 1;
    World n = w;
    if (part <= parts) {
      send(n, {other, false, ShardAct::part, node.attempt, 0, part, node.content[part - 1]}, next);
    } else {
      send(n, {other, false, ShardAct::complete, node.attempt, 0, parts, w.version}, next);
    }
  }
  // Given up, or left by a process before this one; whatever the driver believes.
  for (std::uint64_t attempt = 1; attempt <= w.attempts; ++attempt) {
    const auto thawed = committed(node, self, ShardAct::thaw, attempt);
    if (!thawed || *thawed == row) continue;
    World n = w;
    n.nodes[self].row = thawed;
    n.nodes[self].stage = 0;
    next.push_back(std::move(n));
  }
  if (row.state == State::given && row.epoch > 0 && !row.complete) {
    World n = w;
    send(n, {other, false, ShardAct::take, row.attempt, row.epoch, 0, 0}, next);
  }
  if (may_be_swept(row)) {
    World n = w;
    n.nodes[self].content.fill(0);
    n.nodes[self].row = committed(node, self, ShardAct::emptied, row.attempt);
    REQUIRE(n.nodes[self].row);
    next.push_back(std::move(n));
  }
}

void on_answer(World& w, const Message& m) {
  Node& node = w.nodes[m.to];
  if (!node.row) return;
  const bool current = m.attempt == node.attempt;
  if (m.act == ShardAct::expect && current && node.stage == 1) {
    const auto frozen = committed(node, m.to, ShardAct::freeze, node.attempt);
    node.stage = frozen ? 2 : 0;
    if (frozen) node.row = frozen;
  } else if (m.act == ShardAct::part && current && node.stage == m.part + 1) {
    ++node.stage;
  } else if (m.act == ShardAct::complete) {  // be it late: the row knows better
    const auto given = committed(node, m.to, ShardAct::give, m.attempt);
    node.stage = 0;
    if (given) node.row = given;
  } else if (m.act == ShardAct::take) {
    const auto confirmed = committed(node, m.to, ShardAct::confirm, m.attempt);
    if (confirmed) node.row = confirmed;
  }
}

// True: the other side did it, and says so.
bool on_request(World& w, const Message& m) {
  Node& node = w.nodes[m.to];
  ShardStep step;
  step.act = m.act;
  step.attempt = m.attempt;
  step.node = names[1 - m.to];
  step.epoch = m.epoch;
  step.part = m.part;
  if (m.act == ShardAct::complete) {  // the rows are compared before
    for (const int part : node.content) {
      if (part != m.version) return false;
    }
  }
  const auto row = after(node.row, step, names[m.to]);
  if (!row) return false;
  if (m.act == ShardAct::part && (!node.row || row->parts != node.row->parts)) {
    node.content[m.part - 1] = m.version;
  }
  const bool owned_before = node.owns();
  node.row = *row;
  if (m.act == ShardAct::take && !owned_before && node.owns()) {
    REQUIRE(w.owners.size() == row->epoch - 1);  // an epoch has one owner
    w.owners.push_back(m.to);
  }
  return m.act != ShardAct::expect || !is_littered(*row);
}

void network_steps(const World& w, Worlds& next) {
  for (const auto& message : std::set(w.network.begin(), w.network.end())) {
    World lost = w;
    lost.network.erase(lost.network.find(message));
    World twice = w;
    World had = lost;
    next.push_back(std::move(lost));
    send(twice, message, next);
    if (message.answer) {
      on_answer(had, message);
    } else if (on_request(had, message)) {
      Message answer = message;
      answer.to = 1 - message.to;
      answer.answer = true;
      had.network.insert(answer);
    }
    next.push_back(std::move(had));
  }
}

void crash_steps(const World& w, Worlds& next) {
  if (w.crashes == most_crashes) return;
  for (std::size_t self = 0; self < 2; ++self) {
    World n = w;
    ++n.crashes;
    n.nodes[self].attempt = 0;
    n.nodes[self].stage = 0;
    next.push_back(std::move(n));
  }
}

Worlds steps(const World& w) {
  Worlds next;
  driver_steps(w, 0, next);
  driver_steps(w, 1, next);
  network_steps(w, next);
  crash_steps(w, next);
  return next;
}

// Served, with nothing under way; what could not be moved within the bound of attempts stays.
bool is_end(const World& w) {
  const auto serves =
      std::count_if(w.nodes.begin(), w.nodes.end(), [](const Node& node) { return node.serves(); });
  if (serves != 1) return false;
  return std::all_of(w.nodes.begin(), w.nodes.end(), [&](const Node& node) {
    if (!node.row || node.stage != 0) return node.stage == 0;
    const bool goes = node.serves() && !node.row->to.empty();
    return !may_be_swept(*node.row) && (!goes || w.attempts == most_attempts);
  });
}

World first_world() {
  World w;
  ShardRow row;
  row.owner = names[0];
  w.nodes[0].row = row;
  w.nodes[0].content.fill(w.version);
  return w;
}

}  // namespace

TEST_CASE("a shard has one owner with all that was acknowledged, whatever happens to its moves") {
  const auto explored = explore(first_world(), key_of, check, steps);
  std::size_t latest_epoch = 0;
  for (const World& w : explored.worlds) latest_epoch = std::max(latest_epoch, w.owners.size());
  CHECK(explored.worlds.size() > 100'000);
  CHECK(latest_epoch == 3);  // there and back
  CHECK(endless(explored, is_end) == 0);
  WARN("explored " << explored.worlds.size() << " states");
}
