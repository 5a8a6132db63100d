// Bridges on loopback: keys, refusals, calls.
#include "runtime/bridge/bridge.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace endure;
using namespace endure::bridge;

namespace {

// Waits for what another thread brings about; the limit is for a test that fails.
template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 2'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::uint16_t free_port() {
  static std::atomic<int> next{0};
  return static_cast<std::uint16_t>(20'000 + ::getpid() % 1'000 * 10 + next++);
}

class TestNode {
 public:
  TestNode(std::string name, std::uint16_t port, std::vector<PeerAddress> peers,
           std::optional<Keys> keys, std::string cluster = "test")
      : name_(std::move(name)), cluster_(std::move(cluster)) {
    BridgeConfig config;
    config.node = name_;
    config.listen = "tcp://127.0.0.1:" + std::to_string(port);
    config.peers = std::move(peers);
    config.keys = std::move(keys);
    config.heartbeat_ms = 50;
    config.lost_after_ms = 10'000;
    BridgeHandlers handlers;
    handlers.greeting = [this] {
      Greeting greeting;
      greeting.cluster = cluster_;
      greeting.node = name_;
      greeting.shards = 8;
      greeting.born = {"a", "b", "c"};
      greeting.volume = name_;
      return greeting;
    };
    handlers.admit = [](const Greeting&) { return std::string(); };
    handlers.counter = [] { return std::uint64_t{1}; };
    handlers.news = [this] { return "news of " + name_; };
    handlers.heard = [this](const std::string&, std::uint64_t, std::string_view news) {
      const std::lock_guard lock(mutex_);
      heard_ = news;
    };
    handlers.link_changed = [](const std::string&, bool) {};
    handlers.called = [this](const std::string& node, CallPlace place, const Call& call) {
      bridge->answer(place, node + " asked " + name_ + " " + std::string(call.body));
    };
    bridge.emplace(std::move(config), std::move(handlers), clock_);
    REQUIRE(bridge->start());
  }

  Result<std::string> ask(const std::string& node, const std::string& body) {
    std::mutex mutex;
    std::condition_variable arrived;
    std::optional<Result<std::string>> reply;
    bridge->call(node, "test", body, 10'000, [&](Result<std::string> r) {
      const std::lock_guard lock(mutex);
      reply = std::move(r);
      arrived.notify_all();
    });
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return reply.has_value(); });
    return *reply;
  }
  std::string heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  LinkView link() const { return bridge->peers().front().link; }

 private:
  const std::string name_;
  const std::string cluster_;
  SystemClock clock_;
  std::mutex mutex_;
  std::string heard_;

 public:
  std::optional<Bridge> bridge;  // ends before what it uses
};

std::string address(std::uint16_t port) {
  return "tcp://127.0.0.1:" + std::to_string(port);
}

}  // namespace

TEST_CASE("two nodes that know each other's keys are linked and answer each other") {
  TemporaryFolder folder;
  REQUIRE(write_key_pair(folder.path(), "a"));
  REQUIRE(write_key_pair(folder.path(), "b"));
  const auto port_a = free_port();
  const auto port_b = free_port();
  TestNode a("a", port_a, {{"b", address(port_b)}}, *read_keys(folder.path(), "a", {"a", "b"}));
  CHECK(a.ask("b", "nothing").error().where == "b");  // nobody is there: at once
  CHECK(a.ask("c", "nothing").error().code == Code::invalid);
  {
    TestNode b("b", port_b, {{"a", address(port_a)}}, *read_keys(folder.path(), "b", {"a", "b"}));
    REQUIRE(eventually([&] { return a.bridge->is_up("b") && b.bridge->is_up("a"); }));
    CHECK(a.ask("b", "how").value() == "a asked b how");
    CHECK(b.ask("a", "why").value() == "b asked a why");
    const std::string large(3'000'000, 'x');
    CHECK(a.ask("b", large).value() == "a asked b " + large);
    CHECK(eventually([&] { return a.heard() == "news of b"; }));
    CHECK(eventually([&] { return a.link().round_trip_us.has_value(); }));
  }
  // It said goodbye.
  CHECK(eventually([&] { return !a.bridge->is_up("b"); }));
  CHECK(a.ask("b", "gone").error().code == Code::retry_later);
}

TEST_CASE("a node with an unknown key is refused on both sides") {
  TemporaryFolder known;
  TemporaryFolder strange;
  REQUIRE(write_key_pair(known.path(), "a"));
  REQUIRE(write_key_pair(known.path(), "b"));
  auto keys = *read_keys(known.path(), "b", {"a", "b"});
  keys.own = new_key_pair();  // not the one that a knows
  const auto port_a = free_port();
  const auto port_b = free_port();
  TestNode a("a", port_a, {{"b", address(port_b)}}, *read_keys(known.path(), "a", {"a", "b"}));
  TestNode b("b", port_b, {{"a", address(port_a)}}, keys);
  CHECK(eventually([&] { return a.bridge->refused() > 0; }));
  CHECK(eventually([&] { return b.link().refusal.find("key") != std::string::npos; }));
  CHECK(eventually([&] { return a.link().refusal.find("key") != std::string::npos; }));
  CHECK_FALSE(a.bridge->is_up("b"));
  CHECK_FALSE(b.bridge->is_up("a"));
}

