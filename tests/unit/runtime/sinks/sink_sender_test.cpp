// The sender against sinks on loopback, over a store in memory.
#include "runtime/sink_sender.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include "persistence/codec.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/raw_server.hpp"
#include "tests/support/transitions.hpp"

using namespace endure;
using namespace endure::testing;
using nlohmann::json;
using persistence::SinkKey;

namespace {

json event(int n) {
  return {{"specversion", "1.0"}, {"id", std::to_string(n)}, {"source", "/t"}, {"type", "t"}};
}

std::string ok() {
  return http_answer("202 Accepted", "text/plain", "");
}

using Sinks = std::vector<runtime::SinkSenderConfig::Sink>;

struct SenderFixture {
  explicit SenderFixture(Sinks sinks) {
    config.sinks = std::move(sinks);
    config.timeout_ms = 5'000;
    config.look_ms = 20;
    config.count_ms = 20;
    config.queue.first_pause_ms = 20;
    config.queue.longest_pause_ms = 50;
    engine.on_settle = [this](const auto& keys) { commit(persistence::SinkSettled{keys}); };
  }

  // One transition of workflow `number` that tells every sink of these events.
  void put(WorkflowNumber number, std::uint64_t first, int count) {
    auto t = persistence::transition_to(persistence::sample_snapshot(number, 1));
    for (int i = 0; i < count; ++i) {
      const auto sequence = first + static_cast<std::uint64_t>(i);
      for (const auto& sink : config.sinks) {
        t.sink_events.push_back(
            {{sink.url, sequence}, number, persistence::encode_value(event(i))});
      }
    }
    commit(std::move(t));
  }
  void commit(persistence::Change change) {
    std::vector<persistence::Change> changes{std::move(change)};
    std::vector<Result<void>> results(1);
    REQUIRE(store->commit(changes, results));
    REQUIRE(results[0]);
  }

