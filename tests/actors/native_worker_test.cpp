// Native steps that misbehave: whatever they do, the step fails, its workflow says so, and the
// others go on.
#include "actors/native_worker.hpp"

#include <atomic>
#include <limits>
#include <mutex>

#include "persistence/codec.hpp"
#include "tests/actors/schedule_fixture.hpp"

using namespace endure;
using namespace endure::actors;
using endure::testing::EngineFixture;
using endure::testing::ScheduleFixture;
using endure::testing::small_engine;
using endure::testing::StoreKind;
using workflow::Json;
using workflow::Phase;
using workflow::Value;

namespace {

constexpr const char* one_step = R"(
document: { dsl: '1.0.3', namespace: test, name: one-step, version: '1.0.0' }
do:
  - work:
      call: work
      with: { of: "${ .of }" }
      metadata: { lease: PT0.2S, maxAttempts: 2, backoff: PT0.001S }
)";

constexpr const char* patient_step = R"(
document: { dsl: '1.0.3', namespace: test, name: patient, version: '1.0.0' }
do:
  - work: { call: work, metadata: { lease: PT10M } }
)";

EngineConfig impatient(std::uint32_t most_stuck) {
  EngineConfig config = small_engine();
  config.stuck_after_ms = 100;
  config.most_stuck_threads = most_stuck;
  return config;
}

// Steps of the workflows named here loop until they are let go, as code with a bug does. Copies are
// one: a thread that loops may outlive its test.
class Loops {
 public:
  void let_go() { state_->going = false; }
  int running() const { return state_->running; }
  Result<Value> operator()(const LeasedStep& step, const Value&) {
    if (step.name.id.find("loops") == std::string::npos) return Value(Json{{"done", true}});
    const auto state = state_;
    ++state->running;
    while (state->going) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --state->running;
    return Value(Json{{"done", "too late"}});
  }

