// Schedules, whole: definitions that start by time, after themselves and by events; restarts.
#include <set>

#include "tests/actors/schedule_fixture.hpp"

using namespace endure;
using endure::testing::each_store;
using endure::testing::ScheduleFixture;
using endure::testing::small_engine;
using endure::testing::StoreKind;
using workflow::Json;
using workflow::Phase;
using Verb = actors::ScheduleVerb;

namespace {

using Ids = std::vector<std::string>;
constexpr std::int64_t minute = ScheduleFixture::minute;

std::string policies(const std::string& text) {
  return "{ schedule: { " + text + " } }";
}

}  // namespace

TEST_CASE("every starts a workflow at each interval, named by its time", "[schedule]") {
  ScheduleFixture node(each_store());
  node.deploy(node.job("{ every: PT10M }", node.quick()));
  const auto view = node.schedule().value();
  CHECK(view.kind == "every");
  CHECK(view.text == "PT10M");
  CHECK(view.row.due == node.begun + 10 * minute);
  CHECK(view.upcoming.at(1) == node.begun + 20 * minute);
  node.stays_at(0);
  node.clock.advance_ms(10 * minute);
  node.until_started(1);
  node.clock.advance_ms(10 * minute);
  node.until_started(2);
  CHECK(node.ids() ==
        Ids{node.id_at(node.begun + 10 * minute), node.id_at(node.begun + 20 * minute)});
  CHECK(node.ended(node.id_at(node.begun + 10 * minute)).phase == Phase::completed);
  CHECK(node.ended(node.id_at(node.begun + 10 * minute)).input == Json::object());
  CHECK(node.engine->stats().schedules.runs == 2);
}

