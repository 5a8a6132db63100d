// The lifecycle events of the language, as transitions give them.
#include "workflow/lifecycle.hpp"

#include <algorithm>
#include <set>

#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

using Told = std::vector<std::string>;

TEST_CASE("a workflow tells of its start, its tasks and its end, in order") {
  Driver flow("- a: {set: {x: 1}}\n- b: {call: work}");
  flow.start();
  CHECK(flow.told() == Told{"workflow.started", "created /do/0/a", "started /do/0/a",
                            "completed /do/0/a", "created /do/1/b", "started /do/1/b"});
  flow.complete("work", 1);
  CHECK(flow.told().size() == 8);
  CHECK(flow.told().at(6) == "completed /do/1/b");
  CHECK(flow.told().at(7) == "workflow.completed");
}

TEST_CASE("a lifecycle event is a whole CloudEvent with the data that the language names") {
  Driver flow("- a: {set: {x: 1}}");
  flow.start();
  const Json& first = flow.lifecycle.front().json();
  CHECK(first.at("specversion") == "1.0");
  CHECK(first.at("type") == "io.serverlessworkflow.workflow.started.v1");
  CHECK(first.at("source") == "/test/sample/1.0.0");
  CHECK(first.at("subject") == "w-1.test");
  CHECK(first.at("id") == "test/w-1/1/1");
  CHECK(first.at("data") ==
        Json({{"name", "w-1.test"},
              {"startedAt", first.at("time")},
              {"definition", {{"name", "sample"}, {"namespace", "test"}, {"version", "1.0.0"}}}}));
  const Json& task = flow.lifecycle.at(1).json();
  CHECK(task.at("data") ==
        Json({{"workflow", "w-1.test"}, {"task", "/do/0/a"}, {"createdAt", first.at("time")}}));
  std::set<std::string> ids;
  for (const auto& event : flow.lifecycle) ids.insert(event->at("id").get<std::string>());
  CHECK(ids.size() == flow.lifecycle.size());
}

TEST_CASE("a fault is told of its task, of those around it, and of the workflow") {
  Driver flow(R"(
- outer:
    do:
      - r: {raise: {error: {type: 'https://x.test/e', status: 418, title: Teapot}}}
)");
  flow.start();
  const auto told = flow.told();
  REQUIRE(told.size() == 8);
  CHECK(told.at(5) == "faulted /do/0/outer/do/0/r");
  CHECK(told.at(6) == "faulted /do/0/outer");
  CHECK(told.at(7) == "workflow.faulted");
  const Json& error = flow.lifecycle.back()->at("data").at("error");
  CHECK(error.at("status") == 418);
  CHECK(error.at("instance") == "/do/0/outer/do/0/r");
}

TEST_CASE("a caught fault and its retry are told") {
  Driver flow(R"(
- t:
    try: [{w: {call: work}}]
    catch: {retry: {delay: PT1S, limit: {attempt: {count: 1}}}, do: [{m: {set: {x: 1}}}]}
)");
  flow.start();
  flow.fail_step("work", 503);
  flow.fire();
  flow.fail_step("work", 503);
  const auto told = flow.told();
  CHECK(std::count(told.begin(), told.end(), "faulted /do/0/t/try/0/w") == 2);
  CHECK(std::count(told.begin(), told.end(), "retried /do/0/t") == 1);
  CHECK(std::count(told.begin(), told.end(), "faulted /do/0/t") == 0);
  CHECK(told.back() == "workflow.completed");
}

TEST_CASE("pausing and resuming is told of the workflow and of the task that waits") {
  Driver flow("- w: {call: work}");
  flow.start();
  flow.decide(PauseRequested{});
  flow.decide(ResumeRequested{});
  const auto told = flow.told();
  CHECK(Told(told.begin() + 3, told.end()) ==
        Told{"suspended /do/0/w", "workflow.suspended", "workflow.resumed", "resumed /do/0/w"});
}

TEST_CASE("what is given up is told as cancelled") {
  Driver flow(R"(
- race:
    fork:
      compete: true
      branches: [{a: {call: a}}, {b: {call: b}}]
- late: {call: late}
)");
  flow.start();
  flow.complete("a", 1);
  auto told = flow.told();
  CHECK(std::count(told.begin(), told.end(), "cancelled /do/0/race/fork/branches/1/b") == 1);
  CHECK(std::count(told.begin(), told.end(), "completed /do/0/race") == 1);
  flow.decide(CancelRequested{});
  told = flow.told();
  CHECK(told.at(told.size() - 2) == "cancelled /do/1/late");
  CHECK(told.back() == "workflow.cancelled");
}

TEST_CASE("listening is told as correlating, with the keys that were found") {
  Driver flow("- l: {listen: {to: {one: {with: {type: a}, correlate: {k: {from: .subject}}}}}}");
  flow.start();
  CHECK(flow.told().back() == "workflow.correlation-started");
  auto event = flow.event("a", 1);
  event["subject"] = "s";
  flow.deliver(event, 0);
  const auto told = flow.told();
  CHECK(told.at(4) == "workflow.correlation-completed");
  CHECK(flow.lifecycle.at(4)->at("data").at("correlationKeys") == Json({{"k", "s"}}));
}

TEST_CASE("an event that a task emits goes where the others go, at its place") {
  Driver flow("- e: {emit: {event: {with: {type: my.event, data: 1}}}}");
  flow.start();
  CHECK(flow.told() == Told{"workflow.started", "created /do/0/e", "started /do/0/e", "my.event",
                            "completed /do/0/e", "workflow.completed"});
}

TEST_CASE("types are asked for by name or by their beginning") {
  CHECK(EventTypes({}).contains("io.serverlessworkflow.task.started.v1"));
  CHECK_FALSE(EventTypes({}).contains("io.serverlessworkflow.task.status-changed.v1"));
  CHECK(EventTypes({}).contains("my.status-changed.v1"));
  const EventTypes some({"io.serverlessworkflow.workflow.*", "my.event"});
  CHECK(some.contains("io.serverlessworkflow.workflow.status-changed.v1"));
  CHECK(some.contains("my.event"));
  CHECK_FALSE(some.contains("my.events"));
  CHECK_FALSE(some.contains("io.serverlessworkflow.task.started.v1"));
}

TEST_CASE("a workflow that is ended without its definition still tells of its end") {
  Driver flow("- w: {call: work}");
  flow.start();
  const auto outcome = terminate(flow.snapshot(), "enough", flow.decision.now);
  const auto events = lifecycle_events(nullptr, &flow.snapshot(), outcome, EventTypes({}));
  REQUIRE(events.size() == 1);
  CHECK(events.front()->at("type") == "io.serverlessworkflow.workflow.cancelled.v1");
}

}  // namespace
}  // namespace endure::workflow::test
