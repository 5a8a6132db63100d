// What happens when actors die: the store is the truth, memory a cache.
#include <atomic>
#include <stdexcept>

#include "persistence/codec.hpp"
#include "tests/actors/engine_fixture.hpp"

using namespace endure;
using namespace endure::actors;
using endure::testing::small_engine;
using workflow::Json;
using workflow::Phase;

namespace {

// Evaluates like the real one, but throws as often as it is told to: a bug in the interpreter.
class FailingExpressions final : public workflow::Expressions {
 public:
  Result<workflow::Value> evaluate(const workflow::Expression& expression,
                                   const workflow::Scope& scope) override {
    if (failures_left.load() > 0 && failures_left.fetch_sub(1) > 0) {
      throw std::runtime_error("a bug in the interpreter");
    }
    return real_->evaluate(expression, scope);
  }
  Result<workflow::Expression> compile(const std::string& text) override {
    return real_->compile(text);
  }

  std::atomic<int> failures_left{0};

 private:
  std::unique_ptr<workflow::Expressions> real_ = workflow::make_expressions();
};

struct FragileNode final : testing::EngineFixture {
  FragileNode() {
    engine.reset();
    auto made = make_engine(small_engine(), *store, clock, fragile, [](const Error&) {});
    REQUIRE(made);
    engine = std::move(*made);
    deploy(R"(
document: { dsl: '1.0.3', namespace: test, name: fragile, version: '1.0.0' }
do:
  - ask: { listen: { to: { one: { with: { type: go } } } } }
  - answer: { set: { heard: "${ .[0].word }" } }
)");
  }
  ~FragileNode() override { engine.reset(); }

  FailingExpressions fragile;
};

Json go(const std::string& word) {
  return {{"type", "go"}, {"source", "test"}, {"id", word}, {"data", {{"word", word}}}};
}

}  // namespace

TEST_CASE("a workflow actor that dies comes back from its snapshot and goes on") {
  FragileNode node;
  REQUIRE(node.start("fragile", "a"));
  node.fragile.failures_left = 1;
  const auto refused = node.send("a", go("first"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::retry_later);
  // Until the supervisor has heard of the death it may pass a message to the dead; the answer says
  // so, and the sender tries again.
  while (!node.send("a", go("second"))) std::this_thread::yield();
  const auto snapshot = node.end_of("a");
  CHECK(snapshot.output.json() == Json{{"heard", "second"}});
  CHECK(snapshot.transition == 2);
  CHECK(node.engine->stats().restarts == 1);
}

TEST_CASE("a workflow whose actor keeps dying is suspended with the cause, and others go on") {
  FragileNode node;
  REQUIRE(node.start("fragile", "poisoned"));
  REQUIRE(node.start("fragile", "sound"));
  node.fragile.failures_left = 1'000'000;
  for (int i = 0; i < 50; ++i) {
    if (node.engine->show({"test", "poisoned"})->summary.phase == Phase::suspended) break;
    node.send("poisoned", go("x"));
  }
  const auto suspended =
      node.until("poisoned", [](const auto& s) { return s.phase == Phase::suspended; });
  CHECK(suspended.cause.find("a bug in the interpreter") != std::string::npos);
  node.fragile.failures_left = 0;
  REQUIRE(node.send("sound", go("hello")));
  CHECK(node.end_of("sound").phase == Phase::completed);

  // Fixed: it resumes where it stood.
  REQUIRE(node.control("poisoned", Verb::resume));
  while (!is_ended(node.engine->show({"test", "poisoned"})->summary.phase)) {
    node.send("poisoned", go("at last"));
  }
  CHECK(node.end_of("poisoned").phase == Phase::completed);
}

TEST_CASE("the tree shows restarts and the last failure") {
  FragileNode node;
  REQUIRE(node.start("fragile", "a"));
  node.fragile.failures_left = 1;
  node.send("a", go("x"));
  const auto shown = [&] {
    for (const ActorView& view : node.engine->tree()) {
      if (view.restarts == 1 && view.last_failure == "a bug in the interpreter") return true;
    }
    return false;
  };
  for (int i = 0; i < 20'000 && !shown(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(shown());
}