TEST_CASE("a tick of its own starts what is due: nobody has to look", "[schedule]") {
  ScheduleFixture node(StoreKind::memory);
  node.deploy(node.job("{ every: PT1M }", node.quick()));
  node.clock.advance_ms(minute);
  for (int i = 0; i < 10'000 && node.ids().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(node.ended(node.id_at(node.begun + minute)).phase == Phase::completed);
}

TEST_CASE("a cron comes in the zone of its definition, or of the node", "[schedule]") {
  auto config = small_engine();
  config.schedule_time_zone = "Asia/Kolkata";
  ScheduleFixture node(StoreKind::memory, config);
  // 2023-11-14T22:13:20Z, which is the 15th, 03:43:20 in India, and 23:13:20 in Berlin.
  node.deploy(node.job("{ cron: '0 4 * * *' }", node.quick()));
  CHECK(node.schedule()->time_zone == "Asia/Kolkata");
  CHECK(to_rfc3339(*node.schedule()->row.due) == "2023-11-14T22:30:00.000Z");
  node.deploy(
      node.job("{ cron: '0 4 * * *' }", node.quick(), "1.1.0", "{ timeZone: Europe/Berlin }"));
  CHECK(node.schedule()->time_zone == "Europe/Berlin");
  CHECK(to_rfc3339(*node.schedule()->row.due) == "2023-11-15T03:00:00.000Z");
  node.clock.advance_ms(5 * ScheduleFixture::hour);
  node.until_started(1);
  CHECK(node.ids() == Ids{"job-2023-11-15T03:00:00.000Z"});
}

TEST_CASE("an engine does not begin with a time zone that is none", "[schedule]") {
  const auto store = persistence::make_memory_store();
  const auto expressions = workflow::make_expressions();
  ManualClock clock;
  auto config = small_engine();
  config.schedule_time_zone = "Mars/Olympus";
  const auto made = actors::make_engine(config, *store, clock, *expressions, [](const Error&) {});
  REQUIRE_FALSE(made);
  CHECK(made.error().where == "schedule.time_zone");
}

TEST_CASE("runs that were due while the node was down follow the definition's policy",
          "[schedule]") {
  struct Case {
    const char* policy;
    std::uint64_t started, missed;
  };
  const auto c =
      GENERATE(Case{"missed: skip", 0, 4}, Case{"missed: once", 1, 3}, Case{"missed: all", 4, 0});
  INFO(c.policy);
  ScheduleFixture node(StoreKind::lmdb);
  node.deploy(node.job("{ every: PT10M }", node.quick(), "1.0.0", policies(c.policy)));
  node.restart(45 * minute);
  const auto view = node.until(
      [&](const auto& v) { return v.row.started == c.started && v.row.missed == c.missed; });
  CHECK(view.row.due == node.begun + 50 * minute);
  node.stays_at(c.started);
  if (c.started > 0) CHECK(node.ids().back() == node.id_at(node.begun + 40 * minute));
  CHECK(node.ids().size() == c.started);
}

TEST_CASE("a run that is due while the one before is not over: allowed, skipped or queued",
          "[schedule]") {
  ScheduleFixture node(each_store());
  const std::string overlap = GENERATE("allow", "skip", "queue");
  INFO(overlap);
  node.deploy(
      node.job("{ every: PT10M }", node.until_told(), "1.0.0", policies("overlap: " + overlap)));
  const std::string first = node.id_at(node.begun + 10 * minute);
  const std::string second = node.id_at(node.begun + 20 * minute);
  node.clock.advance_ms(10 * minute);
  node.until_started(1);
  node.clock.advance_ms(10 * minute);
  if (overlap == "allow") {
    node.until_started(2);
    CHECK(node.ids() == Ids{first, second});
  } else if (overlap == "skip") {
    node.until([](const auto& v) { return v.row.skipped == 1; });
    node.tell(first);
    node.ended(first);
    node.until([](const auto& v) { return v.row.running == 0; });
    node.clock.advance_ms(10 * minute);
    node.until_started(2);
    CHECK(node.ids() == Ids{first, node.id_at(node.begun + 30 * minute)});
  } else {
    node.until([](const auto& v) { return v.row.queued.size() == 1; });
    node.stays_at(1);
    node.restart();  // what waits is a row
    node.stays_at(1);
    node.tell(first);
    node.until_started(2);
    CHECK(node.ids() == Ids{first, second});
    CHECK(node.schedule()->row.queued.empty());
  }
}

TEST_CASE("only so many runs wait in a queue; further ones are skipped", "[schedule]") {
  auto config = small_engine();
  config.schedule_max_queued = 2;
  ScheduleFixture node(StoreKind::memory, config);
  node.deploy(node.job("{ every: PT1M }", node.until_told(), "1.0.0", policies("overlap: queue")));
  for (int i = 0; i < 5; ++i) {
    node.clock.advance_ms(minute);
    node.until([&](const auto& v) { return *v.row.due > node.clock.now(); });
  }
  const auto view = node.schedule().value();
  CHECK(view.row.queued.size() == 2);
  CHECK(view.row.skipped == 2);
}

TEST_CASE("after starts at once, and again some time after the end of the run before",
          "[schedule]") {
  ScheduleFixture node(each_store());
  node.deploy(node.job("{ after: PT10M }", node.until_told()));
  node.until_started(1);
  const std::string first = node.ids().at(0);
  node.clock.advance_ms(60 * minute);
  node.stays_at(1);
  node.tell(first);
  node.ended(first);
  node.until([&](const auto& v) { return v.row.due == node.clock.now() + 10 * minute; });
  node.clock.advance_ms(10 * minute - 1);
  node.stays_at(1);
  node.clock.advance_ms(1);
  node.until_started(2);
  CHECK(node.ids().size() == 2);
}

TEST_CASE("after goes on also when its run is cancelled, or ends while the node is down",
          "[schedule]") {
  ScheduleFixture node(StoreKind::lmdb);
  node.deploy(node.job("{ after: PT10M }", node.until_told()));
  node.until_started(1);
  const WorkflowName first{"test", node.ids().at(0)};
  const Instant end = node.clock.now() + minute;
  node.clock.advance_ms(minute);
  REQUIRE(node.wait_for<persistence::WorkflowSummary>([&](auto reply) {
    node.engine->control(first, actors::Verb::cancel, "by the test", std::move(reply));
  }));
  node.restart(2 * minute);
  node.until([&](const auto& v) { return v.row.due == end + 10 * minute; });
  node.clock.advance_ms(8 * minute);
  node.until_started(2);
  // A run that goes on over a restart is still waited for.
  node.restart(60 * minute);
  node.stays_at(2);
  node.tell(node.ids().at(1));
  node.until([&](const auto& v) { return v.row.due.has_value(); });
}

TEST_CASE("a restart neither loses a run nor makes one twice", "[schedule]") {
  ScheduleFixture node(StoreKind::lmdb);
  node.deploy(node.job("{ every: PT1M }", node.quick(), "1.0.0", policies("missed: all")));
  for (int i = 0; i < 6; ++i) {
    node.clock.advance_ms(minute);
    if (i % 2 == 0) node.schedule();
    node.restart();
  }
  node.until_started(6);
  const Ids ids = node.ids();
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 6);
  CHECK(ids.size() == 6);
}