 private:
  struct State {
    std::atomic<bool> going{true};
    std::atomic<int> running{0};
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

template <class Predicate>
void soon(Predicate is_so) {
  for (int i = 0; i < 30'000 && !is_so(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  REQUIRE(is_so());
}

// A worker that keeps one step, and counts how often its queue finds the step overdue.
class Lookout final : public StepSink {
 public:
  void deliver(std::vector<LeasedStep> steps) override {
    const std::lock_guard lock(mutex_);
    step_ = steps.front();
  }
  void revoke(const StepToken&, const std::string&) override {}
  Overdue overdue(const StepToken&) override {
    ++looked_;
    return {Overdue::Step::begun, 11 * ScheduleFixture::minute};
  }
  bool has_step() {
    const std::lock_guard lock(mutex_);
    return step_.has_value();
  }
  LeasedStep step() {
    const std::lock_guard lock(mutex_);
    return step_.value();
  }
  int looked() const { return looked_; }

 private:
  std::mutex mutex_;
  std::optional<LeasedStep> step_;
  std::atomic<int> looked_{0};
};

struct Node : EngineFixture {
  explicit Node(EngineConfig config = small_engine()) : EngineFixture(std::move(config)) {
    deploy(one_step);
  }

  void begin(const std::string& id) { REQUIRE(start("one-step", id, {{"of", id}})); }
  void work(std::uint32_t threads, Engine::NativeStep step) {
    engine->add_native_worker("work", threads, std::move(step));
  }
  workflow::Snapshot suspended(const std::string& id) {
    return until(id, [](const auto& s) { return s.phase == Phase::suspended; });
  }
  std::string last_fault(const std::string& id) {
    const auto dead = store->dead_steps("work", std::nullopt, 100);
    REQUIRE(dead);
    for (const auto& step : *dead) {
      if (step.name.id == id) return step.last_fault.detail;
    }
    FAIL("no step of " << id << " is a dead letter");
    return {};
  }

  // Its history is whole, and says this of its step.
  void lived(const std::string& id, std::size_t results) {
    const auto number = store->find_workflow({"test", id}).value().value();
    const auto page = store->history(number, 0, 1'000);
    REQUIRE(page);
    std::uint64_t transition = 0;
    std::size_t completed = 0;
    for (const auto& row : page->rows) {
      const auto record = persistence::decode_history(row.bytes);
      REQUIRE(record);
      CHECK(record->transition == ++transition);
      for (const auto& entry : record->entries) {
        completed += entry.kind == workflow::HistoryEntry::Kind::step_completed;
      }
    }
    CHECK(completed == results);
    CHECK(engine->show({"test", id})->summary.transition == transition);
  }

  bool is_stuck(const std::string& job) {
    for (const StuckJob& stuck : engine->watchdog().stuck()) {
      if (stuck.who == "native worker" && stuck.job.find(job) != std::string::npos) return true;
    }
    return false;
  }
};

}  // namespace

TEST_CASE("a native step that throws, whatever it throws, fails and is tried again") {
  Node node;
  node.work(1, [](const LeasedStep& step, const Value&) -> Result<Value> {
    if (step.name.id == "throws") throw std::runtime_error("it broke");
    if (step.name.id == "throws-a-number") throw 42;
    if (step.name.id == "throws-bytes") throw std::runtime_error("it broke: \xff\xfe");
    return Value(Json{{"done", true}});
  });
  for (const std::string id : {"throws", "throws-a-number", "throws-bytes", "sound"})
    node.begin(id);
  CHECK(node.end_of("sound").phase == Phase::completed);
  for (const std::string id : {"throws", "throws-a-number", "throws-bytes"}) {
    INFO(id);
    CHECK_FALSE(node.suspended(id).cause.empty());
    node.lived(id, 0);
  }
  CHECK(node.last_fault("throws") == "it broke");
  CHECK(node.last_fault("throws-a-number") == "an exception that is no std::exception");
  CHECK(node.last_fault("throws-bytes") == "it broke: \xef\xbf\xbd\xef\xbf\xbd");
  node.lived("sound", 1);
}

TEST_CASE("a native step that returns garbage fails, and says what") {
  Json deep = 1;
  for (int i = 0; i < 1'000; ++i) deep = Json::array({std::move(deep)});
  const std::map<std::string, std::pair<Json, std::string>> garbage = {
      {"text", {Json("\xff\xfe"), "a text that is not UTF-8"}},
      {"name", {Json{{"a\xff", 1}}, "a name that is not UTF-8"}},
      {"infinite", {Json{{"x", std::numeric_limits<double>::infinity()}}, "not finite"}},
      {"binary", {Json::array({Json::binary({1, 2, 3})}), "binary data"}},
      {"nothing", {Json(Json::value_t::discarded), "a value that is none"}},
      {"deep", {std::move(deep), "nested too deeply"}},
  };
  Node node;
  node.work(1, [&garbage](const LeasedStep& step, const Value&) -> Result<Value> {
    const auto found = garbage.find(step.name.id);
    return found == garbage.end() ? Value(Json{{"done", true}}) : Value(found->second.first);
  });
  for (const auto& [id, result] : garbage) node.begin(id);
  node.begin("sound");
  CHECK(node.end_of("sound").phase == Phase::completed);
  for (const auto& [id, result] : garbage) {
    INFO(id);
    const auto snapshot = node.end_of(id);
    CHECK(snapshot.phase == Phase::faulted);
    CHECK(snapshot.cause.find(result.second) != std::string::npos);
    node.lived(id, 0);
  }
}

TEST_CASE("native steps that leak do not change what their workflows say") {
  static std::mutex mutex;
  static std::vector<std::string> leaked;  // still reachable: nobody frees it
  Node node;
  node.work(2, [](const LeasedStep&, const Value&) -> Result<Value> {
    const std::lock_guard lock(mutex);
    leaked.emplace_back(1U << 20U, 'x');
    return Value(Json{{"leaked", leaked.size()}});
  });
  for (int i = 0; i < 32; ++i) node.begin("leaks-" + std::to_string(i));
  for (int i = 0; i < 32; ++i) {
    const auto id = "leaks-" + std::to_string(i);
    CHECK(node.end_of(id).phase == Phase::completed);
    node.lived(id, 1);
  }
  leaked.clear();
}

TEST_CASE("a native step that loops fails at its lease; its thread is replaced and reported") {
  Loops loops;
  Node node(impatient(4));
  node.begin("loops");
  node.work(1, loops);
  soon([&] { return loops.running() == 1; });
  node.begin("sound");
  CHECK(node.end_of("sound").phase == Phase::completed);  // on another thread
  CHECK(node.suspended("loops").cause.find("work") != std::string::npos);
  CHECK(node.last_fault("loops").find("lease") != std::string::npos);
  CHECK(loops.running() == 2);  // one for each attempt
  soon([&] { return node.is_stuck("step /do/0/work of test/loops on the queue work"); });
  CHECK(node.engine->watchdog().reports() >= 1);

  loops.let_go();
  soon([&] { return loops.running() == 0; });
  soon([&] { return !node.is_stuck("loops"); });
  node.lived("loops", 0);  // what came too late counts for nothing
  node.begin("afterwards");
  CHECK(node.end_of("afterwards").phase == Phase::completed);
}

TEST_CASE(
    "a native worker whose threads are all stuck takes no more steps, and spends no attempts") {
  Loops loops;
  Node node(impatient(1));
  node.begin("loops");
  node.work(1, loops);  // and one thread more, for the second attempt
  node.suspended("loops");
  soon([&] {
    const auto view =
        node.wait_for<QueueView>([&](auto reply) { node.engine->queue("work", std::move(reply)); });
    return view && view->consumers == 0;
  });
  for (const std::string id : {"one", "two"}) node.begin(id);
  soon([&] { return node.store->queue_counts("work").ready == 2; });
  loops.let_go();
  for (const std::string id : {"one", "two"}) {
    CHECK(node.end_of(id).phase == Phase::completed);
    node.lived(id, 1);
  }
}

TEST_CASE("a native step that loops does not keep the node from stopping") {
  Loops loops;
  Node node(impatient(0));
  node.begin("loops");
  node.work(1, loops);
  soon([&] { return loops.running() == 1; });
  node.restart();  // its lease is over by then
  CHECK(loops.running() == 1);
  loops.let_go();
  soon([&] { return loops.running() == 0; });
  node.work(1, [](const LeasedStep&, const Value&) { return Result<Value>(Json{{"done", true}}); });
  CHECK(node.end_of("loops").phase == Phase::completed);
  node.lived("loops", 1);
}

TEST_CASE("a step that is taken back before it was begun gives its place to another") {
  std::atomic<bool> gate{false};
  Node node;
  node.deploy(patient_step);
  node.work(1, [&gate](const LeasedStep& step, const Value&) -> Result<Value> {
    while (step.name.id == "first" && !gate) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return Value(Json{{"done", true}});
  });
  // More than the worker takes at a time, and all but the last are given up while they lie with it.
  constexpr int many = 400;
  REQUIRE(node.start("patient", "first"));
  for (int i = 0; i < many; ++i) {
    REQUIRE(node.start("patient", "given-up-" + std::to_string(i)));
  }
  REQUIRE(node.start("patient", "last"));
  for (int i = 0; i < many; ++i) {
    REQUIRE(node.control("given-up-" + std::to_string(i), Verb::terminate));
  }
  gate = true;
  CHECK(node.end_of("last").phase == Phase::completed);
}

TEST_CASE("a native step's lease begins when its thread begins it, not when it was handed out") {
  // The queue's clock runs past leases; the worker's own hardly moves.
  ScheduleFixture node(StoreKind::lmdb);
  node.deploy(patient_step);
  std::atomic<bool> gate{false};
  std::atomic<int> begun{0};
  node.engine->add_native_worker("work", 1, [&](const LeasedStep&, const Value&) -> Result<Value> {
    ++begun;
    while (!gate) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return Value(Json{{"done", true}});
  });
  const auto start = [&node](const std::string& id) {
    REQUIRE(node.wait_for<StartReceipt>([&](auto reply) {
      node.engine->start(
          {{"test", id}, "patient", std::nullopt, Json::object(), OnConflict::reject},
          std::move(reply));
    }));
  };
  start("begun");
  soon([&] { return begun == 1; });

  // Of the next two one lies behind the first, and one tells when the queue has looked.
  const auto lookout = std::make_shared<Lookout>();
  const auto consumer = node.engine->new_consumer();
  node.engine->attach(consumer, "work", "lookout", lookout);
  node.engine->credit(consumer, "work", 1);
  start("second");
  start("third");
  soon([&] { return lookout->has_step(); });
  for (int round = 1; round <= 3; ++round) {
    node.clock.advance_ms(11 * ScheduleFixture::minute);
    soon([&] { return lookout->looked() >= round; });
  }
  gate = true;
  const auto step = lookout->step();
  REQUIRE(node.wait_for<void>([&](auto reply) {
    node.engine->complete(consumer, step.token, Json{{"done", true}}, std::move(reply));
  }));
  for (const std::string id : {"begun", "second", "third"}) {
    CHECK(node.ended(id).phase == Phase::completed);
  }
  CHECK(begun == 2);  // each of its steps once
  const auto view =
      node.wait_for<QueueView>([&](auto reply) { node.engine->queue("work", std::move(reply)); });
  REQUIRE(view);
  CHECK(view->redelivered == 0);
}
