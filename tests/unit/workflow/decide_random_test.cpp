// Random events, from a seed, against a workflow with a bit of everything. The driver checks after
// each transition what must always hold; here nothing may be lost, and every workflow must end.
#include <random>

#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

const std::string a_bit_of_everything = R"(
- first: {call: plain, metadata: {status: ONE}}
- loop:
    for: {in: [1, 2]}
    do:
      - guard:
          try:
            - flaky: {call: flaky, timeout: {after: {seconds: 20}}}
          catch:
            errors: {with: {status: 503}}
            retry: {delay: {seconds: 1}, limit: {attempt: {count: 2}}}
            do: [{gave_up: {set: {x: 1}}}]
- side:
    fork:
      branches:
        - a: {do: [{a1: {call: plain}}, {a2: {listen: {to: {one: {with: {type: x}}}}}}]}
        - b: {listen: {to: {all: [{with: {type: x}}, {with: {type: y}}]}}}
        - c: {fork: {compete: true, branches: [{c1: {wait: {seconds: 5}}}, {c2: {call: plain}}]}}
- last: {listen: {to: {any: [{with: {type: x}}, {with: {type: y}}]}}, timeout: {after: {minutes: 5}}}
)";

class Chaos {
 public:
  Chaos(const std::shared_ptr<const Definition>& definition, std::uint32_t seed)
      : flow_(definition), random_(seed) {
    flow_.start();
  }

  Phase run() {
    for (int i = 0; i < 400 && !is_ended(flow_.phase()); ++i) act();
    // After the chaos the world behaves: each live workflow can be brought to its end.
    for (int i = 0; i < 100 && !is_ended(flow_.phase()); ++i) help();
    return flow_.phase();
  }

  Driver& flow() { return flow_; }

 private:
  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

  WaitId some_step() {
    if (flow_.steps.empty()) return draw(30);
    auto step = flow_.steps.begin();
    std::advance(step, draw(static_cast<std::uint32_t>(flow_.steps.size())));
    return step->first;
  }

  Event some_event() {
    const Fault fault{"https://x/e", draw(2) == 0 ? 503 : 500, "Failed", {}, {}};
    switch (draw(10)) {
      case 0:
      case 1:
      case 2: return StepCompleted{some_step(), Json(draw(9)), 1, "w"};
      case 3: return StepFailed{some_step(), fault, draw(2) == 0, 1, "w"};
      case 4: return StepRedriven{some_step()};
      case 5: return PauseRequested{};
      case 6:
      case 7: return ResumeRequested{};
      case 8: return Crashed{"killed"};
      default: return StepCompleted{draw(40), Json("stale"), 1, "w"};
    }
  }

  void act() {
    flow_.decision.now = flow_.decision.now + draw(100);
    const char* type = draw(2) == 0 ? "x" : "y";
    switch (draw(6)) {
      case 0: flow_.try_decide(EventReceived{Value(flow_.event(type, draw(9))), true}); break;
      case 1: flow_.publish(type, draw(9)); break;
      case 2:
        if (!flow_.timers.empty()) flow_.fire();
        break;
      default: refuse_or_take(some_event());
    }
  }

  void refuse_or_take(const Event& event) {
    const auto transition = flow_.snapshot().transition;
    if (!flow_.try_decide(event)) CHECK(flow_.snapshot().transition == transition);
  }

  void help() {
    for (const auto& [wait, step] : std::map<WaitId, Driver::Step>(flow_.steps)) {
      if (step.dead) flow_.try_decide(StepRedriven{wait});
      flow_.try_decide(StepCompleted{wait, Json(1), 1, "w"});
    }
    if (flow_.phase() == Phase::suspended) flow_.try_decide(ResumeRequested{});
    if (is_ended(flow_.phase())) return;
    flow_.send("x");
    if (!is_ended(flow_.phase())) flow_.send("y");
    if (!is_ended(flow_.phase()) && !flow_.timers.empty()) flow_.fire();
  }

  Driver flow_;
  std::mt19937 random_;
};

TEST_CASE("random events in any order keep the invariants, and every workflow can end") {
  const auto definition = make_definition(a_bit_of_everything);
  std::size_t completed = 0;
  for (std::uint32_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    Chaos chaos(definition, seed);
    const auto phase = chaos.run();
    CHECK((phase == Phase::completed || phase == Phase::faulted));
    completed += phase == Phase::completed ? 1U : 0U;
    // No event after the end changes anything.
    auto& flow = chaos.flow();
    CHECK_FALSE(flow.try_decide(StepCompleted{1, Json(1), 1, "w"}));
    CHECK_FALSE(flow.try_decide(EventReceived{Value(event_json("x", 1)), true}));
    CHECK_FALSE(flow.try_decide(TimerFired{1}));
    CHECK_FALSE(flow.try_decide(ResumeRequested{}));
    CHECK_FALSE(flow.try_decide(CancelRequested{}));
  }
  CHECK(completed > 0);
}

TEST_CASE("the same events give the same outcome") {
  const auto definition = make_definition(a_bit_of_everything);
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    Chaos a(definition, seed);
    Chaos b(definition, seed);
    CHECK(a.run() == b.run());
    CHECK(a.flow().snapshot().transition == b.flow().snapshot().transition);
    CHECK(a.flow().snapshot().output == b.flow().snapshot().output);
    CHECK(a.flow().details_of(HistoryEntry::Kind::timer_armed) ==
          b.flow().details_of(HistoryEntry::Kind::timer_armed));
  }
}

}  // namespace
}  // namespace endure::workflow::test