TEST_CASE("an id that somebody took by hand is passed over", "[schedule]") {
  ScheduleFixture node(each_store());
  node.deploy(node.job("{ every: PT10M }", node.quick()));
  const std::string taken = node.id_at(node.begun + 10 * minute);
  REQUIRE(node.wait_for<actors::StartReceipt>([&](auto reply) {
    node.engine->start({{"test", taken}, "job", {}, Json::object(), actors::OnConflict::reject},
                       std::move(reply));
  }));
  node.clock.advance_ms(10 * minute);
  const auto view = node.until([](const auto& v) { return v.row.skipped == 1; });
  CHECK(view.row.started == 0);
  CHECK(view.row.last_id.empty());
  CHECK(view.row.due == node.begun + 20 * minute);
}

// -- deploying and verbs ----------------------------------------------------------

TEST_CASE("the version deployed last counts; one without a schedule ends it", "[schedule]") {
  ScheduleFixture node(each_store());
  node.deploy(node.job("{ every: PT10M }", node.quick()));
  node.clock.advance_ms(10 * minute);
  node.until_started(1);
  node.clock.advance_ms(minute);
  node.deploy(node.job("{ every: PT1H }", node.quick(), "1.1.0"));
  auto view = node.schedule().value();
  CHECK(view.row.version == "1.1.0");
  CHECK(view.row.started == 1);
  CHECK(view.row.due == node.begun + 71 * minute);
  // The same version again is no change, and no older version becomes the latest by it.
  node.deploy(node.job("{ every: PT10M }", node.quick()));
  CHECK(node.schedule()->row.version == "1.1.0");
  node.clock.advance_ms(60 * minute);
  node.until_started(2);
  const auto run = node.engine->show({"test", node.ids().back()});
  REQUIRE(run);
  CHECK(run->snapshot.definition.version == "1.1.0");
  node.deploy(node.job("", node.quick(), "2.0.0"));
  CHECK(node.schedule().error().code == Code::not_found);
  CHECK(node.store->schedules()->empty());
  node.deploy(node.job("{ every: PT1M }", node.quick(), "3.0.0"));
  CHECK(node.schedule()->row.started == 0);
}

TEST_CASE("a paused schedule starts nothing, and goes on with the next run", "[schedule]") {
  ScheduleFixture node(each_store());
  node.deploy(node.job("{ every: PT10M }", node.quick()));
  REQUIRE(node.control(Verb::pause));
  REQUIRE(node.control(Verb::pause));
  CHECK_FALSE(node.schedule()->row.due);
  node.clock.advance_ms(25 * minute);
  node.stays_at(0);
  node.restart();
  CHECK(node.schedule()->row.paused);
  node.deploy(node.job("{ every: PT5M }", node.quick(), "1.1.0"));
  CHECK(node.schedule()->row.paused);
  REQUIRE(node.control(Verb::resume));
  CHECK(node.schedule()->row.due == node.begun + 30 * minute);
  CHECK(node.schedule()->row.missed == 0);
  node.clock.advance_ms(5 * minute);
  node.until_started(1);
  CHECK(node.control(Verb::pause, "other").error().code == Code::not_found);
}

TEST_CASE("a run by hand comes beside the others", "[schedule]") {
  ScheduleFixture node(each_store());
  node.deploy(node.job("{ every: PT10M }", node.until_told()));
  const auto named = node.trigger("by-hand", {{"why", "test"}});
  REQUIRE(named);
  CHECK(named->workflow.name.id == "by-hand");
  CHECK(node.engine->show({"test", "by-hand"})->snapshot.input == Json{{"why", "test"}});
  CHECK(node.trigger("by-hand").error().code == Code::conflict);
  CHECK(node.trigger("no good").error().code == Code::invalid);
  REQUIRE(node.control(Verb::pause));
  REQUIRE(node.trigger());
  // It is counted after its commit, which its sender may hear of first.
  while (node.schedule()->row.triggered < 2) std::this_thread::yield();
  const auto view = node.schedule().value();
  CHECK(view.row.triggered == 2);
  CHECK(view.row.started == 0);
  REQUIRE(node.control(Verb::remove));
  CHECK(node.trigger().error().code == Code::not_found);
}

