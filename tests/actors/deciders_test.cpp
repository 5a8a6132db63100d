// Deciding where an expression needs jq: not on a thread that all actors share.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "tests/actors/engine_fixture.hpp"

using namespace endure;
using namespace endure::testing;

namespace {

// Every program computes until the gate is opened; or it throws.
class GatedExpressions final : public workflow::Expressions {
 public:
  Result<workflow::Value> evaluate(const workflow::Expression& expression,
                                   const workflow::Scope& scope) override {
    if (!expression.needs_jq) return inner_->evaluate(expression, scope);
    if (throws) throw std::runtime_error("the evaluator broke");
    std::unique_lock lock(mutex_);
    ++computing_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    return inner_->evaluate(expression, scope);
  }
  Result<workflow::Expression> compile(const std::string& text) override {
    return inner_->compile(text);
  }

  void await_computing(int programs) {
    std::unique_lock lock(mutex_);
    REQUIRE(
        changed_.wait_for(lock, std::chrono::seconds(30), [&] { return computing_ >= programs; }));
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

  std::atomic<bool> throws = false;

 private:
  std::unique_ptr<workflow::Expressions> inner_ = workflow::make_expressions();
  std::mutex mutex_;
  std::condition_variable changed_;
  int computing_ = 0;
  bool open_ = false;
};

constexpr const char* computes = R"(
document: { dsl: '1.0.3', namespace: test, name: computes, version: '1.0.0' }
do:
  - compute: { set: { n: "${ [range(3)] | add }" } }
)";
constexpr const char* plain = R"(
document: { dsl: '1.0.3', namespace: test, name: plain, version: '1.0.0' }
do:
  - greet: { set: { n: "${ 1 + .n }" } }
)";

struct Fixture {
  Fixture() : Fixture(std::make_unique<GatedExpressions>()) {}
  explicit Fixture(std::unique_ptr<GatedExpressions> made)
      : gate(*made), node(config(), std::move(made)) {}
  ~Fixture() { gate.open(); }

  static actors::EngineConfig config() {
    auto config = small_engine();
    config.scheduler_threads = 1;
    config.decider_threads = 2;
    return config;
  }

  // Starts without waiting: the reply comes after the first transition.
  void start(const std::string& definition, const std::string& id) {
    node.engine->start({{"test", id},
                        definition,
                        std::nullopt,
                        workflow::Json{{"n", 1}},
                        actors::OnConflict::reject},
                       [](const Result<actors::StartReceipt>&) {});
  }

  GatedExpressions& gate;
  EngineFixture node;
};

}  // namespace

TEST_CASE("while jq computes for some workflows, others go on") {
  Fixture fixture;
  fixture.node.deploy(computes);
  fixture.node.deploy(plain);
  fixture.start("computes", "slow-1");
  fixture.start("computes", "slow-2");
  fixture.gate.await_computing(2);

  REQUIRE(fixture.node.start("plain", "quick"));
  CHECK(fixture.node.end_of("quick").output.json().at("n") == 1);

  fixture.gate.open();
  const auto ended = [](const workflow::Snapshot& snapshot) { return is_ended(snapshot.phase); };
  CHECK(fixture.node.until("slow-1", ended).output.json().at("n") == 3);
  CHECK(fixture.node.until("slow-2", ended).output.json().at("n") == 3);
}

TEST_CASE("an evaluator that throws on a decider suspends its workflow with the cause") {
  Fixture fixture;
  fixture.node.deploy(R"(
document: { dsl: '1.0.3', namespace: test, name: asks, version: '1.0.0' }
do:
  - ask: { listen: { to: { one: { with: { type: go } } } } }
  - compute: { set: { n: "${ [range(3)] | add }" } }
)");
  REQUIRE(fixture.node.start("asks", "broken"));
  fixture.gate.throws = true;
  const auto sent = fixture.node.send(
      "broken", {{"type", "go"}, {"source", "test"}, {"id", "1"}, {"data", {{"word", "x"}}}});
  CHECK_FALSE(sent);

  for (int i = 0; i < 10; ++i) {
    fixture.node.send("broken", {{"type", "go"}, {"source", "test"}, {"id", "1"}});
  }
  const auto stopped = fixture.node.until("broken", [](const workflow::Snapshot& snapshot) {
    return snapshot.phase == workflow::Phase::suspended;
  });
  CHECK(stopped.cause.find("the evaluator broke") != std::string::npos);
}

TEST_CASE("a node that stops does not wait for those that have not begun to compute") {
  Fixture fixture;
  fixture.node.deploy(computes);
  for (int i = 0; i < 20; ++i) fixture.start("computes", "w-" + std::to_string(i));
  fixture.gate.await_computing(2);
  fixture.gate.open();
  fixture.node.restart();
  SUCCEED("it came back");
}
