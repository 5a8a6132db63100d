// run: child workflows, and processes as steps of the node's own queue.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

using Kind = HistoryEntry::Kind;

const std::string child_task =
    "{run: {workflow: {namespace: test, name: child, version: latest, input: {n: '${ .n }'}}}}";

const Fault child_fault{"https://example.com/errors/no-stock", 409, "No stock", "of that",
                        "/do/3/deep"};

bool is_configuration(const Fault& fault) {
  return fault.type.ends_with("/configuration") && fault.status == 400;
}

}  // namespace

// A Driver points into itself, so each case makes its own.
#define ENDURE_FLOW(name, tasks) \
  Driver name(tasks);            \
  name.index.refs = {            \
      {"test", "child", "1.0.0"}, {"test", "child", "1.1.0"}, {"other", "child", "2.0.0"}}

TEST_CASE("a child is started with its input, and its output is the task's") {
  ENDURE_FLOW(flow, "- a: " + child_task + "\n- b: {set: {got: '${ . }'}}\n");
  flow.start({{"n", 5}});
  CHECK(flow.phase() == Phase::waiting);
  REQUIRE(flow.children.size() == 1);
  const auto& [wait, child] = *flow.children.begin();
  CHECK(child.name == WorkflowName{"test", "w-1." + std::to_string(wait)});
  CHECK(to_string(child.definition) == "test/child:1.1.0");
  CHECK(child.input.json() == Json({{"n", 5}}));
  CHECK(child.awaited);
  CHECK(flow.details_of(Kind::child_started).front().find("test/child:1.1.0") != std::string::npos);
  flow.end_child(wait, {{"x", 1}});
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json({{"got", {{"x", 1}}}}));
  CHECK(flow.cancelled_children.empty());
  CHECK(flow.tasks_of(Kind::child_ended) == std::vector<std::string>{"/do/0/a"});
}

TEST_CASE("a child in another namespace carries the parent's in its id") {
  ENDURE_FLOW(flow, "- a: {run: {workflow: {namespace: other, name: child, version: '2.0.0'}}}\n");
  flow.start();
  CHECK(flow.children.begin()->second.name.id.starts_with("test:w-1."));
  CHECK(flow.children.begin()->second.name.ns == "other");
}

TEST_CASE("what a run of a workflow returns") {
  const auto returned = [](const std::string& what) {
    ENDURE_FLOW(flow,
                "- a: {run: {workflow: {namespace: test, name: child}, return: " + what + "}}\n");
    flow.start();
    flow.end_child(flow.children.begin()->first, {{"x", 1}});
    CHECK(flow.phase() == Phase::completed);
    return flow.output();
  };
  CHECK(returned("stdout") == Json({{"x", 1}}));
  CHECK(returned("none").is_null());
  CHECK(returned("code") == 0);
  CHECK(returned("stderr") == "");
  CHECK(returned("all") == Json({{"code", 0}, {"stdout", "{\"x\":1}"}, {"stderr", ""}}));
}

TEST_CASE("a child's fault is raised in the parent, at its task") {
  ENDURE_FLOW(flow, "- a: " + child_task + "\n");
  flow.start({{"n", 1}});
  flow.end_child(flow.children.begin()->first, nullptr, child_fault);
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault().type == child_fault.type);
  CHECK(flow.fault().status == 409);
  CHECK(flow.fault().detail == "of that");
  CHECK(flow.fault().instance == "/do/0/a");
}

TEST_CASE("a try catches the child's fault, and a retry starts another child") {
  ENDURE_FLOW(flow, "- t:\n    try:\n      - a: " + child_task + R"(
    catch: {errors: {with: {status: 409}}, retry: {delay: PT1S, limit: {attempt: {count: 1}}}, do: [{c: {set: {caught: true}}}]}
)");
  flow.start({{"n", 1}});
  flow.end_child(flow.children.begin()->first, nullptr, child_fault);
  CHECK(flow.phase() == Phase::waiting);
  flow.fire();
  REQUIRE(flow.children.size() == 2);
  CHECK(flow.children.rbegin()->second.name != flow.children.begin()->second.name);
  flow.end_child(flow.children.rbegin()->first, nullptr, child_fault);
  CHECK(flow.output() == Json({{"caught", true}}));
}

TEST_CASE("a child that nobody awaits is started and left alone") {
  ENDURE_FLOW(
      flow,
      R"(- a: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}, await: false}}
)");
  flow.start({{"n", 5}});
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json({{"n", 5}}));
  REQUIRE(flow.children.size() == 1);
  CHECK_FALSE(flow.children.begin()->second.awaited);
  CHECK(flow.snapshot().children.empty());
  CHECK(flow.cancelled_children.empty());
}

