#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/runtime/cli/fake_node.hpp"

using namespace endure::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* waiting = R"({"namespace": "agents", "id": "post-17", "number": 4,
  "definition": {"namespace": "agents", "name": "social-post", "version": "1.0.0"},
  "phase": "waiting", "status": "WAITING_FOR_REVIEW", "cause": "", "transition": 3,
  "created": "2026-01-31T10:00:00.000Z", "updated": "2026-01-31T11:57:00.000Z",
  "input": {"post": {"text": "hi"}}, "context": null, "output": null, "error": null,
  "waiting_for": [{"kind": "event", "task": "/do/2/review", "type": "review.decided",
                   "since": "2026-01-31T11:57:00.000Z"}]})";

std::string ended(const std::string& phase, const std::string& rest) {
  return R"({"namespace": "agents", "id": "post-17", "phase": ")" + phase +
         R"(", "status": "DONE", "definition": {"namespace": "agents", "name": "p", "version": "1"})" +
         rest + "}";
}

}  // namespace

TEST_CASE("list prints an aligned table with ages, and says how to see more") {
  FakeNode node;
  node.answer("GET /v1/workflows",
              {{200, std::string(R"({"items": [)") + waiting + R"(], "next_cursor": "c2"})"}});
  const CliRun run = run_cli(node, {"list", "--phase", "waiting", "--older-than", "1h"});
  CHECK(run.code == 0);
  CHECK(run.out ==
        "WORKFLOW        DEFINITION         PHASE    STATUS              AGE  UPDATED  CAUSE\n"
        "agents/post-17  social-post:1.0.0  waiting  WAITING_FOR_REVIEW  2h   3m\n");
  CHECK_THAT(run.err, Contains("--cursor c2"));
  CHECK(node.requests().at(0).line ==
        "GET /v1/workflows?phase=waiting&older_than_ms=3600000&limit=50");
}

TEST_CASE("list --all follows the cursor to the end") {
  FakeNode node;
  node.answer("GET /v1/workflows",
              {{200, std::string(R"({"items": [)") + waiting + R"(], "next_cursor": "a b"})"},
               {200, std::string(R"({"items": [)") + waiting + R"(], "next_cursor": null})"}});
  const CliRun run = run_cli(node, {"list", "--all", "--output", "json"});
  CHECK(run.code == 0);
  CHECK(nlohmann::json::parse(run.out)["items"].size() == 2);
  CHECK(node.requests().at(1).line == "GET /v1/workflows?limit=100&cursor=a%20b");
}

TEST_CASE("show prints what a workflow waits for and its documents") {
  FakeNode node;
  node.answer("GET /v1/workflows/agents/post-17", {{200, waiting}});
  const CliRun run = run_cli(node, {"show", "agents/post-17"});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("status:      WAITING_FOR_REVIEW\n"));
  CHECK_THAT(run.out, Contains("event  /do/2/review  review.decided  3m\n"));
  CHECK_THAT(run.out, Contains("\"text\": \"hi\""));
}

TEST_CASE("show --output json prints what the API answered") {
  FakeNode node;
  node.answer("GET /v1/workflows/default/post-17", {{200, waiting}});
  const CliRun run = run_cli(node, {"show", "post-17", "-o", "json"});
  CHECK(nlohmann::json::parse(run.out) == nlohmann::json::parse(waiting));
}

TEST_CASE("start sends definition, version, id and input") {
  FakeNode node;
  node.answer("POST /v1/workflows", {{201, waiting}});
  const CliRun run = run_cli(
      node, {"start", "agents/social-post:1.0.0", "--id", "post-17", "--input", "-"}, R"({"a":1})");
  CHECK(run.code == 0);
  CHECK(run.out == "agents/post-17 started: waiting WAITING_FOR_REVIEW (social-post:1.0.0)\n");
  CHECK(nlohmann::json::parse(node.requests().at(0).body) ==
        nlohmann::json::parse(
            R"({"namespace": "agents", "definition": "social-post", "version": "1.0.0",
                "id": "post-17", "input": {"a": 1}, "on_conflict": "reject"})"));
}

TEST_CASE("start refuses input that is no JSON before it asks the node") {
  FakeNode node;
  for (const char* input : {"{oops", "{\"a\": 1e999}"}) {
    const CliRun run = run_cli(node, {"start", "hello", "--input", input});
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("--input is not JSON"));
    CHECK_THAT(run.err, !Contains("json.exception"));
  }
  CHECK(node.requests().empty());
}

