// Pause, resume, cancel, terminate, crashes and dead letters.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

using Kind = HistoryEntry::Kind;

const std::string two_calls = "- a: {call: work}\n- b: {call: next, with: {got: '${ . }'}}";

TEST_CASE("a paused workflow keeps a result and goes on with it when it is resumed") {
  Driver flow(two_calls);
  flow.start();
  flow.decide(PauseRequested{"nightly"});
  CHECK(flow.phase() == Phase::suspended);
  CHECK(flow.snapshot().resume_to == Phase::running);
  CHECK(flow.snapshot().cause == "Paused by request: nightly");
  CHECK(flow.steps.size() == 1);  // a worker may be at it

  flow.complete("work", "r");
  CHECK(flow.phase() == Phase::suspended);
  CHECK(flow.steps.empty());
  CHECK(flow.mailbox.size() == 1);

  flow.decide(ResumeRequested{});
  CHECK(flow.phase() == Phase::running);
  CHECK(flow.mailbox.empty());
  CHECK(flow.steps.begin()->second.arguments == Json({{"got", "r"}}));
}

TEST_CASE("results, faults, timers and events that came while paused are replayed in their order") {
  Driver flow(R"(
- all:
    fork:
      branches:
        - timed: {wait: {seconds: 1}}
        - called: {call: work}
        - failing: {try: [{f: {call: flaky}}], catch: {do: [{c: {set: {caught: true}}}]}}
        - heard: {listen: {to: {one: {with: {type: a}}}}}
        - broad: {listen: {to: {one: {with: {type: b}}}}}
)");
  flow.start({{"x", 1}});
  flow.decide(PauseRequested{});
  flow.fire();
  flow.complete("work", 2);
  flow.fail_step("flaky", 500, true);
  flow.send("a", 3);
  flow.publish("b", 4);
  CHECK(flow.phase() == Phase::suspended);
  CHECK(flow.timers.empty());
  CHECK(flow.steps.empty());
  CHECK(flow.mailbox.size() == 5);
  flow.decide(ResumeRequested{});
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() ==
        Json::array({{{"x", 1}}, 2, {{"caught", true}}, Json::array({3}), Json::array({4})}));
}

TEST_CASE("a timeout that came while paused counts after the results that came before it") {
  Driver flow("- a: {call: work, timeout: {after: {seconds: 5}}}\n- b: {call: next}");
  flow.start();
  flow.decide(PauseRequested{});
  flow.complete("work", 1);
  flow.fire();
  flow.decide(ResumeRequested{});
  CHECK(flow.phase() == Phase::running);
  CHECK(flow.step_on("next") != 0);
}

TEST_CASE("pause and resume are refused where they make no sense") {
  Driver flow(two_calls);
  flow.start();
  CHECK(flow.refused(ResumeRequested{}).code == Code::conflict);
  flow.decide(PauseRequested{});
  CHECK(flow.refused(PauseRequested{}).code == Code::conflict);
}

TEST_CASE("a resumed workflow that still waits shows what it waits for") {
  Driver flow("- e: {listen: {to: {one: {with: {type: a}}}}}");
  flow.start();
  flow.decide(PauseRequested{});
  CHECK(flow.snapshot().resume_to == Phase::waiting);
  flow.decide(ResumeRequested{});
  CHECK(flow.phase() == Phase::waiting);
}

TEST_CASE("cancel and terminate end a workflow and remove all that it has open") {
  for (const Event& event : {Event(CancelRequested{"enough"}), Event(TerminateRequested{"now"})}) {
    Driver flow(R"(
- work: {call: work}
- all:
    timeout: {after: {hours: 1}}
    fork:
      branches:
        - timed: {wait: {seconds: 1}}
        - called: {call: work}
        - heard: {listen: {to: {all: [{with: {type: a}}, {with: {type: b}}]}}}
)",
                "timeout: {after: {days: 1}}\n");
    flow.start();
    flow.send("early", 1);
    flow.complete("work", 1);
    CHECK(flow.timers.size() == 3);
    flow.decide(event);
    CHECK(flow.phase() == Phase::cancelled);
    CHECK_FALSE(flow.snapshot().cause.empty());
    CHECK(flow.refused(event).code == Code::conflict);
    CHECK(flow.refused(StepCompleted{1, Json(1), 1, "w"}).code == Code::conflict);
  }
}

