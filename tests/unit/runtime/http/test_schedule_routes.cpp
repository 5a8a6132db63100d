// Schedules and migrations.
#include "tests/support/api_fixture.hpp"

using namespace endure;
using namespace endure::testing;
using nlohmann::json;

namespace {

actors::ScheduleView sample_view() {
  actors::ScheduleView view;
  view.row.ns = "agents";
  view.row.name = "nightly";
  view.row.version = "1.0.0";
  view.row.revision = 3;
  view.row.due = Instant{1'000};
  view.row.started = 5;
  view.row.last_id = "nightly-x";
  view.row.last_due = {500};
  view.kind = "cron";
  view.text = "0 0 * * *";
  view.time_zone = "UTC";
  view.missed = "once";
  view.overlap = "allow";
  view.upcoming = {{1'000}, {2'000}};
  return view;
}

std::shared_ptr<const workflow::Definition> definition(const std::string& version,
                                                       const std::string& tasks) {
  NoExpressions expressions;
  auto parsed = workflow::parse_definition(
      "document: { dsl: '1.0.3', namespace: test, name: sample, version: '" + version +
          "' }\ndo:\n" + tasks,
      expressions);
  REQUIRE(parsed);
  return *parsed;
}

// Two versions, and workflows of the first: one that waits, one that cannot move, one that ended.
struct MigrationFixture : ApiFixture {
  MigrationFixture() {
    const std::string ask = "  - ask: { listen: { to: { one: { with: { type: go } } } } }\n";
    engine.put_definition(definition("1.0.0", ask + "  - old: { wait: PT1H }\n"));
    engine.put_definition(definition("2.0.0", "  - first: { set: { a: 1 } }\n" + ask));
    store_workflow(1, 1, workflow::Phase::waiting);
    store_workflow(2, 2, workflow::Phase::waiting);
    store_workflow(3, 1, workflow::Phase::completed);
  }

  void store_workflow(WorkflowNumber number, workflow::TaskId task, workflow::Phase phase) {
    auto snapshot = persistence::sample_snapshot(number, 1, phase);
    if (phase == workflow::Phase::waiting) {
      workflow::Branch branch;
      branch.frames.resize(2);
      branch.frames[1].task = task;
      branch.wait = 1;
      snapshot.branches = {branch};
    }
    commit({persistence::transition_to(snapshot)});
  }

  json migrate(json body) {
    const auto answer = post("/v1/definitions/test/sample/migrate", body);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return json_of(answer);
  }
};

}  // namespace

TEST_CASE("schedules are listed and shown", "[http]") {
  ApiFixture f;
  f.engine.put_schedule(sample_view());
  const auto schedule = json_of(f.get("/v1/schedules/agents/nightly"));
  CHECK(schedule["kind"] == "cron");
  CHECK(schedule["schedule"] == "0 0 * * *");
  CHECK(schedule["time_zone"] == "UTC");
  CHECK(schedule["due"] == "1970-01-01T00:00:01.000Z");
  CHECK(schedule["upcoming"].size() == 2);
  CHECK(schedule["last"]["id"] == "nightly-x");
  CHECK(schedule["last"]["started"].is_null());
  CHECK(schedule["policy"] == json{{"missed", "once"}, {"overlap", "allow"}});
  CHECK(schedule["queued"] == 0);
  CHECK_FALSE(schedule.contains("waiting_events"));
  CHECK(json_of(f.get("/v1/schedules"))["items"] == json::array({schedule}));
  problem_detail(f.get("/v1/schedules/agents/other"), 404, "not_found");

  auto by_event = sample_view();
  by_event.row.name = "alarm";
  by_event.row.due.reset();
  by_event.kind = "on";
  by_event.missed = by_event.overlap = by_event.time_zone = "";
  by_event.waiting_events = 4;
  f.engine.put_schedule(by_event);
  const auto alarm = json_of(f.get("/v1/schedules/agents/alarm"));
  CHECK(alarm["waiting_events"] == 4);
  CHECK(alarm["due"].is_null());
  CHECK_FALSE(alarm.contains("policy"));
}

TEST_CASE("a schedule is paused, resumed and deleted", "[http]") {
  ApiFixture f;
  f.engine.put_schedule(sample_view());
  const std::string path = "/v1/schedules/agents/nightly";
  CHECK(json_of(f.call("POST", path + "/pause"))["paused"] == true);
  CHECK(json_of(f.call("POST", path + "/resume"))["paused"] == false);
  CHECK(json_of(f.call("POST", path + "/delete"))["deleted"] == true);
  problem_detail(f.call("POST", path + "/delete"), 404, "not_found");
  problem_detail(f.call("POST", path + "/pause"), 404, "not_found");
}

TEST_CASE("a schedule is triggered with an id and an input", "[http]") {
  ApiFixture f;
  f.engine.put_schedule(sample_view());
  const std::string path = "/v1/schedules/agents/nightly/trigger";
  const auto answer = f.post(path, {{"id", "once"}, {"input", {{"a", 1}}}});
  CHECK(answer.status == 201);
  CHECK(json_of(answer)["id"] == "once");
  CHECK(f.post(path, json::object()).status == 201);
  const auto triggered = f.engine.calls().triggered;
  REQUIRE(triggered.size() == 2);
  CHECK(triggered[0].input == workflow::Json{{"a", 1}});
  CHECK_FALSE(triggered[1].id);
  CHECK(triggered[1].input == workflow::Json::object());
  problem_detail(f.post(path, {{"idd", "x"}}), 400, "invalid");
  problem_detail(f.post(path, {{"id", std::string(201, 'x')}}), 400, "invalid");
}

TEST_CASE("a dry run says who can move and why others cannot, and changes nothing", "[http]") {
  MigrationFixture f;
  const auto plan = f.migrate({{"dry_run", true}, {"to", "2.0.0"}});
  CHECK(plan["movable"] == 1);
  CHECK(plan["refused"] == 1);
  CHECK(plan["moved"] == 0);
  REQUIRE(plan["items"].size() == 2);  // newest first; the one that ended is passed over
  CHECK(plan["items"][0]["id"] == "w-2");
  CHECK(plan["items"][0]["movable"] == false);
  CHECK(plan["items"][0]["obstacles"][0]["task"] == "/do/1/old");
  CHECK(plan["items"][1]["id"] == "w-1");
  CHECK(plan["items"][1]["movable"] == true);
  CHECK(plan["items"][1]["from"] == "1.0.0");
  CHECK(f.engine.calls().migrated.empty());
}

TEST_CASE("a migration moves those that can, from where they were seen", "[http]") {
  MigrationFixture f;
  const auto done = f.migrate({{"to", "2.0.0"}, {"from", "1.0.0"}});
  CHECK(done["moved"] == 1);
  CHECK(done["refused"] == 1);
  const auto calls = f.engine.calls().migrated;
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].name == WorkflowName{"test", "w-1"});
  CHECK(calls[0].version == "2.0.0");
  CHECK(calls[0].transition == 1);
  f.engine.refuse_migrations_with({Code::conflict, "it has moved on", ""});
  const auto late = f.migrate({{"to", "2.0.0"}});
  CHECK(late["moved"] == 0);
  CHECK(late["items"][1]["obstacles"][0]["reason"] == "it has moved on");
}

