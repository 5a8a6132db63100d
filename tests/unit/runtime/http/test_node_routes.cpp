// Health, metrics, the OpenAPI document and the page that documents it all.
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "runtime/metrics.hpp"
#include "tests/support/api_fixture.hpp"

using namespace endure;
using namespace endure::testing;
using nlohmann::json;

namespace {

std::string read_page() {
  // Tests run somewhere below the source.
  for (auto folder = std::filesystem::current_path();; folder = folder.parent_path()) {
    std::ifstream file(folder / "docs" / "http-api.md");
    if (file) {
      std::ostringstream text;
      text << file.rdbuf();
      return text.str();
    }
    if (folder == folder.parent_path()) FAIL("docs/http-api.md is not above the working folder");
  }
}

std::set<std::string> calls_of(const ApiFixture& f) {
  std::set<std::string> calls;
  for (const auto& route : f.api.routes()) {
    calls.insert(std::string(route.method) + " " + std::string(route.pattern));
  }
  return calls;
}

}  // namespace

TEST_CASE("the page documents every call, and no other", "[http]") {
  ApiFixture f;
  const std::string page = read_page();
  const std::regex row(R"(\n\| `(GET|POST|PUT|DELETE) (/[^` ]*)` \|)");
  std::set<std::string> documented;
  for (std::sregex_iterator it(page.begin(), page.end(), row), end; it != end; ++it) {
    documented.insert((*it)[1].str() + " " + (*it)[2].str());
  }
  CHECK(documented == calls_of(f));
}

TEST_CASE("the page names every field and query parameter", "[http]") {
  ApiFixture f;
  const std::string page = read_page();
  for (const auto& route : f.api.routes()) {
    const std::string call =
        "| `" + std::string(route.method) + " " + std::string(route.pattern) + "` |";
    const auto begin = page.find(call);
    REQUIRE(begin != std::string::npos);
    const auto row = page.substr(begin, page.find('\n', begin) - begin);
    for (const auto& fields : {route.body, route.query}) {
      for (const auto& field : fields) {
        INFO(row << ": " << field.name);
        CHECK(mentions(row.substr(call.size()), std::string(field.name)));
      }
    }
  }
}

TEST_CASE("the OpenAPI document holds every call with its parameters and body", "[http]") {
  ApiFixture f;
  const auto document = json_of(f.get("/openapi.json"));
  CHECK(document["openapi"] == "3.1.0");
  CHECK_FALSE(document.contains("security"));
  std::set<std::string> described;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, call] : methods.items()) {
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      described.insert(upper + " " + path);
      CHECK_FALSE(call["operationId"].get<std::string>().empty());
      CHECK_FALSE(call["summary"].get<std::string>().empty());
      CHECK(call["responses"].contains("default"));
      for (const auto& parameter : call["parameters"]) {
        if (parameter["in"] == "path") {
          CHECK(mentions(path, "{" + parameter["name"].get<std::string>() + "}"));
        }
      }
    }
  }
  CHECK(described == calls_of(f));
  const auto& start = document["paths"]["/v1/workflows"]["post"]["requestBody"];
  const auto& schema = start["content"]["application/json"]["schema"];
  CHECK(start["required"] == true);
  CHECK(schema["required"] == json::array({"definition"}));
  CHECK(schema["additionalProperties"] == false);
  CHECK(schema["properties"]["on_conflict"]["enum"] == json::array({"reject", "return_existing"}));
}

TEST_CASE("operation ids are unique", "[http]") {
  ApiFixture f;
  std::set<std::string_view> names;
  for (const auto& route : f.api.routes()) CHECK(names.insert(route.name).second);
}

TEST_CASE("with tokens the OpenAPI document says so", "[http]") {
  auto config = quick_config();
  config.guard.tokens = {"secret"};
  ApiFixture f(config);
  const auto response = f.call("GET", "/openapi.json", {}, {{"authorization", "Bearer secret"}});
  const auto document = json_of(response);
  CHECK(document["components"]["securitySchemes"].contains("bearer"));
  CHECK(document["paths"]["/healthz"]["get"]["security"] == json::array());
  CHECK_FALSE(document["paths"]["/metrics"]["get"].contains("security"));
}

TEST_CASE("health, readiness and version are told", "[http]") {
  auto config = quick_config();
  config.version = "1.2.3";
  ApiFixture f(config);
  CHECK(json_of(f.get("/healthz"))["status"] == "ok");
  problem_detail(f.get("/readyz"), 503, "retry_later");
  f.api.set_ready(true);
  CHECK(f.get("/readyz").status == 200);
  CHECK(json_of(f.get("/v1/version")) == json{{"version", "1.2.3"}, {"api", "v1"}});
}