TEST_CASE("run waits through timeouts of the API and prints the output alone") {
  FakeNode node;
  node.answer("POST /v1/workflows", {{201, waiting}});
  node.answer("GET /v1/workflows/agents/post-17/result",
              {{504, R"({"code": "retry_later", "detail": "not yet", "status": 504})"},
               {200, ended("completed", R"(, "output": {"answer": 42})")}});
  const CliRun run = run_cli(node, {"run", "agents/social-post"});
  CHECK(run.code == 0);
  CHECK(nlohmann::json::parse(run.out) == nlohmann::json{{"answer", 42}});
  CHECK(node.requests().size() == 3);
}

TEST_CASE("run ends with code 8 and the error where the workflow did not complete") {
  FakeNode node;
  node.answer("POST /v1/workflows", {{201, waiting}});
  node.answer("GET /v1/workflows/agents/post-17/result",
              {{200, ended("faulted", R"(, "error": {"title": "out of luck"})")}});
  const CliRun run = run_cli(node, {"run", "agents/social-post"});
  CHECK(run.code == 8);
  CHECK_THAT(run.err, Contains("ended faulted DONE") && Contains("out of luck") &&
                          Contains("endure history agents/post-17"));
  CHECK(run.out.empty());
}

TEST_CASE("history prints a line for each transition and each entry, over all pages") {
  FakeNode node;
  node.answer("GET /v1/workflows/agents/p/history",
              {{200, R"({"items": [{"transition": 1, "at": "2026-01-31T10:00:00.000Z",
                 "event": "started", "phase": "running", "status": "RECEIVED", "entries":
                 [{"kind": "step_enqueued", "task": "/do/0/enrich", "detail": "enrich"}]}],
                 "next_after": 1})"},
               {200, R"({"items": [{"transition": 2, "at": "2026-01-31T10:00:01.000Z",
                 "event": "step_completed", "phase": "running", "status": "", "worker": "w1",
                 "attempt": 2, "entries": []}], "next_after": null})"}});
  const CliRun run = run_cli(node, {"history", "p", "-n", "agents"});
  CHECK(run.code == 0);
  CHECK(run.out ==
        "2026-01-31T10:00:00.000Z  #1  started  running RECEIVED\n"
        "    step_enqueued  /do/0/enrich  enrich\n"
        "2026-01-31T10:00:01.000Z  #2  step_completed  running  worker=w1  attempt=2\n");
  CHECK(node.requests().at(1).line == "GET /v1/workflows/agents/p/history?after=1&limit=100");
}

TEST_CASE("watch prints new history until the workflow has ended") {
  FakeNode node;
  const auto record = [](int n) {
    return R"({"items": [{"transition": )" + std::to_string(n) +
           R"(, "at": "t", "event": "e", "phase": "running", "status": "", "entries": []}],
              "next_after": null})";
  };
  node.answer("GET /v1/workflows/agents/post-17", {{200, waiting}, {200, ended("cancelled", "")}});
  node.answer("GET /v1/workflows/agents/post-17/history", {{200, record(1)}, {200, record(2)}});
  const CliRun run = run_cli(node, {"watch", "agents/post-17", "--interval", "0"});
  CHECK(run.code == 8);
  CHECK(run.out == "t  #1  e  running\nt  #2  e  running\n");
}

TEST_CASE("send gives one workflow an event, and --broadcast everyone") {
  FakeNode node;
  node.answer("POST /v1/workflows/agents/post-17/events", {{202, waiting}});
  node.answer("POST /v1/events", {{202, R"({"sequence": 9})"}});
  CHECK(run_cli(node, {"send", "agents/post-17", "--type", "review.decided", "--data",
                       R"({"approved": true})"})
            .code == 0);
  CHECK(nlohmann::json::parse(node.requests().at(0).body) ==
        nlohmann::json::parse(R"({"type": "review.decided", "data": {"approved": true}})"));
  const CliRun all = run_cli(node, {"send", "--broadcast", "--event", R"({"type": "x"})"});
  CHECK(all.out == "sent to every listener, durable as event 9\n");
}

TEST_CASE("send needs exactly one addressee and exactly one event") {
  FakeNode node;
  CHECK(run_cli(node, {"send", "--type", "x"}).code == 2);
  CHECK(run_cli(node, {"send", "a", "--broadcast", "--type", "x"}).code == 2);
  CHECK(run_cli(node, {"send", "a"}).code == 2);
  CHECK(run_cli(node, {"send", "a", "--type", "x", "--event", "{}"}).code == 2);
  CHECK(node.requests().empty());
}

TEST_CASE("control verbs go on after a failure and end with its code") {
  FakeNode node;
  node.answer("POST /v1/workflows/agents/b/terminate", {{200, ended("cancelled", "")}});
  const CliRun run =
      run_cli(node, {"terminate", "a", "b", "-n", "agents", "--reason", "no longer wanted"});
  CHECK(run.code == 3);
  CHECK(run.out == "agents/post-17: cancelled DONE\n");
  CHECK(node.requests().at(1).body == R"({"reason":"no longer wanted"})");
}
