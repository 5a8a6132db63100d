// Each kind of task by itself.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

using Kind = HistoryEntry::Kind;
using Texts = std::vector<std::string>;

TEST_CASE("pure tasks run to the end in one transition, each with its own history") {
  Driver flow(R"(
- first: {set: {colors: '${ .colors + ["red"] }'}}
- second: {set: {colors: '${ .colors + ["green"] }'}}
)");
  flow.start();
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json({{"colors", {"red", "green"}}}));
  CHECK(flow.snapshot().transition == 1);
  CHECK(flow.tasks_of(Kind::task_completed) == Texts{"/do/0/first", "/do/1/second"});
}

TEST_CASE("absent input behaves like an empty object") {
  Driver flow("- copy: {set: '${ . }'}");
  flow.start();
  CHECK(flow.output() == Json::object());
  CHECK(flow.snapshot().input.json() == Json::object());
}

TEST_CASE("a call of a function is a step on its queue, and its result the output") {
  Driver flow(R"(
- enrich:
    call: enrich
    with: {post: '${ .post }', mode: fast}
    metadata: {queue: slow.enrich, priority: 2}
- keep: {set: {score: '${ .score }'}}
)");
  flow.start({{"post", "p1"}});
  REQUIRE(flow.phase() == Phase::running);
  REQUIRE(flow.steps.size() == 1);
  const auto& step = flow.steps.begin()->second;
  CHECK(step.queue == "slow.enrich");
  CHECK(step.task == "/do/0/enrich");
  CHECK(step.arguments == Json({{"post", "p1"}, {"mode", "fast"}}));
  CHECK(flow.snapshot().steps.front().priority == 2);
  CHECK(flow.snapshot().steps.front().enqueued == flow.decision.now);

  flow.complete("slow.enrich", {{"score", 0.9}});
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json({{"score", 0.9}}));
}

TEST_CASE("a second result of a step is refused and changes nothing") {
  Driver flow("- a: {call: work}\n- b: {call: work}");
  flow.start();
  const StepCompleted twice{flow.step_on("work"), Json(1), 1, "w"};
  flow.decide(twice);
  CHECK(flow.refused(twice).code == Code::conflict);
  CHECK(flow.refused(StepFailed{twice.wait, {}, false, 1, "w"}).code == Code::conflict);
  CHECK(flow.refused(StepCompleted{99, Json(1), 1, "w"}).code == Code::conflict);
  CHECK(flow.steps.size() == 1);
}

TEST_CASE("a workflow is started once") {
  Driver flow("- a: {call: work}");
  flow.start();
  CHECK(flow.refused(Started{}).code == Code::conflict);
}

TEST_CASE("a switch takes the first case that holds, and jumps") {
  const std::string tasks = R"(
- choose:
    switch:
      - low: {when: .score < 0.5, then: reject}
      - middle: {when: .score < 0.8, then: review}
      - fine: {then: accept}
- reject: {set: {verdict: rejected}, then: end}
- review: {set: {verdict: reviewed}, then: end}
- accept: {set: {verdict: accepted}, then: end}
)";
  const auto verdict = [&](double score) {
    Driver flow(tasks);
    flow.start({{"score", score}});
    return flow.output().at("verdict").get<std::string>();
  };
  CHECK(verdict(0.1) == "rejected");
  CHECK(verdict(0.6) == "reviewed");
  CHECK(verdict(0.9) == "accepted");
}

TEST_CASE("a switch without a fitting case goes on by its own then") {
  Driver flow(R"(
- choose:
    switch: [{never: {when: .x == 1, then: a}}]
    then: end
- a: {set: {a: true}}
)");
  flow.start({{"x", 2}});
  CHECK(flow.output() == Json({{"x", 2}}));
}

TEST_CASE("exit ends its list, end the workflow") {
  Driver exits(R"(
- outer:
    do:
      - one: {set: {n: 1}, then: exit}
      - two: {set: {n: 2}}
- after: {set: {n: '${ .n + 10 }'}}
)");
  exits.start();
  CHECK(exits.output() == Json({{"n", 11}}));

  Driver ends(R"(
- outer:
    do:
      - one: {set: {n: 1}, then: end}
- after: {set: {n: 10}}
)");
  ends.start();
  CHECK(ends.output() == Json({{"n", 1}}));
}

TEST_CASE("a task whose condition does not hold is skipped and passes its input on") {
  Driver flow(R"(
- skipped: {if: .go, set: {x: 1}, then: end, export: {as: .}}
- next: {set: {seen: '${ . }', context: '${ $context }'}}
)");
  flow.start({{"go", false}});
  CHECK(flow.output() == Json({{"seen", {{"go", false}}}, {"context", {{"go", false}}}}));
  CHECK(flow.tasks_of(Kind::task_skipped) == Texts{"/do/0/skipped"});
}

TEST_CASE("a loop runs its body for each item and hands the data on") {
  Driver flow(R"(
- loop:
    for: {each: pet, in: .pets, at: i}
    do:
      - add: {set: {names: '${ .names + [$pet.name + ($i | tostring)] }'}}
)");
  flow.start({{"pets", {{{"name", "a"}}, {{"name", "b"}}}}});
  CHECK(flow.output() == Json({{"names", {"a0", "b1"}}}));
}

