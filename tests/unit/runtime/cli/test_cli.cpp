#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/runtime/cli/fake_node.hpp"

using namespace endure::test;
using Catch::Matchers::Contains;

namespace {

FakeAnswer problem(int status, const std::string& code) {
  return {status,
          R"({"title": "t", "status": )" + std::to_string(status) + R"(, "code": ")" + code +
              R"(", "detail": "it is so", "where": "/id"})",
          "application/problem+json"};
}

}  // namespace

TEST_CASE("each problem of the API has its exit code, detail and place") {
  struct Expected {
    int status;
    const char* code;
    int exit;
  };
  const auto expected = GENERATE(
      Expected{404, "not_found", 3}, Expected{409, "conflict", 4}, Expected{400, "invalid", 2},
      Expected{503, "retry_later", 6}, Expected{429, "full", 6}, Expected{500, "corrupt", 1},
      Expected{500, "io", 1}, Expected{413, "too_large", 2}, Expected{401, "unauthorized", 1});
  CAPTURE(expected.code);
  FakeNode node;
  node.answer("GET /v1/workflows/default/x", {problem(expected.status, expected.code)});
  const CliRun run = run_cli(node, {"show", "x"});
  CHECK(run.code == expected.exit);
  CHECK(run.out.empty());
  CHECK_THAT(run.err, Contains("endure: it is so (/id)\n"));
}

TEST_CASE("with --output json an error is the problem document") {
  FakeNode node;
  node.answer("GET /v1/workflows/default/x", {problem(404, "not_found")});
  const CliRun run = run_cli(node, {"show", "x", "--output", "json"});
  CHECK(run.code == 3);
  CHECK_THAT(run.err, Contains(R"("code":"not_found")"));
}

TEST_CASE("a node that cannot be reached gives code 5 and a next step") {
  const CliRun run = run_cli_at("http://127.0.0.1:1", {"queue", "list"});
  CHECK(run.code == 5);
  CHECK_THAT(run.err, Contains("no node answers at http://127.0.0.1:1") && Contains("endure dev"));
}

TEST_CASE("an answer that is no JSON is told as such") {
  FakeNode node;
  node.answer("GET /v1/queues", {{200, "<html>hello</html>", "text/html"}});
  const CliRun run = run_cli(node, {"queue", "list"});
  CHECK(run.code == 1);
  CHECK_THAT(run.err, Contains("no Endure node"));
}

TEST_CASE("a JSON answer of another shape does not bring the program down") {
  const auto* body = GENERATE("[]", "{}", "null", "3", R"({"items": 5})", R"({"items": [1, null]})",
                              R"([{"queue": {"a": 1}, "depth": -1, "oldest": 7}])",
                              R"({"items": [], "sinks": [1, {"sink": null, "backlog": []}]})");
  const auto* verb = GENERATE("queue list", "list", "dead list", "definitions list", "actors",
                              "stats", "doctor", "history a", "show a", "events");
  CAPTURE(body, verb);
  FakeNode node;
  for (const char* path :
       {"/v1/queues", "/v1/workflows", "/v1/dead", "/v1/definitions", "/v1/actors", "/v1/stats",
        "/v1/events", "/v1/workflows/default/a/history", "/v1/workflows/default/a"}) {
    node.answer(std::string("GET ") + path, {{200, body}});
  }
  std::vector<std::string> args;
  const std::string words = verb;
  const auto space = words.find(' ');
  args.push_back(words.substr(0, space));
  if (space != words.npos) args.push_back(words.substr(space + 1));
  const CliRun run = run_cli(node, args);
  CHECK((run.code == 0 || run.code == 1 || run.code == 7));
}

TEST_CASE("the token is sent as a bearer token, from the option before the variable") {
  FakeNode node;
  node.answer("GET /v1/stats", {{200, "{}"}});
  run_cli_at(node.url(), {"stats"}, "", {{"ENDURE_TOKEN", "from-variable"}});
  run_cli_at(node.url(), {"stats", "--token", "from-option"}, "",
             {{"ENDURE_TOKEN", "from-variable"}});
  run_cli_at(node.url(), {"stats"});
  CHECK(node.requests().at(0).authorization == "Bearer from-variable");
  CHECK(node.requests().at(1).authorization == "Bearer from-option");
  CHECK(node.requests().at(2).authorization.empty());
}

