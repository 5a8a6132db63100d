// A whole engine over a volume in a temporary folder, for tests: calls wait for their reply.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "actors/engine.hpp"
#include "base/clock.hpp"
#include "persistence/lmdb/lmdb_store.hpp"
#include "persistence/store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "workflow/expressions.hpp"

// A failed REQUIRE of a Result says what the error was.
namespace Catch {
template <class T>
struct StringMaker<endure::Result<T>> {
  static std::string convert(const endure::Result<T>& result) {
    if (result) return "a value";
    return std::string(to_string(result.error().code)) + ": " + result.error().what + " [" +
           result.error().where + "]";
  }
};
}  // namespace Catch

namespace endure::testing {

inline actors::EngineConfig small_engine() {
  actors::EngineConfig config;
  config.shards = 2;
  config.restart_backoff_ms = 1;
  config.default_backoff_ms = 1;
  return config;
}

class EngineFixture {
 public:
  explicit EngineFixture(
      actors::EngineConfig config = small_engine(),
      std::unique_ptr<workflow::Expressions> evaluator = workflow::make_expressions())
      : expressions(std::move(evaluator)), config_(std::move(config)) {
    open();
  }
  virtual ~EngineFixture() { engine.reset(); }

  // Ends the engine and begins again on the same volume, as a restart of the node does.
  // `meanwhile(folder)`: while nobody has it open.
  void restart(const std::function<void(const std::string&)>& meanwhile = {}) {
    engine.reset();
    store.reset();
    if (meanwhile) meanwhile(folder_.path());
    open();
  }

  // Calls, and waits for the reply; fails the test when none comes.
  template <class T, class Call>
  Result<T> wait_for(Call&& call) {
    auto promise = std::make_shared<std::promise<Result<T>>>();
    auto future = promise->get_future();
    call([promise](Result<T> result) { promise->set_value(std::move(result)); });
    REQUIRE(future.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
    return future.get();
  }

  void deploy(const std::string& source) {
    const auto deployed = wait_for<std::shared_ptr<const workflow::Definition>>([&](auto reply) {
      engine->deploy(workflow::SourceFormat::yaml, source, std::move(reply));
    });
    INFO((deployed ? "" : deployed.error().what));
    REQUIRE(deployed);
  }

  Result<actors::StartReceipt> start(const std::string& definition, const std::string& id,
                                     workflow::Json input = workflow::Json::object(),
                                     actors::OnConflict on_conflict = actors::OnConflict::reject) {
    return wait_for<actors::StartReceipt>([&](auto reply) {
      engine->start({{"test", id}, definition, std::nullopt, std::move(input), on_conflict},
                    std::move(reply));
    });
  }

  workflow::Snapshot end_of(const std::string& id) {
    auto view = wait_for<actors::WorkflowView>([&](auto reply) {
      engine->await_end({"test", id}, 20'000, std::move(reply));
    });
    INFO("workflow " << id << ": " << (view ? "" : view.error().what));
    REQUIRE(view);
    return view->snapshot;
  }

  Result<actors::SendReceipt> send(const std::string& id, workflow::Json event) {
    return wait_for<actors::SendReceipt>([&](auto reply) {
      engine->send({"test", id}, std::move(event), std::move(reply));
    });
  }

  actors::PublishReceipt publish(workflow::Json event) {
    const auto receipt = wait_for<actors::PublishReceipt>(
        [&](auto reply) { engine->publish(std::move(event), std::move(reply)); });
    REQUIRE(receipt);
    return *receipt;
  }

  Result<persistence::WorkflowSummary> control(const std::string& id, actors::Verb verb) {
    return wait_for<persistence::WorkflowSummary>([&](auto reply) {
      engine->control({"test", id}, verb, "by the test", std::move(reply));
    });
  }

  // Looks until the workflow shows what `is_so` asks for.
  template <class Predicate>
  workflow::Snapshot until(const std::string& id, Predicate is_so) {
    for (int i = 0; i < 20'000; ++i) {
      auto view = engine->show({"test", id});
      if (view && is_so(view->snapshot)) return view->snapshot;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    FAIL("workflow " << id << " never came to the state that the test waits for");
    return {};
  }

  std::unique_ptr<persistence::Store> store;
  std::unique_ptr<workflow::Expressions> expressions;
  SystemClock clock;
  std::unique_ptr<actors::Engine> engine;

 private:
  void open() {
    persistence::LmdbConfig volume;
    volume.folder = folder_.path();
    auto opened = persistence::open_lmdb_store(volume);
    REQUIRE(opened);
    store = std::move(*opened);
    auto made = actors::make_engine(config_, *store, clock, *expressions,
                                    [](const Error& error) { FAIL("fatal: " << error.what); });
    REQUIRE(made);
    engine = std::move(*made);
  }

  actors::EngineConfig config_;
  TemporaryFolder folder_;
};

}  // namespace endure::testing