TEST_CASE("a loop waits for a step in each round, and sees its own variables after it") {
  Driver flow(R"(
- loop:
    for: {each: n, in: '[1, 2, 3]'}
    while: . != "stop"
    do:
      - ask: {call: ask, with: {n: '${ $n }'}, output: {as: '. + "-" + ($n | tostring)'}}
)");
  flow.start();
  CHECK(flow.steps.begin()->second.arguments == Json({{"n", 1}}));
  flow.complete("ask", "x");
  CHECK(flow.steps.begin()->second.arguments == Json({{"n", 2}}));
  flow.complete("ask", "y");
  flow.complete("ask", "z");
  CHECK(flow.output() == "z-3");
}

TEST_CASE("while ends a loop before its collection does") {
  Driver flow(R"(
- loop:
    for: {in: '[1, 2, 3]'}
    while: (.sum // 0) < 3
    do: [{add: {set: {sum: '${ (.sum // 0) + $item }'}}}]
)");
  flow.start();
  CHECK(flow.output() == Json({{"sum", 3}}));
}

TEST_CASE("a loop takes an inline array, an empty one passes the input on, anything else faults") {
  Driver inline_array(R"(
- loop:
    for: {in: [{v: 1}, {v: 2}]}
    do: [{add: {set: {sum: '${ (.sum // 0) + $item.v }'}}}]
)");
  inline_array.start();
  CHECK(inline_array.output() == Json({{"sum", 3}}));

  const std::string tasks = "- loop: {for: {in: .items}, do: [{a: {set: {a: 1}}}]}";
  Driver empty(tasks);
  empty.start({{"items", Json::array()}});
  CHECK(empty.output() == Json({{"items", Json::array()}}));

  Driver wrong(tasks);
  wrong.start({{"items", "text"}});
  CHECK(wrong.phase() == Phase::faulted);
  CHECK(wrong.fault().instance == "/do/0/loop");
}

TEST_CASE("a wait is a timer, and the data passes through") {
  Driver flow("- pause: {wait: {minutes: 5}}");
  flow.start({{"x", 1}});
  CHECK(flow.phase() == Phase::waiting);
  REQUIRE(flow.timers.size() == 1);
  CHECK(flow.timers.begin()->second - flow.decision.now == 300'000);
  const auto wait = flow.timers.begin()->first;
  flow.fire();
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json({{"x", 1}}));
  CHECK(flow.refused(TimerFired{wait}).code == Code::conflict);
}

TEST_CASE("an event that is emitted is published once and is the task's output") {
  Driver flow(R"(
- tell: {emit: {event: {with: {type: post.done, data: {id: '${ .id }'}}}}}
- again: {emit: {event: {with: {type: post.done, source: 'https://x', id: fixed}}}}
)");
  flow.start({{"id", 5}});
  REQUIRE(flow.published.size() == 2);
  const auto& event = flow.published[0].json();
  CHECK(event.at("type") == "post.done");
  CHECK(event.at("data") == Json({{"id", 5}}));
  CHECK(event.at("specversion") == "1.0");
  CHECK(event.at("source") == "/test/sample/1.0.0");
  CHECK(event.at("id").get<std::string>().rfind("test/w-1/", 0) == 0);
  CHECK(event.at("time") == to_rfc3339(flow.decision.now));
  CHECK(flow.output().at("id") == "fixed");
  CHECK(flow.output().at("source") == "https://x");
}

TEST_CASE("a raised error faults the workflow and says where") {
  Driver flow(R"(
- fail:
    raise: {error: {type: 'https://x/errors/bad', status: 418, title: Teapot, detail: '${ .why }'}}
)");
  flow.start({{"why", "short and stout"}});
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault() ==
        Fault{"https://x/errors/bad", 418, "Teapot", "short and stout", "/do/0/fail"});
  CHECK(flow.snapshot().cause == "Teapot: short and stout");
}

TEST_CASE("a loop of pure tasks without end faults, even inside of a try that catches all") {
  Driver flow(R"(
- guard:
    try:
      - spin: {set: {x: 1}, then: back}
      - back: {set: {x: 2}, then: spin}
    catch: {}
)");
  flow.decision.max_tasks_per_transition = 1'000;
  flow.start();
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault().detail.find("1000 tasks") != std::string::npos);
}

TEST_CASE("the business status is set before and after a task and noted at each change") {
  Driver flow(R"(
- enrich:
    call: enrich
    metadata: {status: ENRICHING, statusAfter: '${ "ENRICHED_" + .kind }'}
- last: {set: {x: 1}, metadata: {status: DONE}}
)");
  flow.start();
  CHECK(flow.snapshot().status == "ENRICHING");
  flow.complete("enrich", {{"kind", "A"}});
  CHECK(flow.snapshot().status == "DONE");
  CHECK(flow.details_of(Kind::status_changed) == Texts{"ENRICHING", "ENRICHED_A", "DONE"});
}

TEST_CASE("the first status stands from the creation on") {
  const auto definition = parse_whole(R"(
document: {dsl: '1.0.3', namespace: test, name: sample, version: '1.0.0', metadata: {status: RECEIVED}}
do: [{a: {call: work}}]
)");
  CHECK(new_workflow(1, {"n", "i"}, *definition, {5}).status == "RECEIVED");
  Driver flow(definition);
  flow.start();
  CHECK(flow.details_of(Kind::status_changed) == Texts{"RECEIVED"});
}

}  // namespace
}  // namespace endure::workflow::test
