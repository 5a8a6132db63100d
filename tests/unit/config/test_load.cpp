#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "config/load.hpp"
#include "tests/support/catch.hpp"

using namespace endure::config;

namespace {

// A file in a folder of its own, both removed at the end.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    char name[] = "/tmp/endure-config-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    folder_ = name;
    std::ofstream(path()) << text;
  }
  ~TemporaryFile() { std::filesystem::remove_all(folder_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string path() const { return folder_ / "endure.yaml"; }

 private:
  std::filesystem::path folder_;
};

tl::expected<Loaded, std::vector<Problem>> load_text(const std::string& text) {
  const TemporaryFile file(text);
  return load({file.path(), {}, {}});
}

// The problems of a file that has some, each as "line: name: what".
std::vector<std::string> problems_of(const std::string& text) {
  const auto loaded = load_text(text);
  REQUIRE_FALSE(loaded);
  std::vector<std::string> out;
  for (const Problem& problem : loaded.error()) {
    const std::string whole = to_string(problem);
    out.push_back(whole.substr(whole.find("endure.yaml:") + 12));
  }
  return out;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("without any source all is default") {
  const auto loaded = load({});
  REQUIRE(loaded);
  CHECK(loaded->config.http.listen == "127.0.0.1:7450");
  CHECK(loaded->config.worker.listen == "tcp://127.0.0.1:7451");
  CHECK(loaded->config.http.max_body_bytes == 1U << 20U);
  CHECK(loaded->config.data.durability == Durability::full);
  CHECK(loaded->config.engine.retention_ms == 30LL * 24 * 3600 * 1000);
  CHECK(loaded->origins.empty());
}

TEST_CASE("a file sets values of every type, nested or dotted, and their lines are known") {
  const auto loaded = load_text(
      "http:\n  listen: 0.0.0.0:8080\n  max_body: 2MiB\n  tokens: [0123456789abcdef]\n"
      "engine.retention: 90d\nengine:\n  refuse_starts_above: 0.5\n  shards: 4\n"
      "log: {format: json, file: /var/log/endure.log}\ndata: {durability: relaxed}\n");
  REQUIRE(loaded);
  CHECK(loaded->config.http.listen == "0.0.0.0:8080");
  CHECK(loaded->config.http.max_body_bytes == 2U << 20U);
  CHECK(loaded->config.http.tokens == std::vector<std::string>{"0123456789abcdef"});
  CHECK(loaded->config.engine.retention_ms == 90LL * 24 * 3600 * 1000);
  CHECK(loaded->config.engine.refuse_starts_above == 0.5);
  CHECK(loaded->config.engine.shards == 4);
  CHECK(loaded->config.log.format == LogFormat::json);
  CHECK(loaded->config.data.durability == Durability::relaxed);
  CHECK(contains(loaded->origins.at("http.max_body"), "endure.yaml:3"));
}

TEST_CASE("an empty file, and a section whose lines are all commented out, change nothing") {
  CHECK(load_text(""));
  CHECK(load_text("# nothing\n"));
  const auto loaded = load_text("http:\n  # listen: 127.0.0.1:1\n");
  REQUIRE(loaded);
  CHECK(loaded->origins.empty());
}

TEST_CASE("every problem of a file is told at once, with line and nearest name") {
  const auto problems = problems_of(
      "http:\n  max_bdy: 1MiB\n  threads: many\n"
      "data:\n  durability: fulll\n  max_size: 1KiB\nworkers:\n  listen: tcp://127.0.0.1:1\n");
  REQUIRE(problems.size() == 5);
  CHECK(problems[0] == "2: http.max_bdy: is not a setting; did you mean http.max_body?");
  CHECK(problems[1] == "3: http.threads: 'many' is not a whole number");
  CHECK(problems[2] ==
        "5: data.durability: 'fulll' is not one of full, relaxed; did you mean full?");
  CHECK(problems[3] == "6: data.max_size: 1KiB is out of bounds; allowed is 16MiB to 16TiB");
  CHECK(problems[4] == "8: workers.listen: is not a setting; did you mean worker.listen?");
}

TEST_CASE("values out of their bounds are refused at both ends") {
  CHECK(load_text("http: {threads: 1}\n"));
  CHECK_FALSE(load_text("http: {threads: 0}\n"));
  CHECK_FALSE(load_text("http: {threads: 1025}\n"));
  CHECK_FALSE(load_text("http: {threads: 99999999999}\n"));
  CHECK_FALSE(load_text("http: {threads: -5}\n"));
  CHECK_FALSE(load_text("engine: {refuse_starts_above: nan}\n"));
  CHECK_FALSE(load_text("engine: {refuse_starts_above: 1.01}\n"));
  CHECK_FALSE(load_text("security: {allow_insecure: yes}\n"));
}

TEST_CASE("what YAML can be, but a configuration cannot, is refused with its line") {
  const auto* text = GENERATE("http: [1\n", "- http\n", "just text\n", "http:\n  listen:\n",
                              "http: {threads: 8}\nhttp: {threads: 9}\n", "http: {threads: [8]}\n",
                              "http: {threads: {a: 8}}\n", "http: {tokens: [[x]]}\n",
                              "log: {level: info}\n---\nlog: {level: debug}\n", "a: &a {b: *a}\n",
                              "? [x]\n: y\n", "http: !!binary x\n");
  CAPTURE(text);
  const auto problems = problems_of(text);
  REQUIRE(!problems.empty());
  CHECK((problems[0][0] >= '1' && problems[0][0] <= '9'));
}

TEST_CASE("a file that is missing, a folder or too large is refused") {
  CHECK(load({"/nonexistent/endure.yaml", {}, {}}).error().front().source ==
        "/nonexistent/endure.yaml");
  CHECK_FALSE(load({"/tmp", {}, {}}));
  CHECK_FALSE(load_text(std::string((1U << 20U) + 1, '#')));
}

TEST_CASE("the environment overrides the file, and an option overrides both") {
  const TemporaryFile file("log: {level: debug}\nhttp: {threads: 8}\nnode: {name: a}\n");
  const auto loaded = load({file.path(),
                            {{"ENDURE_HTTP_THREADS", "9"}, {"ENDURE_NODE_NAME", "b"}},
                            {{"node.name", "c", "--name"}}});
  REQUIRE(loaded);
  CHECK(loaded->config.log.level == LogLevel::debug);
  CHECK(loaded->config.http.threads == 9);
  CHECK(loaded->config.node.name == "c");
  CHECK(loaded->origins.at("http.threads") == "environment variable ENDURE_HTTP_THREADS");
  CHECK(loaded->origins.at("node.name") == "--name");
}

TEST_CASE("a list in the environment is split at commas") {
  const auto loaded = load({{}, {{"ENDURE_HTTP_TOKENS", "0123456789abcdef,fedcba9876543210"}}, {}});
  REQUIRE(loaded);
  CHECK(loaded->config.http.tokens.size() == 2);
}

TEST_CASE("a bad value in the environment is refused by the variable's name") {
  const auto loaded = load({{}, {{"ENDURE_LOG_LEVEL", "loud"}}, {}});
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().front().source == "environment variable ENDURE_LOG_LEVEL");
}

TEST_CASE("a mistyped variable is warned of, and one of another program is left alone") {
  const auto loaded =
      load({{}, {{"ENDURE_HTTP_LISTN", "x"}, {"ENDURE_NODE", "x"}, {"ENDURE_CRASH_AT", "x"}}, {}});
  REQUIRE(loaded);
  REQUIRE(loaded->warnings.size() == 1);
  CHECK(contains(to_string(loaded->warnings[0]), "did you mean ENDURE_HTTP_LISTEN?"));
}

TEST_CASE("listening beyond this machine needs a token or plain words") {
  const auto refused = load({{}, {{"ENDURE_HTTP_LISTEN", "0.0.0.0:7450"}}, {}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().front().name == "http.listen");
  CHECK(contains(refused.error().front().what, "http.tokens"));
  CHECK(load({{},
              {{"ENDURE_HTTP_LISTEN", "0.0.0.0:7450"}, {"ENDURE_HTTP_TOKENS", "0123456789abcdef"}},
              {}}));
  CHECK(load({{},
              {{"ENDURE_HTTP_LISTEN", "0.0.0.0:7450"}, {"ENDURE_SECURITY_ALLOW_INSECURE", "true"}},
              {}}));
  CHECK_FALSE(load({{}, {{"ENDURE_WORKER_LISTEN", "tcp://*:7451"}}, {}}));
}

TEST_CASE("a short token, or one with a space, is refused without showing it") {
  const auto* token = GENERATE("short", "with space 0123456789");
  const auto loaded = load({{}, {{"ENDURE_HTTP_TOKENS", token}}, {}});
  REQUIRE_FALSE(loaded);
  CHECK_FALSE(contains(to_string(loaded.error().front()), token));
}

TEST_CASE("a sink must be a URL, and has at most one token") {
  for (const char* wrong : {"ftp://x.test", "http://", "x.test/events", "http://x.test/a b"}) {
    INFO(wrong);
    const auto refused = load({{}, {{"ENDURE_EVENTS_SINKS", wrong}}, {}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().front().name == "events.sinks");
  }
  const auto more = load({{},
                          {{"ENDURE_EVENTS_SINKS", "https://x.test/in?a=1"},
                           {"ENDURE_EVENTS_SINK_TOKENS", "0123456789,0123456780"}},
                          {}});
  REQUIRE_FALSE(more);
  CHECK(more.error().front().name == "events.sink_tokens");
  const auto loaded = load({{}, {{"ENDURE_EVENTS_SINKS", "http://x.test,https://y.test/in"}}, {}});
  REQUIRE(loaded);
  CHECK(loaded->config.events.sinks.size() == 2);
}

TEST_CASE("settings that contradict one another are refused") {
  CHECK_FALSE(load_text("worker: {heartbeat: 10s, lost_after: 15s}\n"));
  CHECK_FALSE(load_text("worker: {max_message: 1KiB}\n"));
  CHECK_FALSE(load_text("engine: {default_backoff: 2m}\n"));
  CHECK_FALSE(load_text("http_client: {timeout: 1s}\n"));
  CHECK_FALSE(load_text("data: {folder: ''}\n"));
}

TEST_CASE("a cluster's section is checked as a whole") {
  const auto of = [](const std::string& cluster, const std::string& node = "a") {
    return "node: { name: " + node + " }\ncluster:\n  name: prod\n" + cluster;
  };
  const std::string nodes = "  nodes: ['a=tcp://127.0.0.1:7452', 'b=tcp://127.0.0.1:7462']\n";
  const auto loaded = load_text(of(nodes));
  REQUIRE(loaded);
  CHECK(loaded->config.cluster.nodes.size() == 2);
  CHECK(loaded->config.cluster.shards == 64);
  CHECK(load_text("cluster: { nodes: ['nonsense'] }"));  // no name, no cluster

  const auto says = [&](const std::string& text, const std::string& part) {
    for (const auto& problem : problems_of(text)) {
      if (problem.find(part) != std::string::npos) return true;
    }
    return false;
  };
  CHECK(says(of(nodes, "c"), "this node, c"));
  CHECK(says(of("  nodes: ['a=tcp://h:1', 'a=tcp://h:2']\n"), "stands there twice"));
  CHECK(says(of("  nodes: ['a=tcp://h:1', 'b']\n"), "there is no '='"));
  CHECK(says(of("  nodes: ['a=tcp://h:1', 'b=tcp://h:0']\n"), "has no port"));
  CHECK(says(of("  nodes: ['a=tcp://h:1', 'b c=tcp://h:2']\n"), "its name has"));
  CHECK(says(of(nodes + "  listen: 'tcp://0.0.0.0:7452'\n"), "nobody is authenticated"));
  CHECK(load_text(of(nodes + "  listen: 'tcp://0.0.0.0:7452'\n  keys: /etc/keys\n")));
  CHECK(says(of(nodes + "  heartbeat: 4s\n"), "twice cluster.heartbeat"));
  CHECK(says(of(nodes + "events: { keep_for: 59s }\n"), "at least 1m in a cluster"));
  CHECK(load_text(of(nodes + "events: { keep_for: 1m }\n")));
}
