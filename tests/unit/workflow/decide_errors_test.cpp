// try, catch, retry and timeouts.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"
#include "workflow/interpreter/fault.hpp"
#include "workflow/interpreter/retry.hpp"

namespace endure::workflow::test {
namespace {

using Kind = HistoryEntry::Kind;

TEST_CASE("the four spellings of a standard error type are one") {
  using interpreter::same_error_type;
  const std::vector<std::string> spellings = {
      "https://serverlessworkflow.io/spec/1.0.0/errors/communication",
      "https://serverlessworkflow.io/dsl/errors/types/communication",
      "https://open-workflow-specification.org/spec/1.0.0/errors/communication",
      "https://open-workflow-specification.org/dsl/errors/types/communication"};
  for (const auto& a : spellings) {
    for (const auto& b : spellings) CHECK(same_error_type(a, b));
  }
  CHECK_FALSE(
      same_error_type(spellings[0], "https://serverlessworkflow.io/spec/1.0.0/errors/timeout"));
  CHECK_FALSE(same_error_type("https://serverlessworkflow.io/spec/1.0.0/errors/own",
                              "https://serverlessworkflow.io/dsl/errors/types/own"));
  CHECK(same_error_type("https://x/own", "https://x/own"));
}

TEST_CASE("the delay before a retry follows the policy") {
  using interpreter::retry_delay_ms;
  interpreter::RetryTimes policy;
  policy.delay_ms = 1'000;
  CHECK(retry_delay_ms(policy, 5, 0, 1) == 1'000);
  policy.backoff = RetryPolicy::Backoff::linear;
  policy.increment_ms = 500;
  CHECK(retry_delay_ms(policy, 3, 0, 1) == 2'500);
  policy.backoff = RetryPolicy::Backoff::exponential;
  CHECK(retry_delay_ms(policy, 3, 0, 1) == 8'000);
  CHECK(*retry_delay_ms(policy, 4'000'000'000U, 0, 1) > 0);
  policy.max_delay_ms = 5'000;
  CHECK(retry_delay_ms(policy, 30, 0, 1) == 5'000);
  policy.jitter_from_ms = 10;
  policy.jitter_to_ms = 20;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto delay = *retry_delay_ms(policy, 30, 0, seed);
    CHECK(delay >= 5'010);
    CHECK(delay <= 5'020);
  }
  policy.limit_duration_ms = 60'000;
  CHECK(retry_delay_ms(policy, 30, 50'000, 1).has_value());
  CHECK_FALSE(retry_delay_ms(policy, 30, 59'000, 1).has_value());
  policy.limit_attempts = 2;
  CHECK(retry_delay_ms(policy, 1, 0, 1).has_value());
  CHECK_FALSE(retry_delay_ms(policy, 2, 0, 1).has_value());
}

TEST_CASE("a caught error runs the catch body with the error in its variable") {
  Driver flow(R"(
- guard:
    try: [{call: {call: pet}}]
    catch:
      errors: {with: {type: 'https://open-workflow-specification.org/dsl/errors/types/communication', status: 404}}
      as: err
      do: [{note: {set: {error: '${ $err }', input: '${ .id }'}}}]
- after: {set: {instance: '${ .error.instance }', status: '${ .error.status }', input: '${ .input }'}}
)");
  flow.start({{"id", 9}});
  flow.fail_step("pet", 404);
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() ==
        Json({{"instance", "/do/0/guard/try/0/call"}, {"status", 404}, {"input", 9}}));
}

TEST_CASE("an error that does not fit the filter goes on outwards") {
  Driver flow(R"(
- outer:
    try:
      - inner:
          try: [{call: {call: pet}}]
          catch: {errors: {with: {status: 503}}, do: [{a: {set: {by: inner}}}]}
    catch: {errors: {with: {status: 404}}, do: [{b: {set: {by: outer}}}]}
)");
  flow.start();
  flow.fail_step("pet", 404);
  CHECK(flow.output() == Json({{"by", "outer"}}));

  Driver uncaught(R"(
- guard:
    try: [{call: {call: pet}}]
    catch: {errors: {with: {status: 503}}}
)");
  uncaught.start();
  uncaught.fail_step("pet", 404);
  CHECK(uncaught.phase() == Phase::faulted);
  CHECK(uncaught.fault().instance == "/do/0/guard/try/0/call");
}

TEST_CASE("when and exceptWhen decide whether an error is caught") {
  const auto caught = [](const std::string& condition, int status) {
    Driver flow("- guard:\n    try: [{call: {call: pet}}]\n    catch: {" + condition +
                ", do: [{ok: {set: {ok: true}}}]}");
    flow.start({{"limit", 500}});
    flow.fail_step("pet", status);
    return flow.phase() == Phase::completed;
  };
  CHECK(caught("when: $error.status >= .limit", 503));
  CHECK_FALSE(caught("when: $error.status >= .limit", 404));
  CHECK(caught("exceptWhen: $error.status == 404", 503));
  CHECK_FALSE(caught("exceptWhen: $error.status == 404", 404));
}

TEST_CASE("a catch without a body swallows the error and passes the input on") {
  Driver flow("- guard: {try: [{call: {call: pet}}], catch: {}}\n- next: {set: {got: '${ .x }'}}");
  flow.start({{"x", 1}});
  flow.fail_step("pet");
  CHECK(flow.output() == Json({{"got", 1}}));
}

TEST_CASE("the then of a catch is for its path alone") {
  const std::string tasks = R"(
- guard:
    try: [{call: {call: pet}}]
    catch: {then: recover}
    then: usual
- usual: {set: {by: usual}, then: end}
- recover: {set: {by: recover}, then: end}
)";
  Driver good(tasks);
  good.start();
  good.complete("pet", 1);
  CHECK(good.output() == Json({{"by", "usual"}}));
  Driver bad(tasks);
  bad.start();
  bad.fail_step("pet");
  CHECK(bad.output() == Json({{"by", "recover"}}));
}

TEST_CASE("a fault in the catch body is not caught by its own try") {
  Driver flow(R"(
- guard:
    try: [{call: {call: pet}}]
    catch: {do: [{again: {call: repair}}]}
)");
  flow.start();
  flow.fail_step("pet");
  flow.fail_step("repair", 501);
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault().instance == "/do/0/guard/catch/do/0/again");
}

const std::string retrying = R"(
- guard:
    try:
      - prepare: {set: {id: '${ .id }', tries: '${ (.tries // 0) + 1 }'}}
      - call: {call: pet, with: {tries: '${ .tries }'}}
    catch:
      errors: {with: {status: 503}}
      retry: {delay: {seconds: 3}, backoff: {exponential: {}}, limit: {attempt: {count: 2}}}
)";

TEST_CASE("a retry waits longer each time and starts again from the try's input") {
  Driver flow(retrying);
  flow.start({{"id", 1}});
  flow.fail_step("pet", 503);
  REQUIRE(flow.timers.size() == 1);
  CHECK(flow.phase() == Phase::waiting);
  CHECK(flow.timers.begin()->second - flow.decision.now == 3'000);
  flow.fire();
  CHECK(flow.steps.begin()->second.arguments == Json({{"tries", 1}}));
  flow.fail_step("pet", 503);
  CHECK(flow.timers.begin()->second - flow.decision.now == 6'000);
  flow.fire();
  flow.complete("pet", "milou");
  CHECK(flow.output() == "milou");
  CHECK(flow.tasks_of(Kind::task_retried).size() == 2);
}

TEST_CASE("an error that outlives its retries goes on outwards") {
  Driver flow(retrying);
  flow.start();
  for (int i = 0; i < 2; ++i) {
    flow.fail_step("pet", 503);
    flow.fire();
  }
  flow.fail_step("pet", 503);
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault().status == 503);
}

TEST_CASE("after the last retry the catch body runs") {
  Driver flow(R"(
- guard:
    try: [{call: {call: pet}}]
    catch:
      retry: {delay: {seconds: 1}, limit: {attempt: {count: 1}}, when: $error.status != 400}
      do: [{give_up: {set: {gave: up}}}]
)");
  flow.start();
  flow.fail_step("pet", 503);
  flow.fire();
  flow.fail_step("pet", 503);
  CHECK(flow.output() == Json({{"gave", "up"}}));

  Driver not_again(R"(
- guard:
    try: [{call: {call: pet}}]
    catch:
      retry: {delay: {seconds: 1}, when: $error.status != 400}
      do: [{give_up: {set: {gave: up}}}]
)");
  not_again.start();
  not_again.fail_step("pet", 400);
  CHECK(not_again.output() == Json({{"gave", "up"}}));
}

TEST_CASE("a retry without a delay is tried in the same transition and cannot run for ever") {
  Driver flow(R"(
- guard:
    try: [{bad: {raise: {error: {type: 'https://x/e', status: 500}}}}]
    catch: {retry: {}}
)");
  flow.decision.max_tasks_per_transition = 500;
  flow.start();
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault().detail.find("500 tasks") != std::string::npos);
}

TEST_CASE("jitter is the same when a transition is decided again") {
  const std::string tasks = R"(
- guard:
    try: [{call: {call: pet}}]
    catch: {retry: {delay: {seconds: 1}, jitter: {from: {seconds: 0}, to: {hours: 1}}}}
)";
  Driver a(tasks);
  Driver b(tasks);
  for (auto* flow : {&a, &b}) {
    flow->start();
    flow->fail_step("pet");
  }
  CHECK(a.timers == b.timers);
  CHECK(a.timers.begin()->second - a.decision.now > 1'000);
}

TEST_CASE("a failing filter expression replaces the error, outside of its try") {
  Driver flow(R"(
- outer:
    try:
      - inner: {try: [{call: {call: pet}}], catch: {when: '$error.title | tonumber'}}
    catch: {do: [{b: {set: {type: '${ $error.type }', at: '${ $error.instance }'}}}]}
)");
  flow.start();
  flow.fail_step("pet");
  CHECK(flow.output() ==
        Json({{"type", "https://open-workflow-specification.org/spec/1.0.0/errors/expression"},
              {"at", "/do/0/outer/try/0/inner"}}));
}

TEST_CASE("a task that takes too long raises a timeout, and its step is removed") {
  Driver flow(R"(
- guard:
    try: [{slow: {call: pet, timeout: {after: {seconds: 30}}}}]
    catch: {errors: {with: {type: 'https://serverlessworkflow.io/dsl/errors/types/timeout'}}, do: [{late: {set: {status: '${ $error.status }', at: '${ $error.instance }'}}}]}
)");
  flow.start();
  const StepCompleted late{flow.step_on("pet"), Json(1), 1, "w"};
  flow.fire();
  CHECK(flow.output() == Json({{"status", 408}, {"at", "/do/0/guard/try/0/slow"}}));
  CHECK(flow.refused(late).code == Code::conflict);
}

TEST_CASE("a timeout that is not needed is disarmed") {
  Driver flow("- quick: {call: pet, timeout: {after: {seconds: 30}}}\n- next: {call: pet}");
  flow.start();
  CHECK(flow.timers.size() == 1);
  flow.complete("pet", 1);
  CHECK(flow.timers.empty());
}

TEST_CASE("a timer that is armed and disarmed in one transition leaves no effect") {
  Driver flow("- quick: {set: {a: 1}, timeout: {after: {seconds: 30}}}\n- next: {call: pet}");
  flow.start();
  CHECK(flow.timers.empty());
}

TEST_CASE("a timeout of a list ends all that runs within") {
  Driver flow(R"(
- outer:
    timeout: {after: {seconds: 10}}
    do:
      - guard: {try: [{wait: {wait: {seconds: 60}}}], catch: {}}
)");
  flow.start();
  CHECK(flow.timers.size() == 2);
  flow.fire();
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault().instance == "/do/0/outer");
  CHECK(flow.fault().status == 408);
}

TEST_CASE("a try's own timeout is not caught by itself") {
  Driver flow(R"(
- guard:
    timeout: {after: {seconds: 10}}
    try: [{wait: {wait: {seconds: 60}}}]
    catch: {}
)");
  flow.start();
  flow.fire();
  CHECK(flow.phase() == Phase::faulted);
}

TEST_CASE("the workflow's timeout faults it wherever it is") {
  Driver flow("- guard: {try: [{call: {call: pet}}], catch: {}}",
              "timeout: {after: {minutes: 1}}\n");
  flow.start();
  flow.fire();
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault().type == "https://open-workflow-specification.org/spec/1.0.0/errors/timeout");
  CHECK(flow.fault().status == 408);
}

}  // namespace
}  // namespace endure::workflow::test
