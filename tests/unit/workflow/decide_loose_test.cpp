// `evaluate.mode: loose`: all text is tried as an expression, and stays text where that fails.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

const std::string loose = "evaluate: {mode: loose}\n";

}  // namespace

TEST_CASE("loose: text is evaluated with and without braces") {
  Driver flow(
      "- a: {set: {with: '${ .name }', without: .name, sum: .n + 1, five: '5', list: [.n]}}",
      loose);
  flow.start({{"name", "x"}, {"n", 2}});
  CHECK(flow.output() ==
        Json({{"with", "x"}, {"without", "x"}, {"sum", 3}, {"five", 5}, {"list", {2}}}));
}

TEST_CASE("loose: what is no jq, or fails when it runs, is text") {
  Driver flow(R"(- a:
    set:
      plain: Hello there
      url: https://x.test/a
      broken: '${ map( }'
      failing: '.name | tonumber'
      failing_in_braces: '${ .name.first }'
)",
              loose);
  flow.start({{"name", "x"}});
  CHECK(flow.output() == Json({{"plain", "Hello there"},
                               {"url", "https://x.test/a"},
                               {"broken", "${ map( }"},
                               {"failing", ".name | tonumber"},
                               {"failing_in_braces", "${ .name.first }"}}));
}

TEST_CASE("loose: conditions that fail are errors and never true") {
  Driver flow("- a: {if: '.name | tonumber', set: {x: 1}}", loose);
  flow.start({{"name", "x"}});
  CHECK(flow.phase() == Phase::faulted);
}

TEST_CASE("loose: durations and arguments") {
  Driver flow("- a: {wait: .pause}\n- b: {call: f, with: {n: .n, text: done here}}", loose);
  flow.start({{"pause", "PT5S"}, {"n", 1}});
  REQUIRE(flow.timers.size() == 1);
  CHECK(flow.timers.begin()->second - flow.decision.now == 5'000);
  flow.fire();
  CHECK(flow.steps.begin()->second.arguments == Json({{"n", 1}, {"text", "done here"}}));
}

TEST_CASE("strict is the default: text without braces stays text") {
  Driver flow("- a: {set: {x: .name, y: '5'}}", "evaluate: {mode: strict}\n");
  flow.start({{"name", "x"}});
  CHECK(flow.output() == Json({{"x", ".name"}, {"y", "5"}}));
}

TEST_CASE("loose: data that looks like an expression is still data") {
  Driver flow("- a: {set: {copy: .evil}}\n- b: {call: f, with: {again: .copy}}", loose);
  flow.start({{"evil", "${ 1 + 1 }"}});
  CHECK(flow.steps.begin()->second.arguments == Json({{"again", "${ 1 + 1 }"}}));
}

}  // namespace endure::workflow::test
