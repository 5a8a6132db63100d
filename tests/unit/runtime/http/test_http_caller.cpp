// Outbound calls against a server on loopback.
#include "runtime/http_caller.hpp"

#include <condition_variable>

#include "persistence/codec.hpp"
#include "runtime/http_call/response.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/raw_server.hpp"

using namespace endure;
using namespace endure::testing;
using nlohmann::json;

namespace {

actors::LeasedStep call_step(const json& arguments, WorkflowNumber workflow = 1) {
  return make_step("endure.http", workflow, persistence::encode_value(arguments));
}

struct CallerFixture {
  explicit CallerFixture(runtime::HttpCallerConfig config = quick()) : caller(config, engine) {
    REQUIRE(caller.start());
  }
  static runtime::HttpCallerConfig quick() {
    runtime::HttpCallerConfig config;
    config.connect_timeout_ms = 2'000;
    config.timeout_ms = 5'000;
    config.max_response_bytes = 10'000;
    return config;
  }

  json result_of(const json& arguments) {
    engine.push_step(call_step(arguments));
    REQUIRE(engine.wait_until(
        [](const auto& calls) { return calls.completed.size() + calls.failed.size() > 0; }));
    const auto calls = engine.calls();
    for (const auto& failed : calls.failed) FAIL(failed.failure.fault.detail);
    return calls.completed.at(0).result.json();
  }
  actors::StepFailure failure_of(const json& arguments) {
    engine.push_step(call_step(arguments));
    REQUIRE(engine.wait_until(
        [](const auto& calls) { return calls.completed.size() + calls.failed.size() > 0; }));
    REQUIRE(engine.calls().failed.size() == 1);
    return engine.calls().failed.at(0).failure;
  }

