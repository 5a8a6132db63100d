#include <nlohmann/json.hpp>

#include "runtime/cli/doctor.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/runtime/cli/fake_node.hpp"

using namespace endure::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* schedule = R"({"namespace": "agents", "name": "nightly", "version": "1.0.0",
  "kind": "cron", "schedule": "30 2 * * *", "paused": false, "due": "2026-01-31T14:00:00.000Z",
  "upcoming": ["2026-01-31T14:00:00.000Z", "2026-02-01T14:00:00.000Z"], "time_zone": "Asia/Tokyo",
  "last": {"id": "nightly-1", "due": "2026-01-30T14:00:00.000Z",
           "started": "2026-01-30T14:00:00.000Z"}, "started": 7, "triggered": 1, "skipped": 2,
  "missed": 3, "error": "", "policy": {"missed": "once", "overlap": "skip"}, "queued": 0})";

std::string list_of(const std::string& item) {
  return R"({"items": [)" + item + "]}";
}

}  // namespace

TEST_CASE("schedule list is a table with what comes next and what was") {
  FakeNode node;
  node.answer("GET /v1/schedules", {{200, list_of(schedule)}});
  const CliRun run = run_cli(node, {"schedule", "list"});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("agents/nightly  1.0.0    cron  30 2 * * *  active  in 2h  22h"));
  const CliRun json = run_cli(node, {"schedule", "list", "--output", "json"});
  CHECK(nlohmann::json::parse(json.out)["items"][0]["started"] == 7);
}

TEST_CASE("schedule show tells the next runs, the zone, the policies and counts") {
  FakeNode node;
  node.answer("GET /v1/schedules/agents/nightly", {{200, schedule}});
  const CliRun run = run_cli(node, {"schedule", "show", "agents/nightly"});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("Asia/Tokyo"));
  CHECK_THAT(run.out, Contains("2026-02-01T14:00:00.000Z (in 26h)") ||
                          Contains("2026-02-01T14:00:00.000Z (in 1d)"));
  CHECK_THAT(run.out, Contains("7 started, 1 by hand, 2 skipped, 3 missed"));
  CHECK(run_cli(node, {"schedule", "show", "other"}).code == 3);
}

TEST_CASE("schedule pause, resume and delete ask the node") {
  FakeNode node;
  node.answer("POST /v1/schedules/agents/nightly/pause",
              {{200, R"({"namespace": "agents", "name": "nightly", "paused": true})"}});
  node.answer("POST /v1/schedules/agents/nightly/delete",
              {{200, R"({"namespace": "agents", "name": "nightly", "deleted": true})"}});
  const CliRun paused = run_cli(node, {"schedule", "pause", "nightly", "-n", "agents"});
  CHECK(paused.code == 0);
  CHECK_THAT(paused.out, Contains("paused"));
  const CliRun deleted = run_cli(node, {"schedule", "delete", "agents/nightly"});
  CHECK(deleted.code == 0);
  CHECK_THAT(deleted.out, Contains("agents/nightly: starts nothing any more"));
  CHECK(run_cli(node, {"schedule", "resume", "agents/nightly"}).code == 3);
}

TEST_CASE("schedule trigger sends the id and the input") {
  FakeNode node;
  node.answer("POST /v1/schedules/agents/nightly/trigger",
              {{201, R"({"namespace": "agents", "id": "again"})"}});
  const CliRun run = run_cli(
      node, {"schedule", "trigger", "agents/nightly", "--id", "again", "--input", R"({"a": 1})"});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("agents/again started"));
  CHECK(node.requests().back().body == R"({"id":"again","input":{"a":1}})");
  CHECK(run_cli(node, {"schedule", "trigger", "agents/nightly", "--input", "{"}).code == 2);
}

TEST_CASE("migrate goes on batch after batch, and says who stays and why") {
  FakeNode node;
  node.answer("POST /v1/definitions/agents/post/migrate",
              {{200, R"({"to": "2.0.0", "dry_run": false, "movable": 2, "moved": 2, "refused": 0,
                         "items": [], "next_cursor": "17"})"},
               {200, R"({"to": "2.0.0", "dry_run": false, "movable": 0, "moved": 0, "refused": 1,
                         "items": [{"namespace": "agents", "id": "post-1", "from": "1.0.0",
                           "obstacles": [{"task": "/do/0/ask", "reason": "the task is gone"}]}],
                         "next_cursor": null})"}});
  const CliRun run = run_cli(node, {"migrate", "agents/post", "--from", "1.0.0", "--batch", "2"});
  CHECK(run.code == 4);
  CHECK_THAT(run.out, Contains("agents/post-1 stays at 1.0.0: /do/0/ask: the task is gone"));
  CHECK_THAT(run.out, Contains("2 moved to 2.0.0, 1 stays"));
  const auto requests = node.requests();
  REQUIRE(requests.size() == 2);
  const auto first = nlohmann::json::parse(requests[0].body);
  CHECK(first == nlohmann::json::parse(R"({"dry_run": false, "from": "1.0.0", "limit": 2})"));
  const auto second = nlohmann::json::parse(requests[1].body);
  CHECK(second["cursor"] == "17");
  CHECK(second["to"] == "2.0.0");
}

TEST_CASE("migrate --dry-run asks only, also for single workflows") {
  FakeNode node;
  node.answer("POST /v1/definitions/default/post/migrate",
              {{200, R"({"to": "2.0.0", "dry_run": true, "movable": 1, "moved": 0, "refused": 0,
                         "items": [], "next_cursor": null})"}});
  const CliRun run = run_cli(node, {"migrate", "post", "--dry-run", "--id", "a", "--id", "b"});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("1 can move to 2.0.0, 0 stay"));
  const auto body = nlohmann::json::parse(node.requests().back().body);
  CHECK(body == nlohmann::json::parse(R"({"dry_run": true, "ids": ["a", "b"]})"));
  CHECK(run_cli(node, {"migrate", "post", "--phase", "completed"}).code == 2);
}

TEST_CASE("doctor reports schedules that are paused or cannot start") {
  using endure::cli::Json;
  const auto findings = endure::cli::examine_schedules(Json::parse(R"({"items": [
      {"namespace": "a", "name": "fine", "paused": false, "error": ""},
      {"namespace": "a", "name": "held", "paused": true, "error": ""},
      {"namespace": "a", "name": "stuck", "paused": false, "due": "2026-01-31T11:00:00.000Z",
       "error": "the volume is nearly full"}]})"));
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].kind == "paused_schedule");
  CHECK(findings[0].next == "endure schedule resume a/held");
  CHECK(findings[1].kind == "failing_schedule");
  CHECK(findings[1].cause == "the volume is nearly full");
  CHECK(findings[1].since == "2026-01-31T11:00:00.000Z");
}
