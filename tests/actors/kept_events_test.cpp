// Early broadcast events, duplicates, and events for sinks, in a whole engine.
#include <atomic>
#include <set>

#include "persistence/codec.hpp"
#include "tests/actors/engine_fixture.hpp"

using namespace endure;
using namespace endure::actors;
using namespace endure::testing;
using workflow::Json;
using workflow::Phase;

namespace {

// Works first and listens then.
constexpr const char* late = R"(
document: { dsl: '1.0.3', namespace: test, name: late, version: '1.0.0' }
do:
  - work: { call: work }
  - hear: { listen: { to: { one: { with: { type: a, subject: '${ $workflow.id }' } } } } }
)";

constexpr const char* collect = R"(
document: { dsl: '1.0.3', namespace: test, name: collect, version: '1.0.0' }
do:
  - work: { call: work }
  - hear:
      listen: { to: { any: [ { with: { type: a } } ], until: '. | length == 200' } }
)";

Json event(const std::string& id, const std::string& subject = "w", Json data = nullptr) {
  return {{"type", "a"},        {"source", "test"},     {"id", id},
          {"subject", subject}, {"specversion", "1.0"}, {"data", std::move(data)}};
}

// The native worker of the queue `work` waits for it.
class Gate {
 public:
  void open() { opened_.set_value(); }
  void wait() { future_.wait(); }

 private:
  std::promise<void> opened_;
  std::shared_future<void> future_ = opened_.get_future().share();
};

void add_gated_worker(EngineFixture& node, std::shared_ptr<Gate> gate) {
  node.engine->add_native_worker("work", 1, [gate](const LeasedStep&, const workflow::Value&) {
    gate->wait();
    return workflow::Value(Json(nullptr));
  });
}

