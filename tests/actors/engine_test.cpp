#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

#include "persistence/codec.hpp"
#include "tests/actors/engine_fixture.hpp"

using namespace endure;
using namespace endure::actors;
using endure::testing::EngineFixture;
using endure::testing::small_engine;
using workflow::Json;
using workflow::Phase;

namespace {

constexpr const char* two_steps = R"(
document: { dsl: '1.0.3', namespace: test, name: two-steps, version: '1.0.0' }
do:
  - first: { call: first, with: { n: "${ .n }" } }
  - second: { call: second, with: { n: "${ .n }" } }
)";

constexpr const char* one_step = R"(
document: { dsl: '1.0.3', namespace: test, name: one-step, version: '1.0.0' }
do:
  - work:
      call: work
      with: { n: "${ .n }" }
      metadata: { maxAttempts: 3, backoff: PT0.001S }
)";

constexpr const char* approval = R"(
document: { dsl: '1.0.3', namespace: test, name: approval, version: '1.0.0' }
do:
  - review:
      metadata: { status: WAITING_FOR_REVIEW }
      listen: { to: { one: { with: { type: review.decided } } } }
  - finish:
      metadata: { status: DECIDED }
      set: { decision: "${ .[0].decision }" }
)";

Json decision(const std::string& text) {
  return {
      {"type", "review.decided"}, {"source", "test"}, {"id", text}, {"data", {{"decision", text}}}};
}

