// Workers that lease steps by HTTP.
#include <limits>
#include <thread>

#include <limits>
#include "persistence/codec.hpp"
#include "runtime/http/lease_hub.hpp"

#include "tests/support/api_fixture.hpp"

using namespace endure;
using namespace endure::testing;
using nlohmann::json;

namespace {

actors::LeasedStep step_of(WorkflowNumber workflow) {
  return make_step("enrich", workflow, persistence::encode_value(json{{"post", workflow}}));
}

json lease(ApiFixture& f, const json& extra = json::object()) {
  json body = {{"worker", "w1"}};
  body.update(extra);
  const auto response = f.post("/v1/queues/enrich/lease", body);
  INFO(response.body);
  REQUIRE(response.status == 200);
  return json_of(response).at("steps");
}

}  // namespace

TEST_CASE("a step is leased with all that a worker needs", "[http]") {
  ApiFixture f;
  f.engine.push_step(step_of(7));
  const auto steps = lease(f);
  REQUIRE(steps.size() == 1);
  CHECK(steps[0]["namespace"] == "default");
  CHECK(steps[0]["workflow"] == "w7");
  CHECK(steps[0]["task"] == "/do/0/work");
  CHECK(steps[0]["attempt"] == 1);
  CHECK(steps[0]["lease_ms"] == 30'000);
  CHECK(steps[0]["idempotency_key"] == "key-7");
  CHECK(steps[0]["arguments"] == json{{"post", 7}});
  CHECK(actors::token_from(steps[0]["token"].get<std::string>()) == step_of(7).token);
}

TEST_CASE("no more steps are leased than asked for", "[http]") {
  ApiFixture f;
  for (WorkflowNumber n = 1; n <= 5; ++n) f.engine.push_step(step_of(n));
  CHECK(lease(f, {{"max", 3}}).size() == 3);
  CHECK(f.engine.ready_steps("enrich") == 2);
  CHECK(f.engine.leased_steps() == 3);
  CHECK(lease(f, {{"max", 3}}).size() == 2);
}

TEST_CASE("a poll waits for a step", "[http]") {
  ApiFixture f;
  std::thread pusher([&] {
    f.engine.wait_until([](const auto& calls) { return !calls.attached.empty(); });
    f.engine.push_step(step_of(1));
  });
  CHECK(lease(f, {{"wait_ms", 20'000}}).size() == 1);
  pusher.join();
}

TEST_CASE("a step that comes after its poll is handed back", "[http]") {
  ApiFixture f;
  CHECK(lease(f, {{"max", 2}}).empty());
  f.engine.push_step(step_of(1));
  CHECK(f.engine.leased_steps() == 0);
  CHECK(f.engine.calls().released.size() == 2);  // the poll's credit is used up by now
  CHECK(f.engine.ready_steps("enrich") == 1);
  CHECK(lease(f).size() == 1);
}

TEST_CASE("a worker that polls again is granted only what is missing", "[http]") {
  ApiFixture f;
  for (int i = 0; i < 3; ++i) CHECK(lease(f, {{"max", 4}}).empty());
  const auto consumer = f.engine.calls().attached.at(0).consumer;
  CHECK(f.engine.calls().attached.size() == 1);
  CHECK(f.engine.credit_of(consumer, "enrich") == 4);
}

TEST_CASE("a poll ends at once when the node stops", "[http]") {
  ApiFixture f;
  f.ending.request_stop();
  CHECK(lease(f, {{"wait_ms", 60'000}}).empty());
}

TEST_CASE("a step is completed once", "[http]") {
  ApiFixture f;
  f.engine.push_step(step_of(1));
  const auto token = lease(f)[0]["token"];
  const json body = {{"token", token}, {"result", {{"score", 0.5}}}};
  CHECK(f.post("/v1/steps/complete", body).status == 200);
  const auto completed = f.engine.calls().completed;
  REQUIRE(completed.size() == 1);
  CHECK(*completed[0].result == json{{"score", 0.5}});
  CHECK(completed[0].consumer == f.engine.calls().attached.at(0).consumer);
  problem_detail(f.post("/v1/steps/complete", body), 409, "conflict");
  CHECK(f.engine.calls().completed.size() == 1);
}

TEST_CASE("a failed step carries its error and whether to try again", "[http]") {
  ApiFixture f;
  f.engine.push_step(step_of(1));
  const auto token = lease(f)[0]["token"];
  CHECK(f.post("/v1/steps/fail", {{"token", token},
                                  {"error", {{"type", "uri:busy"}, {"status", 429}}},
                                  {"retryable", false},
                                  {"retry_after_ms", 5'000}})
            .status == 200);
  const auto failed = f.engine.calls().failed.at(0);
  CHECK(failed.failure.fault.type == "uri:busy");
  CHECK(failed.failure.fault.status == 429);
  CHECK_FALSE(failed.failure.retryable);
  CHECK(failed.failure.retry_after_ms == 5'000);
}

TEST_CASE("a step is not put off for longer than a day", "[http]") {
  ApiFixture f;
  f.engine.push_step(step_of(1));
  const auto token = lease(f)[0]["token"];
  CHECK(f.post("/v1/steps/fail", {{"token", token},
                                  {"error", json::object()},
                                  {"retry_after_ms", std::numeric_limits<std::int64_t>::max()}})
            .status == 200);
  CHECK(f.engine.calls().failed.at(0).failure.retry_after_ms == 86'400'000);
}

TEST_CASE("an error without a type is the language's runtime error, and retryable", "[http]") {
  ApiFixture f;
  f.engine.push_step(step_of(1));
  const auto token = lease(f)[0]["token"];
  CHECK(f.post("/v1/steps/fail", {{"token", token}, {"error", json::object()}}).status == 200);
  const auto failure = f.engine.calls().failed.at(0).failure;
  CHECK(failure.fault.type == "https://serverlessworkflow.io/spec/1.0.0/errors/runtime");
  CHECK(failure.fault.status == 500);
  CHECK(failure.retryable);
}

TEST_CASE("a heartbeat names the steps that are lost", "[http]") {
  ApiFixture f;
  f.engine.push_step(step_of(1));
  f.engine.push_step(step_of(2));
  const auto steps = lease(f, {{"max", 2}});
  f.engine.revoke(step_of(2).token, "its lease ran out");
  const auto answer =
      json_of(f.post("/v1/steps/heartbeat", {{"tokens", {steps[0]["token"], steps[1]["token"]}}}));
  CHECK(answer["lost"] == json::array({actors::to_text(step_of(2).token)}));
}

TEST_CASE("wrong answers to a step change nothing", "[http]") {
  auto config = quick_config();
  config.limits.max_heartbeat_tokens = 2;
  ApiFixture f(config);
  const auto token = actors::to_text(step_of(1).token);
  const std::pair<const char*, json> wrong[] = {
      {"complete", {{"token", "nonsense"}}},
      {"complete", {{"result", 1}}},
      {"complete", {{"token", token}, {"results", 1}}},
      {"fail", {{"token", token}}},
      {"fail", {{"token", token}, {"error", "text"}}},
      {"fail", {{"token", token}, {"error", {{"titel", "x"}}}}},
      {"fail", {{"token", token}, {"error", {{"status", 7}}}}},
      {"fail", {{"token", token}, {"error", json::object()}, {"retry_after_ms", -1}}},
      {"heartbeat", {{"tokens", json::array()}}},
      {"heartbeat", {{"tokens", {token, token, token}}}},
      {"heartbeat", {{"tokens", {1}}}},
      {"heartbeat", {{"tokens", {"nonsense"}}}}};
  for (const auto& [call, body] : wrong) {
    INFO(call << " " << body.dump());
    problem_detail(f.post(std::string("/v1/steps/") + call, body), 400, "invalid");
  }
  for (const json& body : {json{{"worker", ""}}, json{{"worker", std::string(201, 'w')}},
                           json{{"worker", "w"}, {"max", 0}}, json{{"worker", "w"}, {"max", 257}},
                           json{{"worker", "w"}, {"wait_ms", 60'001}}, json::object()}) {
    problem_detail(f.post("/v1/queues/enrich/lease", body), 400, "invalid");
  }
  CHECK(f.engine.calls().completed.empty());
  CHECK(f.engine.calls().failed.empty());
}

TEST_CASE("a worker that neither polls nor holds a step is forgotten after a minute", "[http]") {
  FakeEngine engine;
  ManualClock clock;
  http::LeaseHub hub(engine, clock);
  engine.push_step(step_of(1));
  REQUIRE(hub.lease("enrich", "w1", 1, {0, {}})->size() == 1);
  clock.advance_ms(29'000);
  hub.extended(step_of(1).token);  // until 59 s
  clock.advance_ms(58'000);
  hub.sweep();
  CHECK(hub.workers() == 1);
  clock.advance_ms(3'000);
  hub.sweep();
  CHECK(hub.workers() == 0);
  REQUIRE(engine.calls().detached.size() == 1);
  CHECK(engine.calls().detached[0].lost);
}

TEST_CASE("a worker keeps the right to a step until it is ended", "[http]") {
  FakeEngine engine;
  ManualClock clock;
  http::LeaseHub hub(engine, clock);
  engine.push_step(step_of(1));
  const auto anyone = hub.consumer_of(step_of(1).token);
  REQUIRE(hub.lease("enrich", "w1", 1, {0, {}})->size() == 1);
  const auto holder = hub.consumer_of(step_of(1).token);
  CHECK(holder != anyone);
  auto later = step_of(1).token;
  later.attempt = 2;
  hub.ended(later);  // an answer to another attempt
  CHECK(hub.consumer_of(step_of(1).token) == holder);
  hub.ended(step_of(1).token);
  CHECK(hub.consumer_of(step_of(1).token) == anyone);
}

TEST_CASE("a hub that is gone hands every step back", "[http]") {
  FakeEngine engine;
  ManualClock clock;
  {
    http::LeaseHub hub(engine, clock);
    CHECK(hub.lease("enrich", "w1", 1, {0, {}})->empty());
  }
  engine.push_step(step_of(1));
  CHECK(engine.leased_steps() == 0);
  CHECK(engine.calls().released.size() == 1);
}
