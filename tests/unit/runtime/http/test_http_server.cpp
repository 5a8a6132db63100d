// The server on a real socket.
#include "runtime/http_server.hpp"

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/api_fixture.hpp"
#include "tests/support/raw_client.hpp"

using namespace endure;
using namespace endure::testing;

namespace {

struct ServerFixture {
  explicit ServerFixture(runtime::HttpServerConfig config = {}) {
    config.port = 0;
    server = std::make_unique<runtime::HttpServer>(config, engine, *store, expressions, clock);
    REQUIRE(server->start());
  }
  std::uint16_t port() const { return server->port(); }

  FakeEngine engine;
  std::unique_ptr<persistence::Store> store = persistence::make_memory_store();
  NoExpressions expressions;
  SystemClock clock;
  std::unique_ptr<runtime::HttpServer> server;
};

std::string length(const std::string& body) {
  return "Content-Length: " + std::to_string(body.size()) + "\r\n";
}

std::int64_t elapsed_ms(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               since)
      .count();
}

}  // namespace

TEST_CASE("one connection carries many requests", "[http][socket]") {
  ServerFixture f;
  RawClient client(f.port());
  for (int i = 0; i < 20; ++i) {
    const std::string body = R"({"definition": "a"})";
    REQUIRE(client.request("POST /v1/workflows", length(body), body));
    CHECK(client.read().status == 201);
    REQUIRE(client.request("GET /healthz"));
    CHECK(client.read().says("ok"));
  }
  CHECK(f.engine.calls().started.size() == 20);
}

TEST_CASE("pipelined requests are answered in their order", "[http][socket]") {
  ServerFixture f;
  RawClient client(f.port());
  const std::string one = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string other = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n";
  REQUIRE(client.send(one + other + one));
  CHECK(client.read().status == 200);
  CHECK(client.read().status == 404);
  CHECK(client.read().status == 200);
}

TEST_CASE("readiness follows what the node says", "[http][socket]") {
  ServerFixture f;
  RawClient client(f.port());
  client.request("GET /readyz");
  const auto before = client.read();
  CHECK(before.status == 503);
  CHECK(before.says("Retry-After: 1"));
  f.server->set_ready(true);
  client.request("GET /readyz");
  CHECK(client.read().status == 200);
}

TEST_CASE("answers are whole and plain, whatever a client would take", "[http][socket]") {
  ServerFixture f;
  RawClient client(f.port());
  client.request("GET /openapi.json", "Accept-Encoding: gzip, br\r\nRange: bytes=0-9\r\n");
  const auto answer = client.read();
  CHECK(answer.status == 200);
  CHECK_FALSE(answer.says("Content-Encoding"));
  CHECK_FALSE(answer.says("Content-Range"));
  CHECK(nlohmann::json::accept(answer.body));
  CHECK(answer.says("Keep-Alive: timeout=30"));
}

TEST_CASE("a HEAD is answered without a body", "[http][socket]") {
  ServerFixture f;
  RawClient client(f.port());
  client.request("HEAD /healthz");
  client.request("GET /healthz");
  const auto first = client.read();
  CHECK(first.status == 200);
}

TEST_CASE("a chunked body is read", "[http][socket]") {
  ServerFixture f;
  RawClient client(f.port());
  client.request("POST /v1/workflows", "Transfer-Encoding: chunked\r\n",
                 "8\r\n{\"defini\r\nb\r\ntion\": \"a\"}\r\n0\r\n\r\n");
  CHECK(client.read().status == 201);
}

TEST_CASE("a body that is announced as too large is refused before it is sent", "[http][socket]") {
  ServerFixture f;
  RawClient client(f.port());
  client.request("POST /v1/workflows", "Content-Length: 99999999999\r\n");
  const auto answer = client.read();
  CHECK(answer.status == 413);
  CHECK(answer.says("application/problem+json"));
  CHECK(client.closed());
}

TEST_CASE("a chunked body that grows too large is cut", "[http][socket]") {
  runtime::HttpServerConfig config;
  config.limits.max_body_bytes = 1'000;
  ServerFixture f(config);
  RawClient client(f.port());
  client.request("POST /v1/workflows", "Transfer-Encoding: chunked\r\n",
                 "800\r\n" + std::string(0x800, ' ') + "\r\n");
  CHECK(client.read().status == 413);
  CHECK(client.closed());
}

TEST_CASE("what is not HTTP is refused and the connection closed", "[http][socket]") {
  ServerFixture f;
  for (const char* text :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "FOO / HTTP/1.1\r\n\r\n"}) {
    INFO(text);
    RawClient client(f.port());
    client.send(text);
    const auto answer = client.read();
    CHECK(answer.status == 400);
    CHECK(answer.says("application/problem+json"));
    CHECK(client.closed());
  }
}