// All that was published has been delivered, and is kept.
void await_kept(EngineFixture& node, std::uint64_t count) {
  for (int i = 0; i < 20'000; ++i) {
    const auto stats = node.store->stats();
    if (stats.outbox == 0 && stats.kept_events == count) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  FAIL("the events were never kept");
}

// The end is known by its commit, the figures a moment later.
void await_offered(EngineFixture& node, std::uint64_t count) {
  for (int i = 0; i < 20'000; ++i) {
    const auto views = node.engine->events();
    if (!views.empty() && views[0].offered >= count) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  FAIL("the events were never counted as offered");
}

EngineConfig with_sinks() {
  EngineConfig config = small_engine();
  config.sinks = {"http://one.test/", "http://two.test/"};
  return config;
}

}  // namespace

TEST_CASE("an event that comes before its listener is taken when that is reached") {
  EngineFixture node;
  node.deploy(late);
  for (const char* id : {"w1", "w2"}) REQUIRE(node.start("late", id));
  node.publish(event("1", "w1", 1));
  node.publish(event("2", "w2", 2));
  await_kept(node, 2);
  auto gate = std::make_shared<Gate>();
  add_gated_worker(node, gate);
  gate->open();
  CHECK(node.end_of("w1").output.json() == Json::array({1}));
  CHECK(node.end_of("w2").output.json() == Json::array({2}));
  await_offered(node, 2);
  const auto views = node.engine->events();
  REQUIRE(views.size() == 1);
  CHECK(views[0].type == "a");
  CHECK(views[0].kept == 2);
  CHECK(views[0].offered == 2);
}

TEST_CASE("kept events outlive the node, and are taken in their order") {
  EngineFixture node;
  node.deploy(collect);
  REQUIRE(node.start("collect", "w"));
  for (int i = 0; i < 200; ++i) node.publish(event(std::to_string(i), "w", i));
  await_kept(node, 200);
  node.restart();
  auto gate = std::make_shared<Gate>();
  add_gated_worker(node, gate);
  gate->open();
  const auto output = node.end_of("w").output;
  REQUIRE(output->size() == 200);
  for (int i = 0; i < 200; ++i) CHECK(output->at(static_cast<std::size_t>(i)) == i);
}

TEST_CASE("early and late events reach a listener once each, whatever comes between") {
  EngineFixture node;
  node.deploy(collect);
  REQUIRE(node.start("collect", "w"));
  auto gate = std::make_shared<Gate>();
  add_gated_worker(node, gate);
  for (int i = 0; i < 200; ++i) {
    if (i == 60) gate->open();  // the listener is reached while events are on their way
    node.publish(event(std::to_string(i), "w", i));
  }
  const auto output = node.end_of("w").output;
  std::set<int> seen;
  for (const auto& each : output->items()) seen.insert(each.value().get<int>());
  CHECK(output->size() == 200);
  CHECK(seen.size() == 200);
}

TEST_CASE("a workflow sees no event that is older than itself") {
  EngineFixture node;
  node.deploy(late);
  node.publish(event("1", "w", 1));
  await_kept(node, 1);
  REQUIRE(node.start("late", "w"));
  auto gate = std::make_shared<Gate>();
  add_gated_worker(node, gate);
  gate->open();
  node.until("w", [](const auto& s) { return s.phase == Phase::waiting; });
  node.publish(event("2", "w", 2));
  CHECK(node.end_of("w").output.json() == Json::array({2}));
}

TEST_CASE("a workflow that had not looked when the node died looks when it is back") {
  EngineFixture node;
  node.deploy(late);
  REQUIRE(node.start("late", "w"));
  node.publish(event("1", "w", 1));
  await_kept(node, 1);
  // What a crash leaves behind that comes right after the listener's commit.
  const auto number = node.store->find_workflow({"test", "w"}).value().value();
  auto gate = std::make_shared<Gate>();
  add_gated_worker(node, gate);
  gate->open();
  CHECK(node.end_of("w").output.json() == Json::array({1}));
  CHECK(node.store->looking_workflows(0, 10).value().empty());
  CHECK_FALSE(node.store->load_workflow(number).value()->may_look);
}

TEST_CASE("kept events go when their time is over, and are counted") {
  EngineConfig config = small_engine();
  config.keep_events_ms = 1;
  EngineFixture node(config);
  node.publish(event("1"));
  for (int i = 0; i < 20'000 && node.engine->events().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (int i = 0; i < 20'000 && node.engine->events().at(0).expired == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(node.engine->events().at(0).expired == 1);
  CHECK(node.engine->events().at(0).kept == 0);
  CHECK(node.store->holds_no_event());
}

TEST_CASE("too many kept events push out the oldest") {
  EngineConfig config = small_engine();
  config.max_kept_events = 3;
  EngineFixture node(config);
  for (int i = 0; i < 10; ++i) node.publish(event(std::to_string(i)));
  await_kept(node, 3);
  const auto kept = node.store->kept_events(0, 10).value();
  CHECK(persistence::decode_value(kept.front().event).value()->at("id") == "7");
}

TEST_CASE("where nothing is kept, an early event is gone and the store holds none") {
  EngineConfig config = small_engine();
  config.keep_events_ms = 0;
  EngineFixture node(config);
  node.publish(event("1"));
  await_kept(node, 0);
  CHECK(node.store->holds_no_event());
  CHECK_FALSE(node.publish(event("1")).duplicate);
}

TEST_CASE("an event that is sent a second time counts once") {
  EngineFixture node;
  node.deploy(late);
  REQUIRE(node.start("late", "w"));
  const auto first = node.publish(event("1", "w", 1));
  CHECK_FALSE(first.duplicate);
  const auto second = node.publish(event("1", "w", 1));
  CHECK(second.duplicate);
  CHECK(second.sequence == first.sequence);
  await_kept(node, 1);
  node.restart();
  CHECK(node.publish(event("1", "w", 1)).duplicate);

  const auto sent = node.send("w", event("9", "other"));
  REQUIRE(sent);
  CHECK(sent->fate == EventFate::kept);
  CHECK(node.send("w", event("9", "other"))->fate == EventFate::duplicate);
  node.restart();
  CHECK(node.send("w", event("9", "other"))->fate == EventFate::duplicate);
  auto gate = std::make_shared<Gate>();
  add_gated_worker(node, gate);
  gate->open();
  CHECK(node.end_of("w").output.json() == Json::array({1}));
  CHECK(node.send("w", event("9", "other"))->fate == EventFate::duplicate);
  CHECK(node.send("w", event("10", "other")).error().code == Code::conflict);
}

TEST_CASE("an event that its listener takes at once is answered so") {
  EngineFixture node;
  node.deploy(late);
  REQUIRE(node.start("late", "w"));
  auto gate = std::make_shared<Gate>();
  add_gated_worker(node, gate);
  gate->open();
  node.until("w", [](const auto& s) { return s.phase == Phase::waiting; });
  CHECK(node.send("w", event("1", "w"))->fate == EventFate::taken);
}

TEST_CASE("what a transition tells the sinks is stored with it, for each sink, in order") {
  EngineFixture node(with_sinks());
  std::atomic<int> told{0};
  node.engine->on_sink_events([&] { ++told; });
  node.deploy(late);
  REQUIRE(node.start("late", "w"));
  const auto rows = node.store->sink_events("http://one.test/", 0, 100).value();
  REQUIRE(rows.size() == 3);
  CHECK(node.store->sink_events("http://two.test/", 0, 100).value().size() == 3);
  CHECK(persistence::decode_value(rows[0].event).value()->at("type") ==
        "io.serverlessworkflow.workflow.started.v1");
  CHECK(persistence::decode_value(rows[2].event).value()->at("type") ==
        "io.serverlessworkflow.task.started.v1");
  CHECK(told == 1);
  node.engine->on_sink_events({});
  REQUIRE(node.control("w", Verb::terminate));
  CHECK(node.store->sink_events("http://one.test/", 0, 100).value().size() == 5);
  const auto settled = node.wait_for<void>([&](auto reply) {
    node.engine->settle_sink_events({rows[0].key, rows[1].key}, std::move(reply));
  });
  CHECK(settled);
  CHECK(node.store->sink_events("http://one.test/", 0, 100).value().size() == 3);
}

TEST_CASE("without a sink nothing is stored for one") {
  EngineFixture node;
  node.deploy(late);
  REQUIRE(node.start("late", "w"));
  CHECK(node.store->stats().sink_events == 0);
}