TEST_CASE("a node is found by URL, host:port or data folder") {
  FakeNode node;
  node.answer("GET /v1/stats", {{200, "{}"}});
  char name[] = "/tmp/endure-cli-XXXXXX";
  REQUIRE(mkdtemp(name) != nullptr);
  CHECK(run_cli_at("", {"stats", "--node", name}).code == 3);
  std::ofstream(std::filesystem::path(name) / "node.json") << R"({"http": ")" + node.url() + "\"}";
  CHECK(run_cli_at("", {"stats", "--node", name}).code == 0);
  std::filesystem::remove_all(name);
  CHECK(run_cli_at("", {"stats", "--node", node.url() + "/"}).code == 0);
  CHECK(run_cli_at("", {"--node", node.url().substr(7), "stats"}).code == 0);
  CHECK(run_cli_at("", {"stats", "--node", "no/such/folder"}).code == 2);
}

TEST_CASE("wrong usage gives code 2 and the help to read") {
  const CliRun verb = run_cli_at("", {"lsit"});
  CHECK(verb.code == 2);
  CHECK_THAT(verb.err, Contains("no verb `endure lsit`") && Contains("`endure list`?"));
  const CliRun group = run_cli_at("", {"--node", "x", "queue", "pasue", "q"});
  CHECK(group.code == 2);
  CHECK_THAT(group.err, Contains("`endure queue pause`?"));
  CHECK_THAT(run_cli_at("", {"list", "--limt", "3"}).err, Contains("`endure list --help`"));
  CHECK(run_cli_at("", {"list", "--limit", "1001"}).code == 2);
  CHECK(run_cli_at("", {"list", "--phase", "weird"}).code == 2);
  CHECK(run_cli_at("", {"list", "--older-than", "soon"}).code == 2);
  CHECK(run_cli_at("", {}).code == 2);
}

TEST_CASE("every verb has a summary and examples") {
  for (const char* verb :
       {"node", "dev", "validate", "deploy", "start", "run", "list", "show", "history", "watch",
        "send", "cancel", "terminate", "pause", "resume", "actors", "stats", "doctor", "version"}) {
    CAPTURE(verb);
    const CliRun run = run_cli_at("", {verb, "--help"});
    CHECK(run.code == 0);
    CHECK_THAT(run.out, Contains(std::string("endure ") + verb) && Contains("Examples:"));
  }
}

TEST_CASE("validate prints the schema of definitions, and needs files otherwise") {
  const auto schema = run_cli_at("", {"validate", "--schema"});
  CHECK(schema.code == 0);
  CHECK(nlohmann::json::parse(schema.out).contains("$defs"));
  CHECK(run_cli_at("", {"validate"}).code == 2);
}

TEST_CASE("config verbs report every problem, and show and validate what is right") {
  const CliRun bad =
      run_cli_at("", {"config", "validate", "--set", "http.thraeds=3", "--set", "log.level=loud"});
  CHECK(bad.code == 2);
  CHECK_THAT(bad.err, Contains("did you mean http.threads?") && Contains("'loud' is not one of"));
  CHECK(run_cli_at("", {"config", "validate"}).code == 0);
  CHECK_THAT(run_cli_at("", {"config", "show", "--data", "/x"}).out, Contains("folder: /x"));
  CHECK(run_cli_at("", {"config", "validate", "--set", "nonsense"}).code == 2);
  CHECK(run_cli_at("", {"config", "validate", "--config", "/no/such/file"}).code == 2);
}

TEST_CASE("completion names the verbs of groups and the options of verbs") {
  const CliRun run = run_cli_at("", {"completion", "bash"});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("'queue') words='list show pause resume") &&
                          Contains("--on-conflict") && Contains("complete -F _endure endure"));
}
