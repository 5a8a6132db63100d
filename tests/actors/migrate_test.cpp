// Migrations in a whole engine: in the workflow's own turn, durable, over restarts.
#include "persistence/codec.hpp"
#include "tests/actors/engine_fixture.hpp"

using namespace endure;
using namespace endure::actors;
using endure::testing::EngineFixture;
using workflow::Json;
using workflow::Phase;

namespace {

struct MovingNode final : EngineFixture {
  MovingNode() {
    deploy(version("1.0.0",
                   "  - ask: { listen: { to: { one: { with: { type: go } } } } }\n"
                   "  - end: { set: { v: 1 } }\n"));
    deploy(version("2.0.0",
                   "  - first: { set: { x: 1 } }\n"
                   "  - ask: { listen: { to: { one: { with: { type: go } } } } }\n"
                   "  - end: { set: { v: 2 } }\n"));
    deploy(version("3.0.0", "  - other: { set: { v: 3 } }\n"));
  }

  static std::string version(const std::string& number, const std::string& tasks) {
    return "document: { dsl: '1.0.3', namespace: test, name: moving, version: '" + number +
           "' }\ndo:\n" + tasks;
  }

  void begin(const std::string& id) {
    REQUIRE(wait_for<StartReceipt>([&](auto reply) {
      engine->start({{"test", id}, "moving", "1.0.0", Json::object(), OnConflict::reject},
                    std::move(reply));
    }));
  }
  Result<persistence::WorkflowSummary> migrate(const std::string& id, const std::string& to,
                                               std::uint64_t transition = 0) {
    return wait_for<persistence::WorkflowSummary>([&](auto reply) {
      engine->migrate({{"test", id}, to, transition}, std::move(reply));
    });
  }
  static Json go() { return {{"type", "go"}, {"source", "test"}, {"id", "1"}, {"data", 1}}; }
};

}  // namespace

TEST_CASE("a workflow moves in one transition and goes on in the new version", "[migrate]") {
  MovingNode node;
  node.begin("one");
  const auto moved = node.migrate("one", "2.0.0", 1);
  REQUIRE(moved);
  CHECK(moved->definition.version == "2.0.0");
  CHECK(moved->transition == 2);
  CHECK(moved->phase == Phase::waiting);
  if (GENERATE(false, true)) node.restart();
  REQUIRE(node.send("one", node.go()));
  CHECK(node.end_of("one").output == Json{{"v", 2}});
  const auto number = node.store->find_workflow({"test", "one"}).value();
  const auto history = node.store->history(*number, 1, 1).value();
  const auto record = persistence::decode_history(history.rows.at(0).bytes);
  REQUIRE(record);
  CHECK(record->event == "migrated");
  CHECK(record->entries.at(0).detail == "1.0.0 → 2.0.0");
}

TEST_CASE("a migration that cannot be changes nothing and says why", "[migrate]") {
  MovingNode node;
  node.begin("one");
  const auto gone = node.migrate("one", "3.0.0");
  CHECK(gone.error().code == Code::invalid);
  CHECK_THAT(gone.error().what, Catch::Contains("/do/0/ask: the task is not there"));
  CHECK(node.migrate("one", "4.0.0").error().code == Code::not_found);
  CHECK(node.migrate("nobody", "2.0.0").error().code == Code::not_found);
  const auto late = node.migrate("one", "2.0.0", 7);
  CHECK(late.error().code == Code::conflict);
  CHECK_THAT(late.error().what, Catch::Contains("has moved on"));
  CHECK(node.engine->show({"test", "one"})->summary.transition == 1);
  REQUIRE(node.send("one", node.go()));
  CHECK(node.end_of("one").output == Json{{"v", 1}});
  CHECK_THAT(node.migrate("one", "2.0.0").error().what, Catch::Contains("has ended"));
}

TEST_CASE("a step that a worker holds is not disturbed by a migration", "[migrate]") {
  MovingNode node;
  const std::string call = "  - enrich: { call: enrich, with: { n: 1 } }\n";
  node.deploy(node.version("1.5.0", call + "  - end: { set: { v: 1 } }\n"));
  node.deploy(node.version(
      "2.5.0", "  - x: { set: { x: 1 } }\n" + call + "  - end: { set: '${ {v: 2, got: .} }' }\n"));
  std::promise<void> held, go_on;
  std::shared_future<void> released = go_on.get_future().share();
  node.engine->add_native_worker("enrich", 1, [&](const LeasedStep&, const workflow::Value&) {
    held.set_value();
    released.wait();
    return Result<workflow::Value>(Json("result"));
  });
  REQUIRE(node.wait_for<StartReceipt>([&](auto reply) {
    node.engine->start({{"test", "one"}, "moving", "1.5.0", Json::object(), OnConflict::reject},
                       std::move(reply));
  }));
  held.get_future().wait();
  const auto moved = node.migrate("one", "2.5.0");
  CHECK(moved);
  go_on.set_value();
  CHECK(node.end_of("one").output == Json::parse(R"({"v": 2, "got": "result"})"));
}