TEST_CASE("a head that is too large is refused", "[http][socket]") {
  ServerFixture f;
  {
    RawClient client(f.port());  // one line
    client.request("GET /healthz", "X-Long: " + std::string(9'000, 'a') + "\r\n");
    const auto answer = client.read();
    CHECK(answer.status == 431);
    CHECK(answer.says("too_large"));
    CHECK(client.closed());
  }
  {
    RawClient client(f.port());  // many
    std::string headers;
    for (int i = 0; i < 50; ++i)
      headers += "X-" + std::to_string(i) + ": " + std::string(900, 'a') + "\r\n";
    client.request("GET /healthz", headers);
    CHECK(client.read().status == 431);
  }
  {
    RawClient client(f.port());  // a first line without an end
    client.send("GET /" + std::string(20'000, 'a'));
    CHECK(client.read().status == 431);
  }
}

TEST_CASE("forms and compressed bodies are refused", "[http][socket]") {
  ServerFixture f;
  RawClient form(f.port());
  form.request("POST /v1/workflows",
               "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n", "--x--");
  CHECK(form.read().status == 415);
  RawClient zipped(f.port());
  zipped.request("POST /v1/workflows", "Content-Encoding: gzip\r\nContent-Length: 2\r\n", "{}");
  CHECK(zipped.read().status == 415);
}

TEST_CASE("a body on a GET does not become the next request", "[http][socket]") {
  ServerFixture f;
  RawClient client(f.port());
  const std::string smuggled = "GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n";
  client.request("GET /healthz", length(smuggled), smuggled);
  client.read();
  CHECK(client.read().status == 0);
  CHECK(client.closed());
}

TEST_CASE("a request that arrives too slowly is given up", "[http][socket]") {
  runtime::HttpServerConfig config;
  config.request_ms = 100;
  ServerFixture f(config);
  RawClient head(f.port());
  head.send("GET /healthz HTTP/1.1\r\nHost: lo");
  head.read();
  CHECK(head.closed());
  RawClient body(f.port());
  body.request("POST /v1/workflows", "Content-Length: 100\r\n", "{");
  CHECK(body.read().status == 408);
  CHECK(body.closed());
  CHECK(f.engine.calls().started.empty());
}

TEST_CASE("an idle connection is closed after its time", "[http][socket]") {
  runtime::HttpServerConfig config;
  config.keep_alive_ms = 50;
  ServerFixture f(config);
  RawClient client(f.port());
  CHECK(client.closed());
}

TEST_CASE("idle connections make room for a new one", "[http][socket]") {
  runtime::HttpServerConfig config;
  config.threads = 1;
  config.max_connections = 4;
  ServerFixture f(config);
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 4; ++i) {
    idle.push_back(std::make_unique<RawClient>(f.port()));
    idle.back()->request("GET /healthz");
    CHECK(idle.back()->read().status == 200);
  }
  for (int i = 0; i < 3; ++i) {
    RawClient client(f.port());
    client.request("GET /healthz");
    CHECK(client.read().status == 200);
  }
}

TEST_CASE("clients that stall do not hold up the others", "[http][socket]") {
  ServerFixture f;
  std::vector<std::unique_ptr<RawClient>> stalled;
  for (int i = 0; i < 40; ++i) {
    stalled.push_back(std::make_unique<RawClient>(f.port()));
    stalled.back()->send("POST /v1/workflows HTTP/1.1\r\nContent-Le");
  }
  RawClient client(f.port());
  client.request("GET /healthz");
  CHECK(client.read().status == 200);
}

TEST_CASE("stopping ends long polls at once and closes idle connections", "[http][socket]") {
  ServerFixture f;
  actors::WorkflowView view;
  view.summary.name = {"default", "a"};
  view.summary.phase = workflow::Phase::running;
  f.engine.put_workflow(view);
  RawClient idle(f.port());
  RawClient poll(f.port());
  RawClient lease(f.port());
  poll.request("GET /v1/workflows/default/a/result?wait_ms=60000");
  const std::string body = R"({"worker": "w", "wait_ms": 60000})";
  lease.request("POST /v1/queues/q/lease", length(body), body);
  REQUIRE(f.engine.wait_until([](const auto& calls) { return !calls.attached.empty(); }));
  while (f.engine.awaiting() == 0) std::this_thread::yield();
  const auto begun = std::chrono::steady_clock::now();
  f.server->stop();
  CHECK(elapsed_ms(begun) < 2'500);
  CHECK(poll.read().status == 503);
  CHECK(lease.read().body == R"({"steps":[]})");
  CHECK(idle.closed());
  f.server->stop();  // once more does nothing
}

TEST_CASE("stopping does not wait for an engine that never answers", "[http][socket]") {
  runtime::HttpServerConfig config;
  config.stop_grace_ms = 100;
  config.limits.call_deadline_ms = 60'000;
  ServerFixture f(config);
  f.engine.hold_replies();
  RawClient client(f.port());
  const std::string body = R"({"definition": "a"})";
  client.request("POST /v1/workflows", length(body), body);
  REQUIRE(f.engine.wait_until([](const auto& calls) { return !calls.started.empty(); }));
  const auto begun = std::chrono::steady_clock::now();
  f.server->stop();
  CHECK(elapsed_ms(begun) < 10'000);
}

TEST_CASE("a port that is taken is an error", "[http][socket]") {
  ServerFixture f;
  runtime::HttpServerConfig config;
  config.port = f.port();
  runtime::HttpServer second(config, f.engine, *f.store, f.expressions, f.clock);
  const auto started = second.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().code == Code::io);
}

TEST_CASE("a server that never started, or is only destroyed, stops", "[http][socket]") {
  FakeEngine engine;
  const auto store = persistence::make_memory_store();
  NoExpressions expressions;
  SystemClock clock;
  runtime::HttpServer server({}, engine, *store, expressions, clock);
  server.stop();
}
