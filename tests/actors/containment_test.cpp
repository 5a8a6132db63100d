// Damaged rows of the volume: what they belong to is suspended with the cause, and nothing else is
// stopped.
#include "tests/actors/engine_fixture.hpp"
#include "tests/support/tamper.hpp"

using namespace endure;
using namespace endure::actors;
using namespace endure::persistence;
using workflow::Json;
using workflow::Phase;

namespace {

constexpr const char* one_step = R"(
document: { dsl: '1.0.3', namespace: test, name: one-step, version: '1.0.0' }
do:
  - work: { call: work, with: { n: 1 } }
)";

constexpr const char* two_events = R"(
document: { dsl: '1.0.3', namespace: test, name: two-events, version: '1.0.0' }
do:
  - first: { listen: { to: { one: { with: { type: first } } } } }
  - second: { listen: { to: { one: { with: { type: second } } } } }
)";

Json event(const std::string& type) {
  static int count = 0;
  return {{"type", type}, {"source", "test"}, {"id", std::to_string(++count)}};
}

struct DamagedNode : testing::EngineFixture {
  WorkflowNumber number_of(const std::string& id) {
    return store->find_workflow({"test", id}).value().value();
  }
  // Restarts on rows of `table` that `is_meant` were damaged.
  template <class Pick, class IsMeant>
  void damage(Pick pick, IsMeant is_meant) {
    restart([&](const std::string& folder) {
      tamper(folder, [&](auto& schema, auto& txn) {
        REQUIRE(damage_rows(pick(schema), txn, is_meant) > 0);
      });
    });
  }
  workflow::Snapshot suspended(const std::string& id) {
    return until(id, [](const auto& s) { return s.phase == Phase::suspended; });
  }
  void work() {
    engine->add_native_worker("work", 1, [](const LeasedStep&, const workflow::Value&) {
      return Result<workflow::Value>(workflow::Value(Json("done")));
    });
  }
};

}  // namespace

TEST_CASE("a damaged step suspends its workflow with the cause; the queue goes on") {
  DamagedNode node;
  node.deploy(one_step);
  for (const std::string id : {"before", "victim", "behind"}) REQUIRE(node.start("one-step", id));
  const auto victim = node.number_of("victim");
  node.damage(
      [](auto& schema) -> auto& { return schema.ready; },
      [&](const auto& key) { return key.workflow == victim; });
  node.work();
  CHECK(node.end_of("before").phase == Phase::completed);
  CHECK(node.end_of("behind").phase == Phase::completed);
  const auto cause = node.suspended("victim").cause;
  CHECK(cause.find("ready/work/") != std::string::npos);
  CHECK(cause.find("damaged") != std::string::npos);
  CHECK(node.engine->stats().store.damaged == 1);

  // What it waits for cannot come, so it is not resumed; it is suspended once, also after a
  // restart.
  const auto refused = node.control("victim", Verb::resume);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(refused.error().what.find("ready/work/") != std::string::npos);
  const auto transition = node.suspended("victim").transition;
  node.restart();
  node.work();
  REQUIRE(node.start("one-step", "after"));
  CHECK(node.end_of("after").phase == Phase::completed);
  CHECK(node.suspended("victim").transition == transition);
  REQUIRE(node.control("victim", Verb::terminate));
  CHECK(node.end_of("victim").phase == Phase::cancelled);
  CHECK(node.engine->stats().store.damaged == 0);
}

TEST_CASE("a damaged message is taken out of the mailbox by the transition that says so") {
  DamagedNode node;
  node.deploy(two_events);
  REQUIRE(node.start("two-events", "victim"));
  REQUIRE(node.send("victim", event("second")));  // early: it is kept
  const auto victim = node.number_of("victim");
  node.damage(
      [](auto& schema) -> auto& { return schema.mailbox; },
      [&](const auto& key) { return key.workflow == victim; });
  const auto cause = node.suspended("victim").cause;
  CHECK(cause.find("mailbox/" + std::to_string(victim)) != std::string::npos);
  // Whoever looks after it knows what is missing, sends it again, and lets it go on.
  REQUIRE(node.control("victim", Verb::resume));
  REQUIRE(node.send("victim", event("second")));
  REQUIRE(node.send("victim", event("first")));
  CHECK(node.end_of("victim").phase == Phase::completed);
  CHECK(node.engine->stats().store.damaged == 0);
}

TEST_CASE("a workflow whose definition is damaged is suspended, and can be terminated") {
  DamagedNode node;
  node.deploy(one_step);
  node.deploy(two_events);
  REQUIRE(node.start("two-events", "victim"));
  node.damage(
      [](auto& schema) -> auto& { return schema.definitions; },
      [](const auto& ref) { return ref.name == "two-events"; });
  const auto refused = node.send("victim", event("first"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::corrupt);
  CHECK(node.suspended("victim").cause.find("test/two-events:1.0.0") != std::string::npos);
  CHECK(node.start("two-events", "another").error().code == Code::corrupt);
  node.work();
  REQUIRE(node.start("one-step", "sound"));
  CHECK(node.end_of("sound").phase == Phase::completed);
  REQUIRE(node.control("victim", Verb::terminate));
}

TEST_CASE("a workflow whose snapshot is damaged does not stop the others") {
  DamagedNode node;
  node.deploy(two_events);
  for (const std::string id : {"victim", "sound"}) REQUIRE(node.start("two-events", id));
  const auto victim = node.number_of("victim");
  node.damage(
      [](auto& schema) -> auto& { return schema.snapshots; },
      [&](auto number) { return number == victim; });
  CHECK(node.engine->show({"test", "victim"}).error().code == Code::corrupt);
  CHECK(node.control("victim", Verb::terminate).error().code == Code::corrupt);
  REQUIRE(node.send("sound", event("first")));
  REQUIRE(node.send("sound", event("second")));
  CHECK(node.end_of("sound").phase == Phase::completed);
}

TEST_CASE("a damaged listener suspends its workflow; the event reaches the others") {
  DamagedNode node;
  const std::string type(300, 't');  // too long for a key, so that its row has a value
  node.deploy(R"(
document: { dsl: '1.0.3', namespace: test, name: hears, version: '1.0.0' }
do:
  - hear: { listen: { to: { one: { with: { type: )" +
              type + R"( } } } } }
)");
  for (const std::string id : {"victim", "sound"}) REQUIRE(node.start("hears", id));
  const auto victim = node.number_of("victim");
  node.damage(
      [](auto& schema) -> auto& { return schema.listeners; },
      [&](const auto& key) { return key.workflow == victim; });
  node.publish(event(type));
  CHECK(node.end_of("sound").phase == Phase::completed);
  CHECK(node.suspended("victim").cause.find("listeners/") != std::string::npos);
}