TEST_CASE("a migration takes filters, ids and batches", "[http]") {
  MigrationFixture f;
  CHECK(f.migrate({{"dry_run", true}, {"to", "2.0.0"}, {"from", "0.9.0"}})["items"].empty());
  CHECK(f.migrate({{"dry_run", true}, {"to", "2.0.0"}, {"phase", "running"}})["items"].empty());
  CHECK(f.migrate({{"dry_run", true}, {"to", "2.0.0"}, {"status", "X"}})["items"].empty());
  CHECK(f.migrate({{"dry_run", true}, {"to", "1.0.0"}})["items"].empty());
  const auto first = f.migrate({{"dry_run", true}, {"to", "2.0.0"}, {"limit", 1}});
  CHECK(first["items"].size() == 1);
  const auto second = f.migrate(
      {{"dry_run", true}, {"to", "2.0.0"}, {"limit", 1}, {"cursor", first["next_cursor"]}});
  CHECK(second["items"][0]["id"] == "w-1");
  const auto named =
      f.migrate({{"dry_run", true}, {"to", "2.0.0"}, {"ids", {"w-1", "w-3", "w-9"}}});
  REQUIRE(named["items"].size() == 3);
  CHECK(named["items"][0]["movable"] == true);
  CHECK(named["items"][1]["obstacles"][0]["reason"] == "the workflow has ended; it is completed");
  CHECK(named["items"][2]["obstacles"][0]["reason"] == "there is no such workflow");
  const std::string path = "/v1/definitions/test/sample/migrate";
  problem_detail(f.post(path, {{"to", "9.0.0"}}), 404, "not_found");
  problem_detail(f.post("/v1/definitions/test/none/migrate", json::object()), 404, "not_found");
  problem_detail(f.post(path, {{"to", "2.0.0"}, {"phase", "completed"}}), 400, "invalid");
  problem_detail(f.post(path, {{"to", "2.0.0"}, {"cursor", "x"}}), 400, "invalid");
  problem_detail(f.post(path, {{"to", "2.0.0"}, {"ids", {1}}}), 400, "invalid");
  problem_detail(f.post(path, {{"dryrun", true}}), 400, "invalid");
}
