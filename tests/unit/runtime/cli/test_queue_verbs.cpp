#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/runtime/cli/fake_node.hpp"

using namespace endure::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* queues = R"({"items": [
  {"queue": "enrich", "paused": false, "depth": 12, "leased": 2, "delayed": 1, "dead": 3,
   "consumers": 0, "oldest": "2026-01-31T11:30:00.000Z", "oldest_age_ms": 1800000,
   "delivered": 9, "completed": 5, "failed": 4, "redelivered": 1},
  {"queue": "act", "paused": true, "depth": 0, "leased": 0, "delayed": 0, "dead": 0,
   "consumers": 1, "oldest": null, "oldest_age_ms": null, "delivered": 0, "completed": 0,
   "failed": 0, "redelivered": 0}]})";

constexpr const char* dead = R"({"items": [{"step": "c3RlcA", "queue": "enrich",
  "namespace": "agents", "workflow": "post-17", "task": "/do/0/enrich", "attempts": 5,
  "error": {"type": "t", "status": 500, "title": "refused", "detail": "token expired"},
  "since": "2026-01-31T11:00:00.000Z", "arguments": {"a": 1}}], "next_cursor": null})";

}  // namespace

TEST_CASE("queue list is a table with state, counts and the oldest step's age") {
  FakeNode node;
  node.answer("GET /v1/queues", {{200, queues}});
  const CliRun run = run_cli(node, {"queue", "list"});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("enrich  open    12     2       1        3     0          30m"));
  CHECK_THAT(run.out, Contains("act     paused  0"));
}

TEST_CASE("queue pause asks the node and shows the queue") {
  FakeNode node;
  node.answer("POST /v1/queues/act/pause", {{200, R"({"queue": "act", "paused": true})"}});
  const CliRun run = run_cli(node, {"queue", "pause", "act"});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("act    paused"));
}

TEST_CASE("a name is sent percent-encoded") {
  FakeNode node;
  run_cli(node, {"queue", "show", "a/b?c"});
  CHECK(node.requests().at(0).line == "GET /v1/queues/a%2Fb%3Fc");
}

TEST_CASE("dead list shows errors, and dead show one letter with its arguments") {
  FakeNode node;
  node.answer("GET /v1/dead", {{200, dead}});
  CHECK_THAT(run_cli(node, {"dead", "list"}).out,
             Contains("agents/post-17  /do/0/enrich  5         60m       refused: token expired"));
  const CliRun shown = run_cli(node, {"dead", "show", "c3RlcA"});
  CHECK(shown.code == 0);
  CHECK(nlohmann::json::parse(shown.out)["arguments"]["a"] == 1);
  CHECK(run_cli(node, {"dead", "show", "other"}).code == 3);
}

TEST_CASE("redrive takes steps, or all of one queue, or all of all queues with dead letters") {
  FakeNode node;
  node.answer("GET /v1/queues", {{200, queues}});
  node.answer("POST /v1/dead/c3RlcA/redrive", {{200, "{}"}});
  node.answer("POST /v1/queues/enrich/dead/redrive", {{200, R"({"redriven": 3})"}});
  CHECK(run_cli(node, {"dead", "redrive", "c3RlcA"}).out == "c3RlcA: back on its queue\n");
  CHECK(run_cli(node, {"dead", "redrive", "--all", "--queue", "enrich"}).out ==
        "3 dead letters are back on their queues\n");
  CHECK(run_cli(node, {"dead", "redrive", "--all"}).code == 0);
  CHECK(node.requests().back().line == "POST /v1/queues/enrich/dead/redrive");
  CHECK(run_cli(node, {"dead", "redrive"}).code == 2);
  CHECK(run_cli(node, {"dead", "redrive", "x", "--all"}).code == 2);
}

TEST_CASE("drop needs a reason and sends it") {
  FakeNode node;
  node.answer("POST /v1/dead/c3RlcA/drop", {{200, "{}"}});
  CHECK(run_cli(node, {"dead", "drop", "c3RlcA"}).code == 2);
  CHECK(run_cli(node, {"dead", "drop", "c3RlcA", "--reason", "gone"}).code == 0);
  CHECK(node.requests().back().body == R"({"reason":"gone"})");
}

TEST_CASE("deploy sends each file, goes on after one that is refused, and lists its errors") {
  FakeNode node;
  node.answer("POST /v1/definitions",
              {{400,
                R"({"code": "invalid", "detail": "2 problems", "status": 400, "errors":
                [{"pointer": "/do/0", "line": 7, "detail": "unknown task"}]})"},
               {201, R"({"namespace": "agents", "name": "p", "version": "1", "queues": ["enrich"],
                         "tasks": 3})"}});
  const CliRun run = run_cli(node, {"deploy", "-", "-"}, "document: {}\n");
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("line 7, /do/0: unknown task"));
  CHECK(run.out == "agents/p:1 deployed; its steps go to: enrich\n");
  CHECK(node.requests().at(0).body == "document: {}\n");
}