  template <class Predicate>
  void until(Predicate is_so) {
    for (int i = 0; i < 20'000; ++i) {
      if (is_so()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    FAIL("it never came to what the test waits for");
  }

  runtime::SinkSenderConfig config;
  FakeEngine engine;
  SystemClock clock;
  std::unique_ptr<persistence::Store> store = persistence::make_memory_store();
};

json body_of(const std::string& request) {
  return json::parse(request.substr(request.find("\r\n\r\n") + 4));
}

}  // namespace

TEST_CASE("a sink gets events as structured CloudEvents, those of a workflow in order",
          "[sinks][socket]") {
  RawServer server([](const auto&) { return ok(); });
  SenderFixture f(Sinks{{server.url("/in?x=1"), "a-secret-token"}});
  f.put(1, 10, 5);
  runtime::SinkSender sender(f.config, f.engine, *f.store, f.clock);
  REQUIRE(sender.start());
  REQUIRE(f.engine.wait_until([](const auto& calls) { return calls.settled.size() == 5; }));
  sender.stop();
  const auto requests = server.requests();
  REQUIRE(requests.size() == 5);
  CHECK(requests[0].starts_with("POST /in?x=1 HTTP/1.1\r\n"));
  CHECK(requests[0].find("\r\nContent-Type: application/cloudevents+json") != std::string::npos);
  CHECK(requests[0].find("\r\nAuthorization: Bearer a-secret-token\r\n") != std::string::npos);
  for (int i = 0; i < 5; ++i) CHECK(body_of(requests[static_cast<std::size_t>(i)]) == event(i));
  const auto views = f.engine.sinks();
  REQUIRE(views.size() == 1);
  CHECK(views[0].sent == 5);
  CHECK(views[0].sink.find("x=1") == std::string::npos);
}

TEST_CASE("a sink that is down gets everything once it is back", "[sinks][socket]") {
  std::atomic<int> answers{0};
  RawServer server([&](const auto&) {
    return ++answers <= 3 ? http_answer("503 Busy", "text/plain", "later") : ok();
  });
  SenderFixture f(Sinks{{server.url(), ""}});
  f.put(1, 10, 2);
  runtime::SinkSender sender(f.config, f.engine, *f.store, f.clock);
  REQUIRE(sender.start());
  REQUIRE(f.engine.wait_until([](const auto& calls) { return calls.settled.size() == 2; }));
  f.until([&] { return !f.engine.sinks().empty() && f.engine.sinks()[0].sent == 2; });
  const auto view = f.engine.sinks()[0];
  CHECK(view.failed == 3);
  CHECK_FALSE(view.failing_since);
  sender.stop();
  const auto requests = server.requests();
  CHECK(requests.size() == 5);
  CHECK(body_of(requests.back()) == event(1));
}

TEST_CASE("one sink that is down does not hold up another", "[sinks][socket]") {
  RawServer server([](const auto&) { return ok(); });
  SenderFixture f(Sinks{{"http://127.0.0.1:1/down", ""}, {server.url(), ""}});
  f.put(1, 10, 3);
  runtime::SinkSender sender(f.config, f.engine, *f.store, f.clock);
  REQUIRE(sender.start());
  REQUIRE(f.engine.wait_until([](const auto& calls) { return calls.settled.size() == 3; }));
  f.until([&] { return f.engine.sinks()[0].failed > 0; });
  const auto views = f.engine.sinks();
  CHECK(views[0].failing_since);
  CHECK_FALSE(views[0].last_error.empty());
  f.until([&] { return f.engine.sinks()[0].backlog == 3; });
  for (const auto& key : f.engine.calls().settled) CHECK(key.sink == server.url());
}

TEST_CASE("an event that a sink will never take is given up and counted", "[sinks][socket]") {
  RawServer server([](const std::string& request) {
    return body_of(request).at("id") == "0" ? http_answer("400 No", "text/plain", "bad") : ok();
  });
  SenderFixture f(Sinks{{server.url(), ""}});
  f.put(1, 10, 2);
  runtime::SinkSender sender(f.config, f.engine, *f.store, f.clock);
  REQUIRE(sender.start());
  REQUIRE(f.engine.wait_until([](const auto& calls) { return calls.settled.size() == 2; }));
  f.until([&] { return f.engine.sinks()[0].sent == 1; });
  CHECK(f.engine.sinks()[0].refused == 1);
}

TEST_CASE("events that come later are sent when the engine tells of them", "[sinks][socket]") {
  RawServer server([](const auto&) { return ok(); });
  SenderFixture f(Sinks{{server.url(), ""}});
  f.config.look_ms = 3'600'000;
  runtime::SinkSender sender(f.config, f.engine, *f.store, f.clock);
  REQUIRE(sender.start());
  f.put(1, 10, 1);
  f.engine.tell_sinks();
  REQUIRE(f.engine.wait_until([](const auto& calls) { return calls.settled.size() == 1; }));
}

TEST_CASE("of too many events for a sink the oldest are given up", "[sinks][socket]") {
  SenderFixture f(Sinks{{"http://127.0.0.1:1/down", ""}});
  f.config.max_backlog = 10;
  f.put(1, 10, 25);
  runtime::SinkSender sender(f.config, f.engine, *f.store, f.clock);
  REQUIRE(sender.start());
  REQUIRE(f.engine.wait_until([](const auto& calls) { return calls.settled.size() >= 14; }));
  sender.stop();
  for (const auto& key : f.engine.calls().settled) CHECK(key.sequence < 25);
  CHECK(f.engine.sinks()[0].dropped >= 14);
}

TEST_CASE("what waits for a sink that is not configured any more is given up", "[sinks]") {
  SenderFixture f(Sinks{{"http://gone.test/", ""}});
  f.put(1, 10, 3);
  f.config.sinks.clear();
  runtime::SinkSender sender(f.config, f.engine, *f.store, f.clock);
  REQUIRE(sender.start());
  REQUIRE(f.engine.wait_until([](const auto& calls) { return calls.settled.size() == 3; }));
}