TEST_CASE("a deleted schedule is gone until a newer version brings one", "[schedule]") {
  ScheduleFixture node(each_store());
  node.deploy(node.job("{ every: PT10M }", node.quick()));
  REQUIRE(node.control(Verb::remove));
  CHECK(node.schedule().error().code == Code::not_found);
  CHECK(node.control(Verb::remove).error().code == Code::not_found);
  node.deploy(node.job("{ every: PT10M }", node.quick()));
  node.restart(30 * minute);
  CHECK(node.schedule().error().code == Code::not_found);
  CHECK(node.ids().empty());
  node.deploy(node.job("{ every: PT10M }", node.quick(), "1.0.1"));
  CHECK(node.schedule()->row.due == node.clock.now() + 10 * minute);
}

// -- events -----------------------------------------------------------------------

TEST_CASE("each event that fits starts one workflow with it as its input", "[schedule]") {
  ScheduleFixture node(each_store());
  node.deploy(node.job("{ on: { one: { with: { type: hot, data: '${ .degrees > 38 }' } } } }",
                       "  - x: { set: { got: '${ $workflow.input[0].degrees }' } }\n"));
  CHECK(node.schedule()->kind == "on");
  for (const int degrees : {40, 30, 41}) {
    node.publish(node.event("hot", std::to_string(degrees), {{"degrees", degrees}}));
  }
  node.publish(node.event("cold", "1"));
  node.until_started(2);
  const Ids ids = node.ids();
  REQUIRE(ids.size() == 2);
  CHECK(node.ended(ids[0]).output == Json{{"got", 40}});
  CHECK(node.ended(ids[1]).output == Json{{"got", 41}});
  node.restart();
  node.stays_at(2);
  CHECK(node.store->stats().triggers == 0);
}

TEST_CASE("all starts a workflow when each of its events has come, over restarts", "[schedule]") {
  ScheduleFixture node(StoreKind::lmdb);
  node.deploy(
      node.job("{ on: { all: [ { with: { type: a } }, { with: { type: b } } ] }, "
               "read: envelope }",
               "  - x: { set: { got: '${ [.[].id] }' } }\n"));
  node.publish(node.event("a", "a1"));
  node.publish(node.event("a", "a2"));
  node.until([](const auto& v) { return v.waiting_events == 2; });
  node.stays_at(0);
  node.restart();
  CHECK(node.schedule()->waiting_events == 2);
  node.publish(node.event("b", "b1"));
  node.until_started(1);
  node.publish(node.event("b", "b2"));
  node.until_started(2);
  const Ids ids = node.ids();
  REQUIRE(ids.size() == 2);
  CHECK(node.ended(ids[0]).output == Json::parse(R"({"got": ["a1", "b1"]})"));
  CHECK(node.ended(ids[1]).output == Json::parse(R"({"got": ["a2", "b2"]})"));
}

TEST_CASE("events that come while a schedule is paused wait for it, up to a bound", "[schedule]") {
  auto config = small_engine();
  config.schedule_max_waiting = 3;
  ScheduleFixture node(StoreKind::lmdb, config);
  node.deploy(node.job("{ on: { any: [] } }", node.quick()));
  REQUIRE(node.control(Verb::pause));
  for (int i = 0; i < 3; ++i) {
    node.publish(node.event("e", std::to_string(i)));
    node.until([i](const auto& v) { return v.waiting_events == static_cast<unsigned>(i) + 1; });
  }
  node.publish(node.event("e", "one too many"));
  node.until([](const auto& v) { return v.dropped_events == 1; });
  node.stays_at(0);
  node.restart();
  REQUIRE(node.control(Verb::resume));
  node.until_started(3);
  CHECK(node.schedule()->waiting_events == 0);
}

TEST_CASE("many events at once start a workflow each", "[schedule]") {
  ScheduleFixture node(StoreKind::lmdb);
  node.deploy(node.job("{ on: { one: { with: { type: e } } } }", node.quick()));
  for (int i = 0; i < 400; ++i) node.publish(node.event("e", std::to_string(i), i));
  node.until_started(400);
  std::set<int> inputs;
  for (const auto& id : node.ids()) {
    inputs.insert(node.ended(id).input->at(0).get<int>());
  }
  CHECK(inputs.size() == 400);
}