TEST_CASE("an awaited child is cancelled with whoever waits for it") {
  SECTION("the workflow is cancelled") {
    ENDURE_FLOW(flow, "- a: " + child_task + "\n");
    flow.start();
    flow.decide(CancelRequested{"enough"});
    CHECK(flow.cancelled_children == std::vector<WorkflowNumber>{101});
  }
  SECTION("the workflow is terminated without its definition") {
    ENDURE_FLOW(flow, "- a: " + child_task + "\n");
    flow.start();
    const auto outcome = terminate(flow.snapshot(), "enough", flow.decision.now);
    REQUIRE(outcome.effects.size() == 1);
    CHECK(std::get<CancelChild>(outcome.effects[0]).number == 101);
  }
  SECTION("the task times out") {
    ENDURE_FLOW(
        flow,
        "- a:\n    timeout: {after: PT5S}\n    run: {workflow: {namespace: test, name: child}}\n");
    flow.start();
    flow.fire();
    CHECK(flow.phase() == Phase::faulted);
    CHECK(flow.cancelled_children == std::vector<WorkflowNumber>{101});
  }
  SECTION("another branch wins") {
    ENDURE_FLOW(flow, "- f: {fork: {compete: true, branches: [{a: " + child_task +
                          "}, {b: {wait: PT1S}}]}}\n- c: {wait: PT9S}\n");
    flow.start();
    flow.fire();
    CHECK(flow.phase() == Phase::waiting);
    CHECK(flow.cancelled_children == std::vector<WorkflowNumber>{101});
    // Its end comes all the same, and nobody waits for it.
    flow.end_child(flow.children.begin()->first, nullptr, child_fault);
    CHECK(flow.phase() == Phase::waiting);
    CHECK(flow.tasks_of(Kind::ignored).size() == 1);
  }
}

TEST_CASE("a child that is given up in its first transition is never started") {
  ENDURE_FLOW(flow, "- f: {fork: {compete: true, branches: [{a: " + child_task +
                        "}, {b: {set: {x: 1}}}]}}\n");
  flow.start();
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.children.empty());
  CHECK(flow.cancelled_children.empty());
}

TEST_CASE("a child's end is kept while its parent is paused, and taken when it goes on") {
  ENDURE_FLOW(flow, "- a: " + child_task + "\n");
  flow.start();
  flow.decide(PauseRequested{"hold"});
  flow.end_child(flow.children.begin()->first, {{"x", 2}});
  CHECK(flow.phase() == Phase::suspended);
  CHECK(flow.mailbox.size() == 1);
  flow.decide(ResumeRequested{});
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json({{"x", 2}}));
}

TEST_CASE("a definition that is not there is a configuration error of the task") {
  ENDURE_FLOW(flow, "- a: {run: {workflow: {namespace: test, name: child, version: '9.0.0'}}}\n");
  flow.start();
  CHECK(is_configuration(flow.fault()));
  CHECK(flow.fault().instance == "/do/0/a");
  CHECK(flow.fault().detail.find("test/child, version 9.0.0") != std::string::npos);
}

TEST_CASE("children end at a depth") {
  ENDURE_FLOW(flow, "- a: " + child_task + "\n");
  flow.be_child({9, {"test", "up"}, 1, true, 16});
  flow.start();
  CHECK(is_configuration(flow.fault()));
  CHECK(flow.fault().detail.find("engine.max_child_depth") != std::string::npos);
  ENDURE_FLOW(just, "- a: " + child_task + "\n");
  just.be_child({9, {"test", "up"}, 1, true, 15});
  just.start();
  CHECK(just.phase() == Phase::waiting);
}

TEST_CASE("an ending workflow tells its parent how it ended") {
  const auto told = [](const std::string& tasks, bool cancel) {
    Driver flow(tasks);
    flow.be_child({9, {"test", "up"}, 4, true, 1});
    flow.start({{"n", 1}});
    if (cancel) flow.decide(CancelRequested{"enough"});
    REQUIRE(flow.parent_told.size() == 1);
    CHECK(flow.parent_told[0].parent == 9);
    CHECK(flow.parent_told[0].event.wait == 4);
    CHECK(flow.parent_told[0].event.child == "test/w-1");
    return flow.parent_told[0].event;
  };
  const auto completed = told("- a: {set: {x: 1}}\n", false);
  CHECK(completed.output.json() == Json({{"x", 1}}));
  CHECK_FALSE(completed.fault);
  const auto faulted = told("- a: {raise: {error: {type: 'https://x/y', status: 418}}}\n", false);
  CHECK(faulted.fault->status == 418);
  const auto cancelled = told("- a: {wait: PT1S}\n", true);
  CHECK(cancelled.fault->title == "The child workflow was cancelled");
  CHECK(cancelled.fault->detail == "Cancelled by request: enough");
  Driver alone("- a: {set: {x: 1}}\n");
  alone.be_child({9, {"test", "up"}, 4, false, 1});
  alone.start();
  CHECK(alone.parent_told.empty());
}