TEST_CASE("terminate works without a definition, in any live phase, dead letters included") {
  Driver flow(two_calls);
  flow.start();
  flow.send("kept", 1);
  flow.fail_step("work", 500, true);
  REQUIRE(flow.phase() == Phase::suspended);
  const auto outcome = terminate(flow.snapshot(), "broken", flow.decision.now);
  CHECK(outcome.next.phase == Phase::cancelled);
  CHECK(outcome.next.transition == flow.snapshot().transition + 1);
  REQUIRE(outcome.effects.size() == 2);
  CHECK(std::get<RemoveStep>(outcome.effects[0]).wait == 1);
  CHECK(std::holds_alternative<ConsumeMessage>(outcome.effects[1]));
  CHECK(outcome.next.steps.empty());

  const auto again = terminate(outcome.next, "twice", flow.decision.now);
  CHECK(again.next.transition == outcome.next.transition);
  CHECK(again.effects.empty());
}

TEST_CASE("a workflow that crashes too often is suspended with the cause and can be resumed") {
  Driver flow(two_calls);
  flow.start();
  flow.decide(Crashed{"std::bad_alloc, 5 times in a minute"});
  CHECK(flow.phase() == Phase::suspended);
  CHECK(flow.snapshot().cause == "std::bad_alloc, 5 times in a minute");
  flow.complete("work", 1);
  flow.decide(ResumeRequested{});
  CHECK(flow.phase() == Phase::running);
  CHECK(flow.step_on("next") != 0);
}

