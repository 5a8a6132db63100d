// An engine with a clock that the test moves, over a store in memory or a volume in a folder.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "tests/actors/engine_fixture.hpp"

namespace endure::testing {

enum class StoreKind { memory, lmdb };

class ScheduleFixture {
 public:
  static constexpr std::int64_t second = 1'000;
  static constexpr std::int64_t minute = 60 * second;
  static constexpr std::int64_t hour = 60 * minute;

  explicit ScheduleFixture(StoreKind kind, actors::EngineConfig config = small_engine())
      : kind_(kind), config_(config) {
    open();
  }
  ~ScheduleFixture() { engine.reset(); }

  // Ends the engine and begins again on the same volume. `meanwhile_ms`: how long it was down.
  void restart(std::int64_t meanwhile_ms = 0) {
    engine.reset();
    clock.advance_ms(meanwhile_ms);
    if (kind_ == StoreKind::lmdb) store.reset();
    open();
  }

  template <class T, class Call>
  Result<T> wait_for(Call&& call) {
    auto promise = std::make_shared<std::promise<Result<T>>>();
    auto future = promise->get_future();
    call([promise](Result<T> result) { promise->set_value(std::move(result)); });
    REQUIRE(future.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
    return future.get();
  }

  // A definition `job` that is started by `schedule` and runs `tasks`.
  static std::string job(const std::string& schedule, const std::string& tasks,
                         const std::string& version = "1.0.0", const std::string& metadata = {}) {
    return "document: { dsl: '1.0.3', namespace: test, name: job, version: '" + version + "'" +
           (metadata.empty() ? "" : ", metadata: " + metadata) + " }\n" +
           (schedule.empty() ? "" : "schedule: " + schedule + "\n") + "do:\n" + tasks;
  }
  static std::string quick() { return "  - x: { set: { done: true } }\n"; }
  // Runs until it is sent an event.
  static std::string until_told() {
    return "  - x: { listen: { to: { one: { with: { type: go } } } } }\n";
  }

  void deploy(const std::string& source) {
    const auto deployed = wait_for<std::shared_ptr<const workflow::Definition>>([&](auto reply) {
      engine->deploy(workflow::SourceFormat::yaml, source, std::move(reply));
    });
    INFO((deployed ? "" : deployed.error().what));
    REQUIRE(deployed);
  }

  Result<actors::ScheduleView> schedule(const std::string& name = "job") {
    return wait_for<actors::ScheduleView>(
        [&](auto reply) { engine->schedule("test", name, std::move(reply)); });
  }
  Result<void> control(actors::ScheduleVerb verb, const std::string& name = "job") {
    return wait_for<void>(
        [&](auto reply) { engine->control_schedule("test", name, verb, std::move(reply)); });
  }
  Result<actors::StartReceipt> trigger(std::optional<std::string> id = {},
                                       workflow::Json input = workflow::Json::object()) {
    return wait_for<actors::StartReceipt>([&](auto reply) {
      engine->trigger_schedule({"test", "job", std::move(id), std::move(input)}, std::move(reply));
    });
  }
  void publish(workflow::Json event) {
    REQUIRE(wait_for<actors::PublishReceipt>(
        [&](auto reply) { engine->publish(std::move(event), std::move(reply)); }));
  }
  static workflow::Json event(const std::string& type, const std::string& id,
                              workflow::Json data = nullptr) {
    return {{"specversion", "1.0"}, {"type", type}, {"source", "test"}, {"id", id}, {"data", data}};
  }
  void tell(const std::string& id) {
    REQUIRE(wait_for<actors::SendReceipt>([&](auto reply) {
      engine->send({"test", id}, event("go", "go-" + id), std::move(reply));
    }));
  }

  // Looks until the schedule shows what `is_so` asks for. Looking makes the schedule look, too.
  template <class Predicate>
  actors::ScheduleView until(Predicate is_so) {
    std::string last;
    for (int i = 0; i < 10'000; ++i) {
      const auto view = schedule();
      REQUIRE(view);
      if (is_so(*view)) return *view;
      last = "started " + std::to_string(view->row.started) + ", skipped " +
             std::to_string(view->row.skipped) + ", missed " + std::to_string(view->row.missed) +
             ", error '" + view->error + "'";
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    FAIL("the schedule never came to what the test waits for: " << last);
    return {};
  }
  actors::ScheduleView until_started(std::uint64_t runs) {
    return until([runs](const auto& view) { return view.row.started == runs; });
  }
  // Nothing more comes, however often it looks.
  void stays_at(std::uint64_t runs) {
    for (int i = 0; i < 20; ++i) {
      const auto view = schedule();
      REQUIRE(view);
      CHECK(view->row.started == runs);
    }
  }
  std::vector<std::string> ids() {
    std::vector<std::string> found;
    const auto page = store->list_workflows({}, {}, 1'000);
    REQUIRE(page);
    for (const auto& row : page->rows) found.insert(found.begin(), row.name.id);
    return found;
  }
  workflow::Snapshot ended(const std::string& id) {
    auto view = wait_for<actors::WorkflowView>([&](auto reply) {
      engine->await_end({"test", id}, 1'000'000'000'000, std::move(reply));
    });
    INFO("workflow " << id << ": " << (view ? "" : view.error().what));
    REQUIRE(view);
    return view->snapshot;
  }
  std::string id_at(Instant due) const { return "job-" + to_rfc3339(due); }

  ManualClock clock{Instant{1'700'000'000'000}};
  const Instant begun{1'700'000'000'000};
  std::unique_ptr<workflow::Expressions> expressions = workflow::make_expressions();
  std::unique_ptr<persistence::Store> store;
  std::unique_ptr<actors::Engine> engine;

 private:
  void open() {
    if (kind_ == StoreKind::memory) {
      if (!store) store = persistence::make_memory_store();
    } else {
      auto opened = persistence::open_lmdb_store({.folder = folder_.path()});
      REQUIRE(opened);
      store = std::move(*opened);
    }
    auto made = actors::make_engine(config_, *store, clock, *expressions,
                                    [](const Error& error) { FAIL("fatal: " << error.what); });
    REQUIRE(made);
    engine = std::move(*made);
  }

  const StoreKind kind_;
  actors::EngineConfig config_;
  TemporaryFolder folder_;
};

inline StoreKind each_store() {
  return GENERATE(StoreKind::memory, StoreKind::lmdb);
}

}  // namespace endure::testing