TEST_CASE("a node of another cluster is refused on both sides") {
  const auto port_a = free_port();
  const auto port_b = free_port();
  TestNode a("a", port_a, {{"b", address(port_b)}}, std::nullopt, "one");
  TestNode b("b", port_b, {{"a", address(port_a)}}, std::nullopt, "two");
  CHECK(eventually([&] { return a.link().refusal.find("'two'") != std::string::npos; }));
  CHECK(eventually([&] { return b.link().refusal.find("'one'") != std::string::npos; }));
  CHECK(a.link().state == LinkState::refused);
}

TEST_CASE("what waits for a node that does not read is bounded") {
  const auto port_a = free_port();
  const auto port_b = free_port();
  TestNode a("a", port_a, {{"b", address(port_b)}}, std::nullopt);
  TestNode b("b", port_b, {{"a", address(port_a)}}, std::nullopt);
  REQUIRE(eventually([&] { return a.bridge->is_up("b"); }));
  CHECK(a.ask("b", std::string(17U << 20U, 'x')).error().what.find("as much as may be") !=
        std::string::npos);
  CHECK(a.ask("b", "small").has_value());
}

TEST_CASE("a node is added and removed while the bridge runs, and its key comes later") {
  TemporaryFolder folder;
  REQUIRE(write_key_pair(folder.path(), "a"));
  const auto port_a = free_port();
  const auto port_b = free_port();
  TestNode a("a", port_a, {}, *read_keys(folder.path(), "a", {"a"}));
  REQUIRE(write_key_pair(folder.path(), "b"));
  const auto b_pub = folder.path() + "/b.pub";
  const auto kept = folder.path() + "/b.kept";
  auto keys_of_b = *read_keys(folder.path(), "b", {"a", "b"});
  REQUIRE(std::rename(b_pub.c_str(), kept.c_str()) == 0);
  TestNode b("b", port_b, {{"a", address(port_a)}}, keys_of_b);
  REQUIRE(eventually([&] { return a.bridge->refused() > 0; }));

  a.bridge->set_peers({{"b", address(port_b)}});
  REQUIRE(eventually([&] {
    const auto peers = a.bridge->peers();
    return peers.size() == 1 && peers.front().link.refusal.find("b.pub") != std::string::npos;
  }));
  CHECK_FALSE(b.bridge->is_up("a"));
  REQUIRE(std::rename(kept.c_str(), b_pub.c_str()) == 0);
  REQUIRE(eventually([&] { return a.bridge->is_up("b") && b.bridge->is_up("a"); }));
  CHECK(a.ask("b", "how").value() == "a asked b how");
  CHECK(b.ask("a", "why").value() == "b asked a why");

  // The same again changes nothing.
  a.bridge->set_peers({{"b", address(port_b)}});
  CHECK(a.ask("b", "again").value() == "a asked b again");
  CHECK(a.link().losses == 0);

  a.bridge->set_peers({});
  REQUIRE(eventually([&] { return a.bridge->peers().empty() && !b.bridge->is_up("a"); }));
  CHECK(a.ask("b", "gone").error().code == Code::invalid);
  // It is told why, since its key is there still.
  REQUIRE(eventually(
      [&] { return b.link().refusal.find("a does not know the node b") != std::string::npos; }));
}

TEST_CASE("a peer whose address has changed is dialled there") {
  const auto port_a = free_port();
  const auto port_b = free_port();
  TestNode a("a", port_a, {{"b", address(free_port())}}, std::nullopt);
  TestNode b("b", port_b, {{"a", address(port_a)}}, std::nullopt);
  REQUIRE(eventually([&] { return b.bridge->is_up("a"); }));
  CHECK_FALSE(a.bridge->is_up("b"));
  a.bridge->set_peers({{"b", address(port_b)}});
  REQUIRE(eventually([&] { return a.bridge->is_up("b") && b.bridge->is_up("a"); }));
}

TEST_CASE("keys are checked when they are read") {
  TemporaryFolder folder;
  REQUIRE(write_key_pair(folder.path(), "a"));
  CHECK(write_key_pair(folder.path(), "a").error().code == Code::conflict);
  CHECK(read_keys(folder.path(), "a", {"a", "b"}).error().where.find("b.pub") != std::string::npos);
  REQUIRE(write_key_pair(folder.path(), "b"));
  CHECK(read_keys(folder.path(), "a", {"a", "b"}));
  const std::string b = folder.path() + "/b.pub";
  REQUIRE(std::rename((folder.path() + "/a.pub").c_str(), b.c_str()) == 0);
  CHECK_FALSE(read_keys(folder.path(), "b", {"b"}));
  REQUIRE(::chmod((folder.path() + "/b.key").c_str(), 0644) == 0);
  CHECK(read_keys(folder.path(), "b", {"b"}).error().what.find("chmod 600") != std::string::npos);
}
