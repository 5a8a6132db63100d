// Child workflows on a living engine, through pauses, failures and restarts.
#include "persistence/codec.hpp"
#include "persistence/verify.hpp"
#include "tests/actors/engine_fixture.hpp"

using namespace endure;
using namespace endure::actors;
using endure::testing::EngineFixture;
using endure::testing::small_engine;
using workflow::Json;
using workflow::Phase;

namespace {

std::string definition(const std::string& name, const std::string& tasks) {
  return "document: {dsl: '1.0.3', namespace: test, name: " + name +
         ", version: '1.0.0', metadata: {status: NEW}}\ndo:\n" + tasks;
}

const std::string adder = definition("adder", "- add: {set: {sum: '${ .a + .b }'}}\n");
const std::string patient = definition("patient",
                                       "- hear: {listen: {to: {one: {with: {type: go}}}}}\n"
                                       "- said: {set: {said: '${ .[0].word }'}}\n");

std::string parent_of(const std::string& child, const std::string& more = {}) {
  return definition("parent", "- run:\n    run: {workflow: {namespace: test, name: " + child +
                                  ", version: latest, input: {a: '${ .a }', b: 2}}" + more +
                                  "}\n- after: {set: {child: '${ . }'}}\n");
}

Json go(const std::string& word) {
  return {{"type", "go"}, {"source", "test"}, {"id", word}, {"data", {{"word", word}}}};
}

std::string first_child(const workflow::Snapshot& parent) {
  REQUIRE(parent.children.size() == 1);
  return parent.children[0].name.id;
}

bool waits_for_child(const workflow::Snapshot& snapshot) {
  return snapshot.children.size() == 1 && snapshot.phase == Phase::waiting;
}

bool listens(const workflow::Snapshot& snapshot) {
  return snapshot.listeners.size() == 1;
}

void check_volume(EngineFixture& node) {
  const auto found = persistence::verify_store(*node.store, 10);
  REQUIRE(found);
  INFO((found->empty() ? "" : found->front().what));
  CHECK(found->empty());
}

}  // namespace

TEST_CASE("a child runs, and its output comes back to the parent") {
  EngineFixture node;
  node.deploy(adder);
  node.deploy(parent_of("adder"));
  REQUIRE(node.start("parent", "p", {{"a", 40}}));
  const auto end = node.end_of("p");
  CHECK(end.phase == Phase::completed);
  CHECK(end.output.json() == Json({{"child", {{"sum", 42}}}}));
  persistence::WorkflowFilter filter;
  filter.parent = end.number;
  const auto children = node.store->list_workflows(filter, std::nullopt, 10).value();
  REQUIRE(children.rows.size() == 1);
  CHECK(children.rows[0].name == WorkflowName{"test", "p.1"});
  CHECK(children.rows[0].phase == Phase::completed);
  CHECK(children.rows[0].status == "NEW");
  CHECK(node.engine->stats().started == 2);
  CHECK(node.engine->stats().completed == 2);
  check_volume(node);
}

TEST_CASE("a hundred parents have their children at once") {
  EngineFixture node;
  node.deploy(adder);
  node.deploy(parent_of("adder"));
  for (int i = 0; i < 100; ++i) {
    REQUIRE(node.start("parent", "p" + std::to_string(i), {{"a", i}}));
  }
  for (int i = 0; i < 100; ++i) {
    CHECK(node.end_of("p" + std::to_string(i)).output.json() ==
          Json({{"child", {{"sum", i + 2}}}}));
  }
  check_volume(node);
}

TEST_CASE("parent and child outlive a restart while the child waits") {
  EngineFixture node;
  node.deploy(patient);
  node.deploy(parent_of("patient"));
  REQUIRE(node.start("parent", "p", {{"a", 1}}));
  const auto child = first_child(node.until("p", waits_for_child));
  node.until(child, listens);
  check_volume(node);
  node.restart();
  REQUIRE(node.send(child, go("hello")));
  CHECK(node.end_of("p").output.json() == Json({{"child", {{"said", "hello"}}}}));
}

TEST_CASE("a child's fault faults its parent") {
  EngineFixture node;
  node.deploy(definition(
      "failing", "- no: {raise: {error: {type: 'https://x/y', status: 418, title: Teapot}}}\n"));
  node.deploy(parent_of("failing"));
  REQUIRE(node.start("parent", "p", {{"a", 1}}));
  const auto end = node.end_of("p");
  CHECK(end.phase == Phase::faulted);
  CHECK(end.fault->title == "Teapot");
  CHECK(end.fault->instance == "/do/0/run");
}