// Every record of a workflow's history, checked for gaps.
std::vector<persistence::HistoryRecord> history_of(EngineFixture& node, WorkflowNumber number) {
  const auto page = node.store->history(number, 0, 10'000);
  REQUIRE(page);
  std::vector<persistence::HistoryRecord> records;
  for (const auto& row : page->rows) {
    const auto record = persistence::decode_history(row.bytes);
    REQUIRE(record);
    CHECK(record->transition == records.size() + 1);
    records.push_back(*record);
  }
  return records;
}

// Takes steps and answers them when the test says so.
struct HeldSteps final : StepSink {
  void deliver(std::vector<LeasedStep> steps) override {
    const std::lock_guard lock(mutex);
    for (auto& step : steps) held.push_back(std::move(step));
  }
  void revoke(const StepToken& token, const std::string&) override {
    const std::lock_guard lock(mutex);
    revoked.push_back(token);
  }
  LeasedStep next() {
    for (int i = 0; i < 20'000; ++i) {
      {
        const std::lock_guard lock(mutex);
        if (!held.empty()) {
          LeasedStep step = held.front();
          held.erase(held.begin());
          return step;
        }
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    FAIL("no step was handed out");
    return {};
  }
  std::mutex mutex;
  std::vector<LeasedStep> held;
  std::vector<StepToken> revoked;
};

Result<void> complete(EngineFixture& node, ConsumerId consumer, const StepToken& token,
                      Json result) {
  return node.wait_for<void>([&](auto reply) {
    node.engine->complete(consumer, token, std::move(result), std::move(reply));
  });
}

}  // namespace

TEST_CASE("a workflow runs through its steps and keeps a history without gaps") {
  EngineFixture node;
  node.deploy(two_steps);
  for (const char* queue : {"first", "second"}) {
    node.engine->add_native_worker(queue, 1, [](const LeasedStep&, const workflow::Value& in) {
      Json out = *in;
      out["n"] = out["n"].get<int>() + 1;
      return Result<workflow::Value>(out);
    });
  }
  const auto receipt = node.start("two-steps", "a", {{"n", 1}});
  REQUIRE(receipt);
  const auto snapshot = node.end_of("a");
  CHECK(snapshot.phase == Phase::completed);
  CHECK(snapshot.output.json() == Json{{"n", 3}});
  const auto history = history_of(node, receipt->workflow.number);
  REQUIRE(history.size() == 3);
  CHECK(history[0].event == "started");
  CHECK(history[1].event == "step_completed");
  CHECK(history[2].phase == Phase::completed);
}

TEST_CASE("a second start of the same id is refused, or returns the first") {
  EngineFixture node;
  node.deploy(approval);
  const auto first = node.start("approval", "a");
  REQUIRE(first);
  const auto second = node.start("approval", "a");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::conflict);
  const auto same = node.start("approval", "a", Json::object(), OnConflict::return_existing);
  REQUIRE(same);
  CHECK(same->existed);
  CHECK(same->workflow.number == first->workflow.number);
}

TEST_CASE("of many simultaneous starts of one id exactly one creates the workflow") {
  EngineFixture node;
  node.deploy(approval);
  constexpr int starts = 64;
  std::atomic<int> created{0};
  std::atomic<int> existed{0};
  std::atomic<int> answers{0};
  for (int i = 0; i < starts; ++i) {
    node.engine->start(
        {{"test", "a"}, "approval", std::nullopt, Json::object(), OnConflict::return_existing},
        [&](Result<StartReceipt> receipt) {
          if (receipt) ++(receipt->existed ? existed : created);
          ++answers;
        });
  }
  while (answers < starts) std::this_thread::yield();
  CHECK(created == 1);
  CHECK(existed == starts - 1);
}

TEST_CASE("an unknown definition, namespace or version is refused and starts nothing") {
  EngineFixture node;
  node.deploy(approval);
  CHECK(node.start("nope", "a").error().code == Code::not_found);
  CHECK(node.start("approval", "bad id").error().code == Code::invalid);
  CHECK_FALSE(node.engine->show({"test", "a"}));
}

TEST_CASE("a person's decision ends the wait, also when the node restarted meanwhile") {
  EngineFixture node;
  node.deploy(approval);
  REQUIRE(node.start("approval", "a"));
  CHECK(node.until("a", [](const auto& s) { return s.phase == Phase::waiting; }).status ==
        "WAITING_FOR_REVIEW");
  node.restart();
  REQUIRE(node.send("a", decision("approved")));
  const auto snapshot = node.end_of("a");
  CHECK(snapshot.output->at("decision") == "approved");
  CHECK(snapshot.status == "DECIDED");
}

TEST_CASE("an event for every listener reaches each of them once, also over a restart") {
  EngineFixture node;
  node.deploy(approval);
  for (int i = 0; i < 50; ++i) REQUIRE(node.start("approval", "w" + std::to_string(i)));
  CHECK(node.publish(decision("yes")).listeners == 50);
  node.restart();
  for (int i = 0; i < 50; ++i) {
    const auto snapshot = node.end_of("w" + std::to_string(i));
    CHECK(snapshot.output->at("decision") == "yes");
    CHECK(history_of(node, snapshot.number).size() == 2);
  }
}

TEST_CASE("a step that fails for a while is retried and its attempts are counted") {
  EngineFixture node;
  node.deploy(one_step);
  std::atomic<int> calls{0};
  node.engine->add_native_worker("work", 1, [&](const LeasedStep&, const workflow::Value&) {
    if (++calls < 3) throw std::runtime_error("not yet");
    return Result<workflow::Value>(Json{{"done", true}});
  });
  REQUIRE(node.start("one-step", "a", {{"n", 1}}));
  const auto snapshot = node.end_of("a");
  CHECK(snapshot.phase == Phase::completed);
  CHECK(calls == 3);
  CHECK(history_of(node, snapshot.number).back().attempt == 3);
}

TEST_CASE("a step out of attempts is a dead letter, its workflow waits, and a redrive goes on") {
  EngineFixture node;
  node.deploy(one_step);
  std::atomic<bool> healthy{false};
  node.engine->add_native_worker("work", 1, [&](const LeasedStep&, const workflow::Value&) {
    if (!healthy) throw std::runtime_error("broken");
    return Result<workflow::Value>(Json{{"done", true}});
  });
  REQUIRE(node.start("one-step", "a", {{"n", 1}}));
  const auto suspended = node.until("a", [](const auto& s) { return s.phase == Phase::suspended; });
  CHECK_FALSE(suspended.cause.empty());
  const auto dead = node.store->dead_steps("work", std::nullopt, 10);
  REQUIRE(dead);
  REQUIRE(dead->size() == 1);
  CHECK(dead->front().last_fault.detail == "broken");
  CHECK(node.store->queue_counts("work").dead == 1);

  healthy = true;
  REQUIRE(node.wait_for<void>(
      [&](auto reply) { node.engine->redrive(dead->front().key, std::move(reply)); }));
  CHECK(node.end_of("a").phase == Phase::completed);
  CHECK(node.store->queue_counts("work") == persistence::QueueCounts{});
}

TEST_CASE("a stale token and a second answer change nothing") {
  EngineFixture node;
  node.deploy(one_step);
  const auto sink = std::make_shared<HeldSteps>();
  const ConsumerId consumer = node.engine->new_consumer();
  node.engine->attach(consumer, "work", "tester", sink);
  node.engine->credit(consumer, "work", 1);
  REQUIRE(node.start("one-step", "a", {{"n", 1}}));
  const LeasedStep step = sink->next();

  StepToken wrong = step.token;
  wrong.attempt = 7;
  CHECK(complete(node, consumer, wrong, {{"x", 1}}).error().code == Code::conflict);
  REQUIRE(complete(node, consumer, step.token, {{"x", 2}}));
  CHECK(complete(node, consumer, step.token, {{"x", 3}}).error().code == Code::conflict);
  CHECK(node.end_of("a").output.json() == Json{{"x", 2}});
}

TEST_CASE("a lost worker's step goes to another and counts an attempt; one handed back does not") {
  EngineFixture node;
  node.deploy(one_step);
  const auto first = std::make_shared<HeldSteps>();
  const ConsumerId lost = node.engine->new_consumer();
  node.engine->attach(lost, "work", "lost", first);
  node.engine->credit(lost, "work", 1);
  REQUIRE(node.start("one-step", "a", {{"n", 1}}));
  const LeasedStep step = first->next();
  node.engine->detach(lost, true);

  const auto second = std::make_shared<HeldSteps>();
  const ConsumerId other = node.engine->new_consumer();
  node.engine->attach(other, "work", "other", second);
  node.engine->credit(other, "work", 1);
  const LeasedStep again = second->next();
  CHECK(again.token.attempt == 2);
  CHECK(again.idempotency_key == step.idempotency_key);
  CHECK(complete(node, lost, step.token, {{"late", true}}).error().code == Code::conflict);

  node.engine->release(other, again.token);
  node.engine->credit(other, "work", 1);
  const LeasedStep third = second->next();
  CHECK(third.token.attempt == 2);
  REQUIRE(complete(node, other, third.token, {{"ok", true}}));
  CHECK(node.end_of("a").output.json() == Json{{"ok", true}});
}

TEST_CASE("a result from before a restart is accepted while nobody else holds the step") {
  EngineFixture node;
  node.deploy(one_step);
  const auto sink = std::make_shared<HeldSteps>();
  const ConsumerId before = node.engine->new_consumer();
  node.engine->attach(before, "work", "w", sink);
  node.engine->credit(before, "work", 1);
  REQUIRE(node.start("one-step", "a", {{"n", 1}}));
  const LeasedStep step = sink->next();
  node.restart();
  const ConsumerId after = node.engine->new_consumer();
  REQUIRE(complete(node, after, step.token, {{"kept", true}}));
  CHECK(node.end_of("a").output.json() == Json{{"kept", true}});
}

TEST_CASE("terminate works in every live phase and takes the steps away") {
  EngineFixture node;
  node.deploy(one_step);
  const auto sink = std::make_shared<HeldSteps>();
  const ConsumerId consumer = node.engine->new_consumer();
  node.engine->attach(consumer, "work", "w", sink);
  node.engine->credit(consumer, "work", 1);
  REQUIRE(node.start("one-step", "a", {{"n", 1}}));
  const LeasedStep step = sink->next();
  REQUIRE(node.control("a", Verb::terminate));
  CHECK(node.end_of("a").phase == Phase::cancelled);
  CHECK(complete(node, consumer, step.token, {{"x", 1}}).error().code == Code::conflict);
  CHECK(node.store->queue_counts("work") == persistence::QueueCounts{});
  CHECK(node.control("a", Verb::terminate).error().code == Code::conflict);
}

TEST_CASE("what arrives while a workflow is paused is kept and taken when it is resumed") {
  EngineFixture node;
  node.deploy(approval);
  REQUIRE(node.start("approval", "a"));
  REQUIRE(node.control("a", Verb::pause));
  CHECK(node.engine->show({"test", "a"})->summary.phase == Phase::suspended);
  REQUIRE(node.send("a", decision("later")));
  CHECK(node.engine->show({"test", "a"})->summary.phase == Phase::suspended);
  node.restart();
  REQUIRE(node.control("a", Verb::resume));
  CHECK(node.end_of("a").output->at("decision") == "later");
}

TEST_CASE("a timer fires once, also when the node was down when it became due") {
  EngineFixture node;
  node.deploy(R"(
document: { dsl: '1.0.3', namespace: test, name: nap, version: '1.0.0' }
do:
  - nap: { wait: { milliseconds: 50 } }
  - done: { set: { woke: true } }
)");
  REQUIRE(node.start("nap", "awake"));
  CHECK(node.end_of("awake").output.json() == Json{{"woke", true}});
  REQUIRE(node.start("nap", "asleep"));
  node.restart();
  const auto snapshot = node.end_of("asleep");
  CHECK(snapshot.output.json() == Json{{"woke", true}});
  CHECK(history_of(node, snapshot.number).size() == 2);
  CHECK(node.store->stats().timers == 0);
}

TEST_CASE("a paused queue keeps its steps on disk over a restart") {
  EngineFixture node;
  node.deploy(one_step);
  const auto pause = [&](bool paused) {
    return node.wait_for<void>(
        [&](auto reply) { node.engine->pause_queue("work", paused, std::move(reply)); });
  };
  REQUIRE(pause(true));
  REQUIRE(node.start("one-step", "a", {{"n", 1}}));
  node.restart();
  node.engine->add_native_worker("work", 1, [](const LeasedStep&, const workflow::Value&) {
    return Result<workflow::Value>(Json{{"done", true}});
  });
  const auto view =
      node.wait_for<QueueView>([&](auto reply) { node.engine->queue("work", std::move(reply)); });
  REQUIRE(view);
  CHECK(view->paused);
  CHECK(view->counts.ready == 1);
  CHECK(view->oldest.has_value());
  REQUIRE(pause(false));
  CHECK(node.end_of("a").phase == Phase::completed);
}

TEST_CASE("more steps than the window holds are all done, each once") {
  EngineConfig config = small_engine();
  config.queue_window = 16;
  EngineFixture node(config);
  node.deploy(two_steps);
  std::mutex mutex;
  std::map<std::string, int> times;
  for (const char* queue : {"first", "second"}) {
    node.engine->add_native_worker(queue, 2,
                                   [&](const LeasedStep& step, const workflow::Value& in) {
                                     const std::lock_guard lock(mutex);
                                     ++times[step.idempotency_key];
                                     return Result<workflow::Value>(in);
                                   });
  }
  constexpr int count = 500;
  std::atomic<int> started{0};
  for (int i = 0; i < count; ++i) {
    node.engine->start({{"test", "w" + std::to_string(i)},
                        "two-steps",
                        std::nullopt,
                        Json{{"n", i}},
                        OnConflict::reject},
                       [&](const Result<StartReceipt>& r) { started += r ? 1 : 0; });
  }
  for (int i = 0; i < count; ++i) {
    const std::string id = "w" + std::to_string(i);
    node.until(id, [](const auto& s) { return s.phase == Phase::completed; });
  }
  CHECK(started == count);
  std::map<std::string, int> done;
  {
    const std::lock_guard lock(mutex);
    done.swap(times);
  }
  CHECK(done.size() == 2 * count);
  for (const auto& [key, n] : done) CHECK(n == 1);
}

TEST_CASE("a definition with functions from elsewhere is the same after a restart") {
  const std::string uri = "https://f.test/step.yaml";
  const std::string text =
      "document: {dsl: '1.0.3', namespace: test, name: fetched, version: '1.0.0'}\n"
      "do:\n- a: {call: '" +
      uri + "'}\n";
  EngineFixture node;
  const auto deploy = [&](workflow::ResolvedResources resources) {
    return node.wait_for<std::shared_ptr<const workflow::Definition>>([&](auto reply) {
      node.engine->deploy(workflow::SourceFormat::yaml, {text, std::move(resources)},
                          std::move(reply));
    });
  };
  CHECK(deploy({}).error().code == Code::invalid);
  REQUIRE(deploy({{uri, "call: first\n"}}));
  node.restart();
  const auto stored = node.engine->definition("test", "fetched", std::nullopt);
  REQUIRE(stored);
  CHECK((*stored)->queues == std::vector<std::string>{"first"});
  node.restart();
  // The same text again, while another function stands at the address: nothing changes.
  const auto again = deploy({{uri, "call: second\n"}});
  REQUIRE(again);
  CHECK((*again)->queues == std::vector<std::string>{"first"});
  node.engine->add_native_worker("first", 1, [](const LeasedStep&, const workflow::Value&) {
    return Result<workflow::Value>(Json{{"done", true}});
  });
  REQUIRE(node.start("fetched", "a"));
  CHECK(node.end_of("a").output.json() == Json({{"done", true}}));
}

TEST_CASE("a workflow is within an extension when its node restarts") {
  EngineFixture node;
  node.deploy(
      "document: {dsl: '1.0.3', namespace: test, name: extended, version: '1.0.0'}\n"
      "use:\n  extensions:\n  - around:\n      extend: call\n"
      "      before: [{b: {call: before, with: {of: '${ $task.reference }'}}}]\n"
      "      after: [{a: {call: after, with: {got: '${ $task.output }'}}}]\n"
      "do:\n- work: {call: work}\n");
  REQUIRE(node.start("extended", "a"));
  std::vector<std::string> seen;
  for (const char* queue : {"before", "work", "after"}) {
    node.until("a", [&](const auto& snapshot) {
      return snapshot.steps.size() == 1 && snapshot.steps[0].queue == queue;
    });
    node.restart();
    std::atomic<bool> done{false};
    node.engine->add_native_worker(queue, 1,
                                   [&, queue](const LeasedStep&, const workflow::Value& in) {
                                     if (!done.exchange(true)) seen.push_back(queue + in->dump());
                                     return Result<workflow::Value>(Json{{"from", queue}});
                                   });
    node.until("a", [&](const auto& snapshot) {
      return snapshot.steps.empty() || snapshot.steps[0].queue != queue;
    });
  }
  const auto end = node.end_of("a");
  CHECK(end.phase == Phase::completed);
  CHECK(end.output.json() == Json({{"from", "work"}}));
  CHECK(seen == std::vector<std::string>{R"(before{"of":"/do/0/work"})", "work{}",
                                         R"(after{"got":{"from":"work"}})"});
}
