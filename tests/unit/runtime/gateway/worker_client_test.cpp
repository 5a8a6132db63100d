// The C++ worker client against the gateway, over a real socket.
#include "runtime/gateway/worker_client.hpp"

#include <nlohmann/json.hpp>
#include <thread>

#include "persistence/codec.hpp"
#include "runtime/worker_gateway.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_engine.hpp"

using namespace endure;
using namespace endure::gateway;
using endure::testing::FakeEngine;
using endure::testing::make_step;

namespace {

struct Node {
  FakeEngine engine;
  SystemClock clock;
  std::unique_ptr<WorkerGateway> gateway;
  std::string endpoint = "tcp://127.0.0.1:*";

  Node() { start(); }
  void start() {
    WorkerGatewayConfig config;
    config.bind = endpoint;
    gateway = std::make_unique<WorkerGateway>(config, engine, clock);
    REQUIRE(gateway->start());
    endpoint = gateway->endpoint();
  }
};

}  // namespace

TEST_CASE("a C++ worker takes steps and ends them") {
  Node node;
  WorkerClient client({node.endpoint, "w1", {{"enrich", 4}}}, node.clock);
  REQUIRE(client.start());
  for (WorkflowNumber n = 1; n <= 50; ++n) node.engine.push_step(make_step("enrich", n));
  std::thread worker([&] {
    while (const auto work = client.next()) {
      if (work->workflow == "w7") {
        client.fail(work->token, {"https://e/x", "no", "never", 422, false, std::nullopt});
      } else {
        client.complete(work->token, persistence::encode_value(workflow::Value(work->workflow)));
      }
    }
  });
  const bool all = node.engine.wait_until(
      [](const auto& calls) { return calls.completed.size() + calls.failed.size() == 50; });
  CHECK(client.stop(5'000));
  worker.join();
  REQUIRE(all);
  const auto calls = node.engine.calls();
  REQUIRE(calls.failed.size() == 1);
  CHECK(calls.failed[0].failure.fault.status == 422);
  CHECK_FALSE(calls.failed[0].failure.retryable);
  CHECK(calls.attached[0].worker == "w1");
  CHECK(node.engine.wait_until([](const auto& c) { return c.detached.size() == 1; }));
  CHECK_FALSE(node.engine.calls().detached[0].lost);
}

TEST_CASE("a C++ worker waits for its node, and outlives a restart of the gateway") {
  Node node;
  node.gateway->stop();
  WorkerClient client({node.endpoint, "", {{"enrich", 4}}}, node.clock);
  REQUIRE(client.start());
  node.start();
  node.engine.push_step(make_step("enrich", 1));
  const auto first = client.next();
  REQUIRE(first);
  node.gateway->stop();  // hands the step back
  client.complete(first->token, std::string(1, '\xc0'));
  node.start();
  CHECK(node.engine.wait_until([](const auto& c) { return c.completed.size() + c.conflicts > 0; },
                               10'000));
  client.stop(5'000);
}

TEST_CASE("stopping wakes those who wait for a step, and a second stop is nothing") {
  Node node;
  WorkerClient client({node.endpoint, "w1", {{"enrich", 1}}}, node.clock);
  REQUIRE(client.start());
  std::thread waiting([&] { CHECK_FALSE(client.next()); });
  CHECK(client.stop(5'000));
  waiting.join();
  CHECK(client.stop(5'000));
}

TEST_CASE("steps that are cut off by a stop are handed back") {
  Node node;
  WorkerClient client({node.endpoint, "w1", {{"enrich", 1}}}, node.clock);
  REQUIRE(client.start());
  node.engine.push_step(make_step("enrich", 1));
  REQUIRE(client.next());
  CHECK(client.in_hand() == 1);
  CHECK_FALSE(client.stop(10));
  CHECK(node.engine.wait_until([](const auto& c) { return c.released.size() == 1; }));
  CHECK(node.engine.ready_steps("enrich") == 1);
}

TEST_CASE("a worker without queues or with a malformed address does not start") {
  SystemClock clock;
  WorkerClient no_queue({"tcp://127.0.0.1:1", "w", {}}, clock);
  CHECK(no_queue.start().error().code == Code::invalid);
  WorkerClient no_address({"nonsense", "w", {{"q", 1}}}, clock);
  CHECK(no_address.start().error().code == Code::invalid);
}
