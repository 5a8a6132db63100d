// The gateway over a real socket; its rules are tested without one in gateway_core_test.cpp.
#include "runtime/worker_gateway.hpp"

#include <nlohmann/json.hpp>
#include <zmq.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/fake_engine.hpp"

using namespace endure;
using endure::testing::FakeEngine;
using endure::testing::make_step;
using Json = nlohmann::json;

namespace {

class Dealer {
 public:
  explicit Dealer(const std::string& endpoint) : socket_(context_, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvtimeo, 5'000);
    socket_.connect(endpoint);
  }
  void say(const Json& message) {
    std::string frame;
    Json::to_msgpack(message, frame);
    send(frame);
  }
  void send(const std::string& frame, bool more = false) {
    socket_.send(zmq::buffer(frame), more ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
  void hello(const std::string& instance, std::uint32_t credit) {
    say({1, 1, instance, "w1", "test", Json::array({Json::array({"enrich", credit})}),
         Json::array()});
  }
  // The next message; null after 5 seconds without one.
  Json next() {
    zmq::message_t frame;
    if (!socket_.recv(frame)) return nullptr;
    return Json::from_msgpack(frame.to_string());
  }

 private:
  zmq::context_t context_{1};
  zmq::socket_t socket_;
};

struct Node {
  FakeEngine engine;
  SystemClock clock;
  WorkerGateway gateway;

  explicit Node(WorkerGatewayConfig config = local()) : gateway(std::move(config), engine, clock) {
    REQUIRE(gateway.start());
  }
  static WorkerGatewayConfig local() {
    WorkerGatewayConfig config;
    config.bind = "tcp://127.0.0.1:*";
    return config;
  }
};

}  // namespace

TEST_CASE("a step goes to a worker over the wire, and its result comes back") {
  Node node;
  CHECK(node.gateway.endpoint().rfind("tcp://127.0.0.1:", 0) == 0);
  Dealer worker(node.gateway.endpoint());
  worker.hello("i1", 10);
  CHECK(worker.next()[1] == 16);
  node.engine.push_step(make_step("enrich", 1));
  const Json steps = worker.next();
  REQUIRE(steps[1] == 17);
  worker.say({1, 2, Json::array({Json::array({steps[2][0][0], {{"score", 1}}})})});
  CHECK(worker.next()[2][0][1] == "ok");
  REQUIRE(node.engine.calls().completed.size() == 1);
  CHECK(*node.engine.calls().completed[0].result == Json({{"score", 1}}));
  CHECK(node.gateway.stats().steps_sent == 1);
  CHECK(node.gateway.stats().answers_taken == 1);
}

TEST_CASE("a message of several frames is refused whole") {
  Node node;
  Dealer worker(node.gateway.endpoint());
  worker.send("", true);
  worker.send("[]");
  CHECK(worker.next()[2] == "malformed");
  worker.send("a", true);
  worker.send("b", true);
  worker.send("c");
  CHECK(worker.next()[2] == "malformed");
  worker.hello("i1", 1);  // and the stream is still in step
  CHECK(worker.next()[1] == 16);
}

TEST_CASE("a message far beyond the limit closes the connection and nothing else") {
  auto config = Node::local();
  config.max_message_bytes = 10'000;
  Node node(config);
  Dealer good(node.gateway.endpoint());
  good.hello("i1", 1);
  CHECK(good.next()[1] == 16);
  Dealer bad(node.gateway.endpoint());
  bad.send(std::string(15'000, 'x'));
  CHECK(bad.next()[2] == "too_large");
  bad.send(std::string(1'000'000, 'x'));
  good.say({1, 4, Json::array()});
  CHECK(good.next()[1] == 19);
}

TEST_CASE("a worker that vanishes is lost after its missed heartbeats") {
  auto config = Node::local();
  config.heartbeat_ms = 50;
  Node node(config);
  {
    Dealer worker(node.gateway.endpoint());
    worker.hello("i1", 1);
    CHECK(worker.next()[1] == 16);
  }
  CHECK(node.engine.wait_until(
      [](const auto& calls) { return calls.detached.size() == 1 && calls.detached[0].lost; }));
}

TEST_CASE("stopping says goodbye to the workers, and a second stop is nothing") {
  Node node;
  Dealer worker(node.gateway.endpoint());
  worker.hello("i1", 1);
  CHECK(worker.next()[1] == 16);
  node.gateway.stop();
  CHECK(worker.next() == Json({1, 8, "the node stops"}));
  node.gateway.stop();
}

TEST_CASE("the gateway is reachable from elsewhere only where that is allowed") {
  FakeEngine engine;
  SystemClock clock;
  for (const auto* address : {"tcp://0.0.0.0:*", "tcp://*:*", "tcp://192.0.2.1:7451"}) {
    WorkerGatewayConfig config;
    config.bind = address;
    WorkerGateway gateway(config, engine, clock);
    const auto started = gateway.start();
    REQUIRE_FALSE(started);
    CHECK(started.error().code == Code::invalid);
    CHECK(gateway.endpoint().empty());
  }
  WorkerGatewayConfig config;
  config.bind = "tcp://0.0.0.0:*";
  config.allow_remote = true;
  WorkerGateway gateway(config, engine, clock);
  CHECK(gateway.start());
}

TEST_CASE("an address that cannot be bound is an error that names it") {
  Node first;
  FakeEngine engine;
  SystemClock clock;
  WorkerGatewayConfig config;
  config.bind = first.gateway.endpoint();
  WorkerGateway second(config, engine, clock);
  auto started = second.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().code == Code::io);
  CHECK(started.error().what.find(config.bind) != std::string::npos);
  config.bind = "tcp://127.0.0.1:notaport";
  WorkerGateway third(config, engine, clock);
  started = third.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().code == Code::invalid);
}

TEST_CASE("many steps and results pass through in order of their batches") {
  Node node;
  Dealer worker(node.gateway.endpoint());
  worker.hello("i1", 1'000);
  CHECK(worker.next()[1] == 16);
  constexpr std::size_t total = 5'000;
  for (WorkflowNumber n = 1; n <= total; ++n) node.engine.push_step(make_step("enrich", n));
  std::size_t answered = 0;
  while (answered < total) {
    const Json message = worker.next();
    REQUIRE(message.is_array());
    if (message[1] == 18) {
      for (const auto& item : message[2]) CHECK(item[1] == "ok");
      answered += message[2].size();
    } else if (message[1] == 17) {
      Json results = Json::array();
      for (const auto& step : message[2]) results.push_back(Json::array({step[0], step[2]}));
      worker.say({1, 2, results});
    }
  }
  CHECK(node.engine.calls().completed.size() == total);
}
