// The specification's own examples of schedules, run: a worker stands in for the services that they
// call. They lie outside this repository; without them the tests say so and pass.
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "tests/actors/schedule_fixture.hpp"

using namespace endure;
using endure::testing::ScheduleFixture;
using endure::testing::StoreKind;
using workflow::Json;
using workflow::Phase;

namespace {

namespace fs = std::filesystem;

std::optional<std::string> example(const std::string& name) {
  for (fs::path at = fs::current_path(); at != at.root_path(); at = at.parent_path()) {
    if (!fs::exists(at / "CMakePresets.json")) continue;
    std::ifstream file(at.parent_path() / "shared/open-workflow/examples" / (name + ".yaml"));
    std::ostringstream text;
    text << file.rdbuf();
    if (file) return text.str();
  }
  WARN("skipped: there is no ../shared/open-workflow/ beside the project");
  return std::nullopt;
}

// Answers every call over HTTP, and keeps what was asked.
struct StandIn {
  std::mutex mutex;
  std::vector<Json> requests;

  void serve(actors::Engine& engine) {
    engine.add_native_worker("endure.http", 1,
                             [this](const actors::LeasedStep&, const workflow::Value& arguments) {
                               const std::lock_guard lock(mutex);
                               requests.push_back(arguments.json());
                               return Result<workflow::Value>(Json{{"ok", true}});
                             });
  }
  std::string only_request() {
    const std::lock_guard lock(mutex);
    REQUIRE(requests.size() == 1);
    return requests[0].dump();
  }
};

// The one workflow of the namespace `examples`, when it has completed.
workflow::Snapshot only_run(ScheduleFixture& node) {
  std::optional<WorkflowName> name;
  for (int i = 0; i < 10'000 && !name; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto page = node.store->list_workflows({}, {}, 10);
    REQUIRE(page);
    if (!page->rows.empty()) name = page->rows[0].name;
  }
  REQUIRE(name);
  const auto view = node.wait_for<actors::WorkflowView>(
      [&](auto reply) { node.engine->await_end(*name, 1'000'000'000'000, std::move(reply)); });
  REQUIRE(view);
  return view->snapshot;
}

}  // namespace

TEST_CASE("the example with a cron runs at midnight", "[schedule]") {
  const auto source = example("schedule-cron");
  if (!source) return;
  StandIn service;
  ScheduleFixture node(StoreKind::memory);
  service.serve(*node.engine);
  node.deploy(*source);
  node.clock.advance_ms(2 * ScheduleFixture::hour);
  const auto run = only_run(node);
  CHECK(run.name == WorkflowName{"examples", "cron-schedule-2023-11-15T00:00:00.000Z"});
  CHECK(run.phase == Phase::completed);
  CHECK_THAT(service.only_request(), Catch::Contains("https://example.com/api/v1/backup/start"));
  node.engine.reset();
}

TEST_CASE("the example with an event runs for each one that fits", "[schedule]") {
  const auto source = example("schedule-event-driven");
  if (!source) return;
  StandIn service;
  ScheduleFixture node(StoreKind::memory);
  service.serve(*node.engine);
  node.deploy(*source);
  const Json patient = {
      {"id", "p-7"}, {"name", "Ann"}, {"room", {{"number", 12}}}, {"vitals", {{"bpm", 31}}}};
  node.publish(node.event("com.example.hospital.events.patients.heartbeat.high", "1", Json()));
  node.publish(node.event("com.example.hospital.events.patients.heartbeat.low", "2",
                          {{"data", {{"patient", patient}, {"timestamp", "now"}}}}));
  const auto run = only_run(node);
  CHECK(run.phase == Phase::completed);
  CHECK(run.input->at(0).at("data").at("patient") == patient);
  CHECK_THAT(service.only_request(), Catch::Contains("\"p-7\"") && Catch::Contains("31"));
  node.engine.reset();
}
