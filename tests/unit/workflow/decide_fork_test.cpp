// fork: branches side by side.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

TEST_CASE("a fork gives the outputs of its branches in the order of their declaration") {
  Driver flow(R"(
- all:
    fork:
      branches:
        - a: {call: a}
        - b: {do: [{b1: {call: b}}, {b2: {set: {b: '${ . }'}}}]}
        - c: {set: {c: '${ .x }'}}
- after: {set: {got: '${ . }'}}
)");
  flow.start({{"x", 0}});
  CHECK(flow.steps.size() == 2);
  flow.complete("b", 2);
  flow.complete("a", 1);
  CHECK(flow.output() == Json({{"got", {1, {{"b", 2}}, {{"c", 0}}}}}));
}

TEST_CASE("competing branches: the first that ends wins and the others are given up") {
  Driver flow(R"(
- race:
    fork:
      compete: true
      branches:
        - nurse: {call: nurse}
        - doctor: {do: [{call: {call: doctor}}, {note: {set: {by: '${ . }'}}}]}
        - late: {wait: {hours: 1}}
)");
  flow.start();
  const StepCompleted loser{flow.step_on("nurse"), Json(1), 1, "w"};
  CHECK(flow.timers.size() == 1);
  flow.complete("doctor", "who");
  CHECK(flow.output() == Json({{"by", "who"}}));
  CHECK(flow.refused(loser).code == Code::conflict);
}

TEST_CASE("competing branches that do not wait are won by the first") {
  Driver flow(R"(
- race:
    fork:
      compete: true
      branches:
        - red: {set: {colors: '${ .colors + ["red"] }'}}
        - green: {set: {colors: '${ .colors + ["green"] }'}}
)");
  flow.start();
  CHECK(flow.output() == Json({{"colors", {"red"}}}));
}

TEST_CASE("a step that is enqueued and given up in one transition never reaches its queue") {
  Driver flow(R"(
- race:
    fork:
      compete: true
      branches: [{slow: {call: slow}}, {quick: {set: {quick: true}}}]
- next: {call: next}
)");
  flow.start();
  CHECK(flow.steps.size() == 1);
  CHECK(flow.step_on("next") != 0);
}

TEST_CASE("a fault in one branch gives up the others and is the fork's") {
  Driver flow(R"(
- guard:
    try:
      - all: {fork: {branches: [{a: {call: a}}, {b: {do: [{b1: {call: b}}]}}, {c: {wait: {hours: 1}}}]}}
    catch: {do: [{note: {set: {at: '${ $error.instance }'}}}]}
)");
  flow.start();
  flow.fail_step("b");
  CHECK(flow.output() == Json({{"at", "/do/0/guard/try/0/all/fork/branches/1/b/do/0/b1"}}));
}

TEST_CASE("a branch that catches its own fault goes on alone") {
  Driver flow(R"(
- all:
    fork:
      branches:
        - a: {try: [{a1: {call: a}}], catch: {retry: {delay: {seconds: 1}, limit: {attempt: {count: 1}}}}}
        - b: {call: b}
)");
  flow.start();
  flow.fail_step("a");
  CHECK(flow.timers.size() == 1);
  flow.complete("b", 2);
  flow.fire();
  flow.complete("a", 1);
  CHECK(flow.output() == Json::array({1, 2}));
}

TEST_CASE("forks nest, and see the variables of loops around them") {
  Driver flow(R"(
- loop:
    for: {each: n, in: '[1, 2]'}
    do:
      - all:
          fork:
            branches:
              - x: {call: x, with: {n: '${ $n }'}}
              - y: {fork: {branches: [{y1: {set: '${ $n * 10 }'}}, {y2: {call: y}}]}}
          output: {as: '{sum: (.[0] + .[1][0] + .[1][1])}'}
)");
  flow.start();
  for (int n = 1; n <= 2; ++n) {
    CHECK(flow.steps.begin()->second.arguments == Json({{"n", n}}));
    flow.complete("y", 100);
    flow.complete("x", n);
  }
  CHECK(flow.output() == Json({{"sum", 122}}));
}

TEST_CASE("a timeout of a fork gives up its branches, down to the last") {
  Driver flow(R"(
- guard:
    try:
      - all:
          timeout: {after: {seconds: 5}}
          fork:
            branches:
              - a: {call: a}
              - b: {fork: {branches: [{b1: {call: b}}, {b2: {listen: {to: {one: {with: {type: t}}}}}}]}}
    catch: {do: [{ok: {set: {ok: true}}}]}
- next: {call: next}
)");
  flow.start();
  CHECK(flow.steps.size() == 2);
  flow.fire();
  CHECK(flow.steps.size() == 1);
  CHECK(flow.listeners.empty());
  CHECK(flow.snapshot().branches.size() == 1);
  flow.complete("next", 1);
  CHECK(flow.phase() == Phase::completed);
}

TEST_CASE("end in a branch ends the whole workflow") {
  Driver flow(R"(
- all: {fork: {branches: [{a: {call: a}}, {b: {do: [{b1: {call: b}}, {stop: {set: {done: true}, then: end}}]}}]}}
- never: {set: {never: true}}
)");
  flow.start();
  flow.complete("b", 1);
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json({{"done", true}}));
}

}  // namespace
}  // namespace endure::workflow::test