TEST_CASE("cancelling and terminating a parent cancels the child that it waits for") {
  const auto verb = GENERATE(Verb::cancel, Verb::terminate);
  EngineFixture node;
  node.deploy(patient);
  node.deploy(parent_of("patient"));
  REQUIRE(node.start("parent", "p", {{"a", 1}}));
  const auto child = first_child(node.until("p", waits_for_child));
  node.until(child, listens);
  REQUIRE(node.control("p", verb));
  const auto end = node.end_of(child);
  CHECK(end.phase == Phase::cancelled);
  CHECK(end.cause.find("test/p no longer waits for it") != std::string::npos);
  CHECK(node.end_of("p").phase == Phase::cancelled);
}

TEST_CASE("a child that is cancelled is a fault of the parent; a paused one is waited for") {
  EngineFixture node;
  node.deploy(patient);
  node.deploy(parent_of("patient"));
  REQUIRE(node.start("parent", "p", {{"a", 1}}));
  const auto child = first_child(node.until("p", waits_for_child));
  node.until(child, listens);
  REQUIRE(node.control(child, Verb::pause));
  CHECK(node.engine->show({"test", "p"})->summary.phase == Phase::waiting);
  SECTION("and cancelled while it is paused, by its parent") {
    REQUIRE(node.control("p", Verb::cancel));
    CHECK(node.end_of(child).phase == Phase::cancelled);
  }
  SECTION("and cancelled by a person") {
    REQUIRE(node.control(child, Verb::cancel));
    const auto end = node.end_of("p");
    CHECK(end.phase == Phase::faulted);
    CHECK(end.fault->title == "The child workflow was cancelled");
  }
}

TEST_CASE("a child's end waits for a parent that is paused, over a restart") {
  EngineFixture node;
  node.deploy(patient);
  node.deploy(parent_of("patient"));
  REQUIRE(node.start("parent", "p", {{"a", 1}}));
  const auto child = first_child(node.until("p", waits_for_child));
  node.until(child, listens);
  REQUIRE(node.control("p", Verb::pause));
  REQUIRE(node.send(child, go("late")));
  CHECK(node.end_of(child).phase == Phase::completed);
  node.restart();
  CHECK(node.engine->show({"test", "p"})->summary.phase == Phase::suspended);
  REQUIRE(node.control("p", Verb::resume));
  CHECK(node.end_of("p").output.json() == Json({{"child", {{"said", "late"}}}}));
}

TEST_CASE("a child that nobody awaits goes on after its parent has ended") {
  EngineFixture node;
  node.deploy(patient);
  node.deploy(parent_of("patient", ", await: false"));
  REQUIRE(node.start("parent", "p", {{"a", 1}}));
  const auto end = node.end_of("p");
  CHECK(end.phase == Phase::completed);
  CHECK(end.output.json() == Json({{"child", {{"a", 1}}}}));
  node.until("p.1", listens);
  REQUIRE(node.send("p.1", go("bye")));
  CHECK(node.end_of("p.1").output.json() == Json({{"said", "bye"}}));
}

TEST_CASE("a child whose name is taken is a fault of its task, and of nothing else") {
  EngineFixture node;
  node.deploy(adder);
  node.deploy(parent_of("adder"));
  REQUIRE(node.start("adder", "p.1", {{"a", 1}, {"b", 1}}));
  REQUIRE(node.start("parent", "p", {{"a", 1}}));
  const auto end = node.end_of("p");
  CHECK(end.phase == Phase::faulted);
  CHECK(end.fault->detail.find("test/p.1 is taken") != std::string::npos);
  check_volume(node);
}

TEST_CASE("a definition that runs itself ends at the greatest depth") {
  auto config = small_engine();
  config.max_child_depth = 3;
  EngineFixture node(config);
  node.deploy(definition("again", "- more: {run: {workflow: {namespace: test, name: again}}}\n"));
  REQUIRE(node.start("again", "r"));
  const auto end = node.end_of("r");
  CHECK(end.phase == Phase::faulted);
  CHECK(end.fault->detail.find("at most 3") != std::string::npos);
  CHECK(node.engine->show({"test", "r.1.1.1"})->summary.phase == Phase::faulted);
  CHECK_FALSE(node.engine->show({"test", "r.1.1.1.1"}));
}

TEST_CASE(
    "the definition of a child may be deployed after its parent's, but before it is started") {
  EngineFixture node;
  node.deploy(parent_of("adder"));
  REQUIRE(node.start("parent", "early", {{"a", 1}}));
  CHECK(node.end_of("early").phase == Phase::faulted);
  node.deploy(adder);
  REQUIRE(node.start("parent", "later", {{"a", 1}}));
  CHECK(node.end_of("later").phase == Phase::completed);
}

TEST_CASE("a process is refused at deployment where the node runs none, and names the setting") {
  EngineFixture node;
  const auto deployed = node.wait_for<std::shared_ptr<const workflow::Definition>>([&](auto reply) {
    node.engine->deploy(workflow::SourceFormat::yaml,
                        definition("sh", "- a: {run: {shell: {command: ls}}}\n"), std::move(reply));
  });
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().code == Code::invalid);
  CHECK(deployed.error().what.find("run.shell") != std::string::npos);
}