  FakeEngine engine;
  runtime::HttpCaller caller;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a call is made and its content completes the step", "[http_call][socket]") {
  RawServer server(
      [](const auto&) { return http_answer("200 OK", "application/json", R"({"score": 0.5})"); });
  CallerFixture f;
  const auto result = f.result_of({{"method", "POST"},
                                   {"uri", server.url("/enrich")},
                                   {"query", {{"a", "b c"}}},
                                   {"headers", {{"X-Mine", "1"}, {"X-Empty", ""}}},
                                   {"body", {{"post", "hi"}}}});
  CHECK(result == json{{"score", 0.5}});
  const auto request = server.requests().at(0);
  CHECK(request.starts_with("POST /enrich?a=b%20c HTTP/1.1\r\n"));
  CHECK(has(request, "\r\nX-Mine: 1\r\n"));
  CHECK(has(request, "\r\nX-Empty:\r\n"));
  CHECK(has(request, "\r\nContent-Type: application/json\r\n"));
  CHECK(has(request, "\r\nIdempotency-Key: key-1\r\n"));
  CHECK(has(request, "\r\n\r\n{\"post\":\"hi\"}"));
  CHECK_FALSE(has(request, "Expect:"));
}

TEST_CASE("every method is sent as it is named", "[http_call][socket]") {
  RawServer server([](const auto&) { return http_answer("200 OK", "text/plain", ""); });
  for (const char* method : {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "POST"}) {
    INFO(method);
    CallerFixture f;
    CHECK(f.result_of({{"method", method}, {"uri", server.url()}}).is_null());
    CHECK(server.requests().back().starts_with(std::string(method) + " / "));
  }
}

TEST_CASE("basic authentication is sent", "[http_call][socket]") {
  RawServer server([](const auto&) { return http_answer("200 OK", "text/plain", "ok"); });
  CallerFixture f;
  f.result_of({{"uri", server.url()},
               {"authentication", {{"basic", {{"username", "u"}, {"password", "p"}}}}}});
  CHECK(has(server.requests().at(0), "\r\nAuthorization: Basic dTpw\r\n"));
}

TEST_CASE("a status that is no success fails the step for good", "[http_call][socket]") {
  RawServer server([](const auto&) {
    return http_answer("429 Too Many Requests", "text/plain", "slow down", "Retry-After: 7\r\n");
  });
  CallerFixture f;
  const auto failure = f.failure_of({{"uri", server.url("/x?token=secret")}});
  CHECK_FALSE(failure.retryable);
  CHECK(failure.fault.type == http_call::communication_error);
  CHECK(failure.fault.status == 429);
  CHECK(failure.fault.title == "Too Many Requests");
  CHECK(has(failure.fault.detail, "slow down"));
  CHECK_FALSE(has(failure.fault.detail, "secret"));
}

TEST_CASE("a redirect is followed only where the task says so", "[http_call][socket]") {
  RawServer* self = nullptr;
  RawServer server([&](const std::string& request) {
    if (has(request, "GET /end")) return http_answer("200 OK", "text/plain", "arrived");
    return http_answer("302 Found", "text/plain", "", "Location: " + self->url("/end") + "\r\n");
  });
  self = &server;
  {
    CallerFixture f;
    CHECK(f.failure_of({{"uri", server.url("/start")}}).fault.status == 302);
  }
  CallerFixture f;
  CHECK(f.result_of({{"uri", server.url("/start")}, {"redirect", true}}) == "arrived");
}

TEST_CASE("a redirect to another protocol, or without end, is a fault", "[http_call][socket]") {
  std::string location = "file:///etc/hostname";
  RawServer server([&](const auto&) {
    return http_answer("302 Found", "text/plain", "", "Location: " + location + "\r\n");
  });
  {
    CallerFixture f;
    const auto failure = f.failure_of({{"uri", server.url()}, {"redirect", true}});
    CHECK(failure.fault.type == http_call::communication_error);
    CHECK(failure.fault.status == 502);
  }
  location = server.url();
  CallerFixture f;
  CHECK(f.failure_of({{"uri", server.url()}, {"redirect", true}}).fault.status == 502);
}

TEST_CASE("a peer that breaks off or talks nonsense is a communication fault",
          "[http_call][socket]") {
  std::string headers;
  for (int i = 0; i < 400; ++i) headers += "X: " + std::string(1'000, 'x') + "\r\n";
  const std::pair<std::string, int> answers[] = {
      {"HTTP/1.1 200 OK\r\n" + headers + "\r\n", 502},
      {"", 502},
      {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", 502},
      {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{\"a\":",
       502},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope", 502},
      {http_answer("200 OK", "text/plain", std::string(10'001, 'x')), 502},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(400'000, 'x') + "\r\n\r\n", 502}};
  for (const auto& [bytes, status] : answers) {
    INFO(bytes.substr(0, 80));
    RawServer server([&](const auto&) { return bytes; });
    CallerFixture f;
    const auto failure = f.failure_of({{"uri", server.url()}});
    CHECK(failure.fault.type == http_call::communication_error);
    CHECK(failure.fault.status == status);
    CHECK_FALSE(failure.retryable);
  }
}

TEST_CASE("a peer that is not there is a communication fault of status 503",
          "[http_call][socket]") {
  std::string url;
  {
    RawServer server([](const auto&) { return ""; });
    url = server.url();
  }
  CallerFixture f;
  CHECK(f.failure_of({{"uri", url}}).fault.status == 503);
}

TEST_CASE("a peer that does not answer in time is a communication fault of status 504",
          "[http_call][socket]") {
  std::mutex mutex;
  std::condition_variable released;
  bool go = false;
  RawServer server([&](const auto&) {
    std::unique_lock lock(mutex);
    released.wait(lock, [&] { return go; });
    return std::string();
  });
  auto config = CallerFixture::quick();
  config.timeout_ms = 100;
  CallerFixture f(config);
  CHECK(f.failure_of({{"uri", server.url()}}).fault.status == 504);
  {
    const std::lock_guard lock(mutex);
    go = true;
  }
  released.notify_all();
}

TEST_CASE("arguments that make no request are a configuration fault", "[http_call][socket]") {
  {
    CallerFixture f;
    const auto failure = f.failure_of({{"uri", "file:///etc/passwd"}});
    CHECK(failure.fault.type == http_call::configuration_error);
    CHECK(failure.fault.status == 400);
    CHECK_FALSE(failure.retryable);
  }
  CallerFixture f;
  f.engine.push_step(make_step("endure.http", 1, "\xc1 no msgpack"));
  REQUIRE(f.engine.wait_until([](const auto& calls) { return !calls.failed.empty(); }));
  CHECK(f.engine.calls().failed.at(0).failure.fault.type == http_call::configuration_error);
}

TEST_CASE("many calls run, no more at a time than allowed, and credit comes back",
          "[http_call][socket]") {
  RawServer server([](const auto&) { return http_answer("200 OK", "text/plain", "ok"); });
  auto config = CallerFixture::quick();
  config.concurrency = 4;
  CallerFixture f(config);
  for (WorkflowNumber n = 1; n <= 50; ++n)
    f.engine.push_step(call_step({{"uri", server.url()}}, n));
  CHECK(f.engine.leased_steps() <= 4);
  REQUIRE(f.engine.wait_until([](const auto& calls) { return calls.completed.size() == 50; }));
  CHECK(server.requests().size() == 50);
}

TEST_CASE("a long call keeps its lease by heartbeats, and a lost one is ended",
          "[http_call][socket]") {
  std::mutex mutex;
  std::condition_variable released;
  bool go = false;
  RawServer server([&](const auto&) {
    std::unique_lock lock(mutex);
    released.wait(lock, [&] { return go; });
    return http_answer("200 OK", "text/plain", "late");
  });
  auto config = CallerFixture::quick();
  config.concurrency = 1;
  CallerFixture f(config);
  auto step = call_step({{"uri", server.url()}});
  step.lease_ms = 150;
  f.engine.push_step(step);
  REQUIRE(f.engine.wait_until([](const auto& calls) { return calls.heartbeats.size() >= 2; }));
  f.engine.revoke(step.token, "its workflow no longer waits for it");
  f.engine.push_step(call_step({{"uri", "file:///x"}}, 2));  // needs the credit of the first
  REQUIRE(f.engine.wait_until([](const auto& calls) { return calls.failed.size() == 1; }));
  CHECK(f.engine.calls().completed.empty());
  {
    const std::lock_guard lock(mutex);
    go = true;
  }
  released.notify_all();
}

TEST_CASE("an outcome that the engine cannot take yet is offered again, the call made once",
          "[http_call][socket]") {
  std::mutex mutex;
  std::condition_variable changed;
  bool go = false;
  RawServer server([&](const auto&) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return go; });
    return http_answer("200 OK", "text/plain", "ok");
  });
  CallerFixture f;
  f.engine.push_step(call_step({{"uri", server.url()}}));
  f.engine.answer_with(Error{Code::retry_later, "busy", ""});
  {
    const std::lock_guard lock(mutex);
    go = true;
  }
  changed.notify_all();
  CHECK_FALSE(f.engine.wait_until([](const auto& calls) { return !calls.completed.empty(); }, 300));
  f.engine.answer_with(std::nullopt);
  REQUIRE(f.engine.wait_until([](const auto& calls) { return !calls.completed.empty(); }));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("stopping ends calls and hands their steps back as attempts", "[http_call][socket]") {
  std::mutex mutex;
  std::condition_variable changed;
  bool arrived = false;
  bool go = false;
  RawServer server([&](const auto&) {
    std::unique_lock lock(mutex);
    arrived = true;
    changed.notify_all();
    changed.wait(lock, [&] { return go; });
    return std::string();
  });
  CallerFixture f;
  f.engine.push_step(call_step({{"uri", server.url()}}));
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return arrived; });
  }
  f.caller.stop();
  REQUIRE(f.engine.calls().detached.size() == 1);
  CHECK(f.engine.calls().detached[0].lost);
  CHECK(f.engine.ready_steps("endure.http") == 1);
  f.caller.stop();
  {
    const std::lock_guard lock(mutex);
    go = true;
  }
  changed.notify_all();
}

TEST_CASE("a caller that holds nothing stops without counting an attempt", "[http_call][socket]") {
  CallerFixture f;
  f.caller.stop();
  CHECK_FALSE(f.engine.calls().detached.at(0).lost);
}
