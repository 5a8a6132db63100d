// Threads and actors of the engine that are stuck are named, as long as they are.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

#include "tests/actors/engine_fixture.hpp"

using namespace endure;
using namespace endure::actors;
using endure::testing::EngineFixture;
using endure::testing::small_engine;

namespace {

EngineConfig impatient() {
  EngineConfig config = small_engine();
  config.stuck_after_ms = 100;
  return config;
}

// Whoever comes to it waits until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

class GatedSink final : public StepSink {
 public:
  explicit GatedSink(Gate& gate) : gate_(gate) {}
  void deliver(std::vector<LeasedStep>) override { gate_.pass(); }
  void revoke(const StepToken&, const std::string&) override {}

 private:
  Gate& gate_;
};

class GatedExpressions final : public workflow::Expressions {
 public:
  explicit GatedExpressions(Gate& gate) : gate_(gate) {}
  Result<workflow::Value> evaluate(const workflow::Expression& expression,
                                   const workflow::Scope& scope) override {
    gate_.pass();
    return real_->evaluate(expression, scope);
  }
  Result<workflow::Expression> compile(const std::string& text) override {
    return real_->compile(text);
  }

 private:
  Gate& gate_;
  std::unique_ptr<workflow::Expressions> real_ = workflow::make_expressions();
};

bool is_stuck(Engine& engine, const std::string& who, const std::string& job) {
  for (const StuckJob& stuck : engine.watchdog().stuck()) {
    if (stuck.who == who && stuck.job.find(job) != std::string::npos) return true;
  }
  return false;
}

template <class Predicate>
bool soon(Predicate is_so) {
  for (int i = 0; i < 30'000 && !is_so(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return is_so();
}

std::optional<Instant> stuck_since(Engine& engine, const std::string& path) {
  for (const ActorView& view : engine.tree()) {
    if (view.path == path) return view.stuck_since;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("every actor of the tree but the workflows is shown") {
  EngineFixture node;
  node.deploy(R"(
document: { dsl: '1.0.3', namespace: test, name: works, version: '1.0.0' }
do: [ { work: { call: work } } ]
)");
  REQUIRE(node.start("works", "a"));
  std::set<std::string> paths;
  const auto look = [&] {
    paths.clear();
    for (const ActorView& view : node.engine->tree()) paths.insert(view.path);
    return paths.contains("/root/queues/work");  // made for the first step
  };
  CHECK(soon(look));
  CHECK(paths == std::set<std::string>{"/root", "/root/broker", "/root/queues/work",
                                       "/root/schedules", "/root/shards/0", "/root/shards/1",
                                       "/root/timers"});
}

TEST_CASE("a queue whose consumer does not let go of it is reported, until it does") {
  Gate gate;
  EngineFixture node(impatient());
  node.deploy(R"(
document: { dsl: '1.0.3', namespace: test, name: works, version: '1.0.0' }
do: [ { work: { call: work } } ]
)");
  const auto consumer = node.engine->new_consumer();
  node.engine->attach(consumer, "work", "w", std::make_shared<GatedSink>(gate));
  node.engine->credit(consumer, "work", 1);
  REQUIRE(node.start("works", "a"));
  CHECK(soon([&] { return is_stuck(*node.engine, "/root/queues/work", "message"); }));
  CHECK(stuck_since(*node.engine, "/root/queues/work"));
  CHECK_FALSE(stuck_since(*node.engine, "/root/timers"));
  gate.open();
  CHECK(soon([&] { return !is_stuck(*node.engine, "/root/queues/work", ""); }));
  CHECK_FALSE(stuck_since(*node.engine, "/root/queues/work"));
}

TEST_CASE("a decision that does not end is reported with its workflow") {
  Gate gate;
  EngineFixture node(impatient(), std::make_unique<GatedExpressions>(gate));
  node.deploy(R"(
document: { dsl: '1.0.3', namespace: test, name: plain, version: '1.0.0' }
do: [ { say: { set: { said: "${ .word }" } } } ]
)");
  std::atomic<bool> answered{false};
  node.engine->start({{"test", "a"}, "plain", std::nullopt, workflow::Json{{"word", "x"}}},
                     [&](const Result<StartReceipt>&) { answered = true; });
  CHECK(soon([&] {
    return is_stuck(*node.engine, "scheduler", "the workflow number") ||
           is_stuck(*node.engine, "decider", "the workflow number");
  }));
  CHECK_FALSE(answered);
  gate.open();
  CHECK(soon([&] { return answered.load(); }));
  CHECK(node.end_of("a").phase == workflow::Phase::completed);
  CHECK(soon([&] { return node.engine->watchdog().stuck().empty(); }));
}