TEST_CASE("the tree and the counters are told", "[http]") {
  ApiFixture f;
  f.engine.put_tree({{"/root", 3, 0, 0, "", {}}, {"/root/journal", 0, 7, 2, "it died", {}}});
  actors::EngineStats stats;
  stats.transitions = 42;
  stats.journal.commits = 7;
  stats.store.room.used_bytes = 4'096;
  stats.store.readers = 3;
  stats.store.reader_behind = 17;
  f.engine.put_stats(stats);
  const auto tree = json_of(f.get("/v1/actors"))["items"];
  REQUIRE(tree.size() == 2);
  CHECK(tree[1] == json{{"path", "/root/journal"},
                        {"children", 0},
                        {"mailbox", 7},
                        {"restarts", 2},
                        {"last_failure", "it died"},
                        {"stuck_since", nullptr}});
  const auto told = json_of(f.get("/v1/stats"));
  CHECK(told["workflows"]["transitions"] == 42);
  CHECK(told["journal"]["commits"] == 7);
  CHECK(told["store"]["used_bytes"] == 4'096);
  CHECK(told["store"]["readers"] == 3);
  CHECK(told["store"]["reader_behind"] == 17);
}

TEST_CASE("what is stuck is told, and counted in the metrics", "[http]") {
  ApiFixture f;
  auto& watchdog = f.engine.watchdog();
  const auto slot = watchdog.watch("journal", [](std::uint64_t number) {
    return "a commit of " + std::to_string(number) + " changes";
  });
  slot->begin(3);
  watchdog.look();
  CHECK(json_of(f.get("/v1/stuck"))["items"].empty());
  const auto since = to_rfc3339(f.engine.watched.now());
  f.engine.watched.advance_ms(1'001);
  watchdog.look();
  CHECK(json_of(f.get("/v1/stuck"))["items"] ==
        json{{{"who", "journal"}, {"job", "a commit of 3 changes"}, {"since", since}}});
  const auto metrics = f.get("/metrics").body;
  CHECK(metrics.find("\nendure_stuck 1\n") != std::string::npos);
  CHECK(metrics.find("\nendure_stuck_total 1\n") != std::string::npos);
  slot->end();
  CHECK(json_of(f.get("/v1/stuck"))["items"].empty());
}

TEST_CASE("damaged rows are told", "[http]") {
  ApiFixture f;
  f.store->damage().note({"ready", "enrich/5", "torn", 7});
  f.store->damage().note({"outbox", "12", "torn", 0});
  const auto items = json_of(f.get("/v1/damage"))["items"];
  REQUIRE(items.size() == 2);
  CHECK(items[0] == json{{"table", "outbox"},
                         {"key", "12"},
                         {"what", "torn"},
                         {"number", nullptr},
                         {"workflow", nullptr}});
  CHECK(items[1]["number"] == 7);
  CHECK(items[1]["workflow"].is_null());  // it is not there
}

TEST_CASE("metrics are Prometheus text with one type for each family", "[http]") {
  runtime::MetricsInput input;
  input.version = "1.0\"\\\n";
  input.stats.transitions = 42;
  input.stats.journal.commit_us_total = 1'500'000;
  input.requests[{"health", 200}] = {3, 2'500};
  input.now = {10'000};
  actors::QueueView queue;
  queue.queue = "enrich";
  queue.counts = {5, 2, 1};
  queue.oldest = Instant{8'750};
  input.queues = {queue};
  input.events = {{"a", 3, 2, 1, 0}};
  actors::SinkView sink;
  sink.sink = "http://s.test/";
  sink.backlog = 9;
  sink.failing_since = Instant{1};
  input.sinks = {sink};
  const auto text = runtime::write_metrics(input);
  for (const char* line :
       {"endure_info{version=\"1.0\\\"\\\\\\n\"} 1\n", "endure_transitions_total 42\n",
        "endure_journal_commit_seconds_total 1.500000\n",
        "endure_queue_depth{queue=\"enrich\"} 7\n", "endure_queue_dead{queue=\"enrich\"} 1\n",
        "endure_queue_oldest_age_seconds{queue=\"enrich\"} 1.250000\n",
        "endure_http_requests_total{route=\"health\",code=\"200\"} 3\n",
        "endure_http_request_seconds_total{route=\"health\",code=\"200\"} 0.002500\n",
        "endure_events_kept{type=\"a\"} 3\n", "endure_events_expired_total{type=\"a\"} 1\n",
        "endure_sink_backlog{sink=\"http://s.test/\"} 9\n",
        "endure_sink_failing{sink=\"http://s.test/\"} 1\n", "endure_ready 0\n"}) {
    INFO(line);
    CHECK(mentions(text, std::string("\n") + line));
  }
  std::istringstream lines(text);
  std::set<std::string> families;
  std::string current;
  const std::regex sample(R"(([a-z_]+)(\{[^ ]*\})? [0-9.]+)");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      current = line.substr(7, line.rfind(' ') - 7);
      CHECK(families.insert(current).second);
    } else if (!line.starts_with("#")) {
      std::smatch match;
      INFO(line);
      REQUIRE(std::regex_match(line, match, sample));
      CHECK(match[1] == current);
    }
  }
}

TEST_CASE("metrics are served from the engine's figures", "[http]") {
  ApiFixture f;
  actors::QueueView queue;
  queue.queue = "enrich";
  f.engine.put_queue(queue);
  f.get("/healthz");
  const auto response = f.get("/metrics");
  CHECK(response.content_type.starts_with("text/plain; version=0.0.4"));
  CHECK(mentions(response.body, "endure_queue_depth{queue=\"enrich\"} 0"));
  CHECK(mentions(response.body, "route=\"health\",code=\"200\"} 1"));
  f.engine.hold_replies();
  CHECK(f.get("/metrics").status == 503);
}