TEST_CASE("definitions show takes the version that was deployed last") {
  FakeNode node;
  node.answer("GET /v1/definitions", {{200, R"({"items": [
    {"namespace": "default", "name": "p", "version": "2", "deployed": "2026-01-30T00:00:00.000Z"},
    {"namespace": "default", "name": "p", "version": "1", "deployed": "2026-01-01T00:00:00.000Z"},
    {"namespace": "other", "name": "p", "version": "9", "deployed": "2026-01-31T00:00:00.000Z"}]})"}});
  node.answer("GET /v1/definitions/default/p/2", {{200, "document: {}\n", "application/yaml"}});
  CHECK(run_cli(node, {"definitions", "show", "p"}).out == "document: {}\n");
  CHECK(run_cli(node, {"definitions", "show", "q"}).code == 3);
}

TEST_CASE("doctor says what is stuck and what to type next, and ends with code 7") {
  FakeNode node;
  node.answer("GET /v1/queues", {{200, queues}});
  node.answer("GET /v1/workflows",
              {{200, R"({"items": [{"namespace": "agents", "id": "p", "phase": "suspended",
                "cause": "its actor died 5 times", "updated": "2026-01-31T11:59:00.000Z"}],
                "next_cursor": null})"}});
  node.answer("GET /v1/stats",
              {{200, R"({"store": {"map_bytes": 1073741824, "used_bytes": 1000000000}})"}});
  node.answer("GET /v1/actors", {{200, R"({"items": [{"path": "/root/queues/x", "restarts": 2,
                                    "last_failure": "boom"}, {"path": "/root", "restarts": 0}]})"}});
  node.answer("GET /v1/events", {{200, R"({"items": [], "sinks": [
                {"sink": "http://fine.test/", "backlog": 0, "failing_since": null},
                {"sink": "http://down.test/", "backlog": 12, "last_error": "Connection refused",
                 "failing_since": "2026-01-31T11:30:00.000Z"}]})"}});
  node.answer("GET /v1/damage", {{200, R"({"items": [
                {"table": "ready", "key": "enrich/5", "what": "its checksum does not fit",
                 "number": 7, "workflow": {"namespace": "agents", "id": "p"}},
                {"table": "outbox", "key": "12", "what": "torn", "number": null,
                 "workflow": null}]})"}});
  const CliRun run = run_cli(node, {"doctor"});
  CHECK(run.code == 7);
  CHECK_THAT(run.out, Contains("ready/enrich/5: a row of agents/p is damaged and left out\n"
                               "  cause: its checksum does not fit\n"
                               "  next:  endure terminate agents/p, or restore a backup"));
  CHECK_THAT(run.out, Contains("outbox/12: the row is damaged and left out"));
  CHECK_THAT(run.out, Contains("agents/p: the workflow is suspended, since 60s\n"
                               "  cause: its actor died 5 times\n"
                               "  next:  endure history agents/p"));
  CHECK_THAT(run.out, Contains("enrich: 3 steps are out of attempts"));
  CHECK_THAT(run.out, Contains("enrich: 12 steps wait, and no worker takes steps, since 30m"));
  CHECK_THAT(run.out, Contains("act: the queue is paused") && Contains("endure queue resume act"));
  CHECK_THAT(run.out, Contains("the volume is 93 % full (of 1GiB)"));
  CHECK_THAT(run.out, Contains("/root/queues/x: the actor was restarted 2 times"));
  CHECK_THAT(run.out, Contains("http://down.test/: the sink does not take events, and 12 wait for "
                               "it, since 30m\n  cause: Connection refused"));
  CHECK_THAT(run.out, !Contains("http://fine.test/"));
}

TEST_CASE("events are shown by type, and sinks only where there are any") {
  FakeNode node;
  node.answer("GET /v1/events", {{200, R"({"items": [{"type": "a.b", "kept": 3, "offered": 2,
                "expired": 41, "dropped": 0}], "sinks": []})"}});
  CliRun run = run_cli(node, {"events"});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("a.b") && Contains("41") && !Contains("SINK"));
  FakeNode told;
  told.answer("GET /v1/events", {{200, R"({"items": [], "sinks": [{"sink": "http://s.test/",
                "backlog": 7, "last_error": "Busy", "failing_since": null}]})"}});
  run = run_cli(told, {"events"});
  CHECK_THAT(run.out, Contains("http://s.test/") && Contains("Busy"));
}

TEST_CASE("doctor of a healthy node ends with code 0") {
  FakeNode node;
  node.answer("GET /v1/queues", {{200, R"({"items": []})"}});
  node.answer("GET /v1/workflows", {{200, R"({"items": [], "next_cursor": null})"}});
  node.answer("GET /v1/stats", {{200, R"({"store": {"map_bytes": 100, "used_bytes": 10}})"}});
  node.answer("GET /v1/actors", {{200, R"({"items": []})"}});
  node.answer("GET /v1/events", {{200, R"({"items": [], "sinks": []})"}});
  const CliRun run = run_cli(node, {"doctor", "--output", "json"});
  CHECK(run.code == 0);
  CHECK(nlohmann::json::parse(run.out)["healthy"] == true);
}