TEST_CASE("suspend needs no definition; resuming a workflow that never began starts it") {
  const auto definition = make_definition("- a: {set: {x: '${ .in }'}}");
  auto snapshot = new_workflow(1, {"n", "i"}, *definition, {1'000});
  snapshot.input = Json({{"in", 5}});
  const auto suspended = suspend(snapshot, "the definition cannot be read", {2'000});
  CHECK(suspended.next.phase == Phase::suspended);
  CHECK(suspended.next.resume_to == Phase::pending);
  CHECK(suspended.next.updated == Instant{2'000});
  Decision decision;
  decision.now = {3'000};
  const auto resumed =
      decide(*definition, suspended.next, ResumeRequested{}, decision, shared_expressions());
  REQUIRE(resumed);
  CHECK(resumed->next.phase == Phase::completed);
  CHECK(resumed->next.output.json() == Json({{"x", 5}}));
}

TEST_CASE("time never runs backwards in a snapshot") {
  Driver flow(two_calls);
  flow.start();
  const auto before = flow.snapshot().updated;
  flow.decision.now = {before.ms - 10'000};
  flow.complete("work", 1);
  CHECK(flow.snapshot().updated == before);
}

// -- dead letters -------------------------------------------------------------

TEST_CASE("a step that is out of attempts becomes a dead letter and suspends its workflow") {
  Driver flow(two_calls);
  flow.start();
  flow.fail_step("work", 503, true);
  CHECK(flow.phase() == Phase::suspended);
  CHECK(flow.step_on("work", true) != 0);
  CHECK(flow.snapshot().cause.find("Redrive or drop it") != std::string::npos);
  const auto refused = flow.refused(ResumeRequested{});
  CHECK(refused.code == Code::conflict);
  CHECK(refused.what.find("redrive or drop") != std::string::npos);
  CHECK(flow.refused(StepCompleted{1, Json(1), 1, "w"}).code == Code::conflict);
}

TEST_CASE("a dead letter that is redriven goes back to its queue under its old key") {
  Driver flow(two_calls);
  flow.start();
  const auto enqueued = flow.snapshot().steps.front().enqueued;
  flow.fail_step("work", 503, true);
  flow.decision.now = flow.decision.now + 60'000;
  flow.decide(StepRedriven{1});
  CHECK(flow.phase() == Phase::running);
  CHECK(flow.snapshot().steps.front().enqueued == enqueued);
  CHECK(flow.refused(StepRedriven{1}).code == Code::conflict);
  CHECK(flow.refused(StepDropped{1, {}}).code == Code::conflict);
  flow.complete("work", 1);
  flow.complete("next", 2);
  CHECK(flow.phase() == Phase::completed);
}

TEST_CASE("a dead letter that is dropped raises its fault") {
  Driver flow(two_calls);
  flow.start();
  flow.fail_step("work", 503, true);
  flow.decide(StepDropped{1, {"https://x/gave-up", 410, "Given up", {}, {}}});
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault().type == "https://x/gave-up");
  CHECK(flow.fault().instance == "/do/0/a");
}

TEST_CASE("an exhausted step whose fault is caught becomes no dead letter") {
  Driver flow(R"(
- guard:
    try: [{a: {call: work}}]
    catch: {errors: {with: {status: 503}}, do: [{ok: {set: {ok: true}}}]}
)");
  flow.start();
  flow.fail_step("work", 503, true);
  CHECK(flow.output() == Json({{"ok", true}}));

  Driver other(R"(
- guard:
    try: [{a: {call: work}}]
    catch: {errors: {with: {status: 404}}}
)");
  other.start();
  other.fail_step("work", 503, true);
  CHECK(other.phase() == Phase::suspended);
}

const std::string three_branches = R"(
- all:
    fork:
      branches:
        - a: {call: a}
        - b: {call: b}
        - c: {call: c}
)";

TEST_CASE(
    "several dead letters hold a workflow until none is left, and nothing is lost meanwhile") {
  Driver flow(three_branches);
  flow.start();
  flow.fail_step("a", 500, true);
  flow.fail_step("b", 500, true);
  flow.complete("c", 3);
  CHECK(flow.mailbox.size() == 1);
  flow.decide(StepRedriven{flow.step_on("a", true)});
  CHECK(flow.phase() == Phase::suspended);
  CHECK(flow.mailbox.size() == 1);
  flow.decide(StepRedriven{flow.step_on("b", true)});
  CHECK(flow.phase() == Phase::running);
  CHECK(flow.mailbox.empty());
  flow.complete("a", 1);
  flow.complete("b", 2);
  CHECK(flow.output() == Json::array({1, 2, 3}));
}

TEST_CASE("a pause outlasts the dead letters that came with it") {
  Driver flow(three_branches);
  flow.start();
  flow.fail_step("a", 500, true);
  flow.decide(PauseRequested{"look at it"});
  flow.decide(StepRedriven{flow.step_on("a", true)});
  CHECK(flow.phase() == Phase::suspended);
  flow.fail_step("b", 500, true);
  CHECK(flow.snapshot().cause == "Paused by request: look at it");
  CHECK(flow.refused(ResumeRequested{}).code == Code::conflict);
  flow.decide(StepDropped{flow.step_on("b", true), {"https://x/dropped", 500, {}, {}, {}}});
  CHECK(flow.phase() == Phase::suspended);
  flow.decide(ResumeRequested{});
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault().type == "https://x/dropped");
}

TEST_CASE("a stored message that stands in the loaded mailbox is decided once") {
  Driver flow(
      "- e: {listen: {to: {one: {with: {type: a}}}}}\n- f: {listen: {to: {one: {with: {type: "
      "a}}}}}");
  flow.start();
  auto loaded = flow.snapshot();
  const Event event = EventReceived{Value(event_json("a", 1)), false};
  loaded.mailbox.push_back({40, event});
  Decision decision{flow.decision.now, 40, true};
  const auto outcome = decide(flow.definition(), loaded, event, decision, shared_expressions());
  REQUIRE(outcome);
  CHECK(outcome->next.mailbox.empty());
  std::size_t consumed = 0;
  for (const auto& effect : outcome->effects)
    consumed += std::holds_alternative<ConsumeMessage>(effect);
  CHECK(consumed == 1);
}

class BusyExpressions final : public Expressions {
 public:
  Result<Value> evaluate(const Expression&, const Scope&) override {
    return fail(Code::retry_later, "the machine is too busy");
  }
  Result<Expression> compile(const std::string&) override {
    return fail(Code::retry_later, "the machine is too busy");
  }
};

TEST_CASE("an evaluator that is too busy faults nothing: the event has to be decided again") {
  Driver flow(R"(
- work: {call: work}
- guard: {try: [{set: {set: {x: '${ .a }'}}}], catch: {}}
)");
  flow.start();
  BusyExpressions busy;
  const auto outcome = decide(flow.definition(), flow.snapshot(),
                              StepCompleted{1, Json({{"a", 1}}), 1, "w"}, flow.decision, busy);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == Code::retry_later);
  flow.complete("work", {{"a", 1}});
  CHECK(flow.output() == Json({{"x", 1}}));
}

TEST_CASE("phases and history kinds have their names") {
  for (const auto phase : {Phase::pending, Phase::running, Phase::waiting, Phase::suspended,
                           Phase::cancelled, Phase::faulted, Phase::completed}) {
    CHECK(phase_from(to_string(phase)) == phase);
  }
  CHECK_FALSE(phase_from("sleeping"));
  CHECK(to_string(Kind::step_redriven) == "step_redriven");
  CHECK(to_string(Kind::ignored) == "ignored");
}

}  // namespace
}  // namespace endure::workflow::test