TEST_CASE("a new child is pending, knows its parent, and starts with the input that it was given") {
  const auto definition = make_definition("- a: {set: {got: '${ .n }'}}\n");
  Driver parent("- a: {wait: PT1S}\n");
  parent.start();
  const StartChild start{3, 77, {"test", "w-1.3"}, definition->ref, Value(Json{{"n", 4}}), true};
  const auto created = new_child(parent.snapshot(), start, parent.decision.now);
  CHECK(created.next.phase == Phase::pending);
  CHECK(created.next.transition == 1);
  REQUIRE(created.next.parent);
  CHECK(*created.next.parent == Parent{7, {"test", "w-1"}, 3, true, 1});
  CHECK(created.history.at(0).kind == Kind::created);
  Decision decision;
  decision.now = parent.decision.now;
  decision.stored = true;
  decision.message = 5;
  const auto begun = decide(*definition, created.next, Started{}, decision, shared_expressions());
  REQUIRE(begun);
  CHECK(begun->next.phase == Phase::completed);
  CHECK(begun->next.output.json() == Json({{"got", 4}}));
}

// -- processes ------------------------------------------------------------------

TEST_CASE("a process is a step with all that it needs, as texts") {
  Driver flow(R"(
- a:
    run:
      shell:
        command: 'echo "${ .name }"'
        arguments: [x, '${ .n }', '${ .list }']
        environment: {A: '${ .n }', B: true}
        stdin: ${ .list }
      return: all
)");
  flow.start({{"n", 5}, {"name", "a\"b"}, {"list", {1, 2}}});
  CHECK(flow.phase() == Phase::running);
  REQUIRE(flow.steps.size() == 1);
  const auto& step = flow.steps.begin()->second;
  CHECK(step.queue == "endure.run");
  CHECK(step.arguments == Json({{"kind", "shell"},
                                {"return", "all"},
                                {"command", "echo \"${ENDURE_VALUE_1}\""},
                                {"values", {"a\"b"}},
                                {"arguments", {"x", "5", "[1,2]"}},
                                {"environment", {{"A", "5"}, {"B", "true"}}},
                                {"stdin", "[1,2]"}}));
  flow.complete("endure.run", {{"code", 0}});
  CHECK(flow.output() == Json({{"code", 0}}));
}

TEST_CASE("a command that is no text is an expression error") {
  Driver flow("- a: {run: {shell: {command: '${ 5 }'}}}\n");
  flow.start();
  CHECK(flow.fault().type.ends_with("/expression"));
}

TEST_CASE("a process that nobody awaits leaves the workflow free to go on and to end") {
  Driver flow("- a: {run: {shell: {command: ls}, await: false}}\n- b: {wait: PT1S}\n");
  flow.start({{"n", 1}});
  CHECK(flow.phase() == Phase::waiting);
  REQUIRE(flow.steps.size() == 1);
  SECTION("it ends before the workflow does") {
    flow.complete("endure.run", "out");
    CHECK(flow.steps.empty());
    CHECK(flow.phase() == Phase::waiting);
    flow.fire();
    CHECK(flow.output() == Json({{"n", 1}}));
  }
  SECTION("it ends after the workflow") {
    flow.fire();
    CHECK(flow.phase() == Phase::completed);
    CHECK(flow.steps.size() == 1);
    flow.complete("endure.run", "out");
    CHECK(flow.steps.empty());
    CHECK(flow.phase() == Phase::completed);
    CHECK(flow.refused(StepCompleted{1, {}, 1, {}}).code == Code::conflict);
  }
  SECTION("its failure is noted and faults nothing, not even for want of attempts") {
    flow.fail_step("endure.run", 500, true);
    CHECK(flow.steps.empty());
    CHECK(flow.phase() == Phase::waiting);
    CHECK(flow.tasks_of(Kind::step_failed).size() == 1);
  }
  SECTION("it is ended with a workflow that is cancelled") {
    flow.decide(CancelRequested{"enough"});
    CHECK(flow.steps.empty());
  }
}

TEST_CASE("a process whose task times out is given up") {
  Driver flow("- a: {timeout: {after: PT1S}, run: {shell: {command: ls}}}\n");
  flow.start();
  flow.fire();
  CHECK(flow.steps.empty());
  CHECK(flow.fault().type.ends_with("/timeout"));
}

}  // namespace endure::workflow::test
