#include "runtime/gateway/gateway_core.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/fake_engine.hpp"

using namespace endure;
using namespace endure::gateway;
using endure::testing::FakeEngine;
using endure::testing::make_step;
using Json = nlohmann::json;

namespace {

// Keeps what is sent to each route; a route can be made to be full, or to be gone.
class FakeTransport final : public Transport {
 public:
  Sent send(const std::string& route, const std::string& frame) override {
    if (answer != Sent::yes) return answer;
    sent[route].push_back(Json::from_msgpack(frame));
    return Sent::yes;
  }

  Sent answer = Sent::yes;
  std::map<std::string, std::deque<Json>> sent;
};

// A core with one worker's view of it. Frames are JSON text with ' for ".
struct Fixture {
  WorkerGatewayConfig config;
  FakeEngine engine;
  ManualClock clock;
  FakeTransport transport;
  std::shared_ptr<Outbox> outbox = std::make_shared<Outbox>();
  Counters counters;
  std::unique_ptr<GatewayCore> core;

  Fixture() {
    config.node = "n1";
    config.epoch = 7;
    config.max_credit = 100;
    config.max_queues = 2;
    config.max_unsent = 3;
    make();
  }
  void make() {
    core = std::make_unique<GatewayCore>(config, engine, clock, transport, outbox, counters);
  }

  static std::string packed(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    std::string bytes;
    Json::to_msgpack(Json::parse(text), bytes);
    return bytes;
  }
  void say(const std::string& text, const std::string& route = "r1") {
    core->on_frame(route, packed(text));
    core->pump();
  }
  void hello(std::uint32_t credit = 5, const std::string& held = "[]",
             const std::string& route = "r1", const std::string& instance = "i1") {
    say("[1, 1, '" + instance + "', 'w1', 'test', [['enrich', " + std::to_string(credit) + "]], " +
            held + "]",
        route);
  }
  // The next message to the route; fails the test where there is none.
  Json next(const std::string& route = "r1") {
    auto& queue = transport.sent[route];
    REQUIRE_FALSE(queue.empty());
    Json message = queue.front();
    queue.pop_front();
    return message;
  }
  bool silent(const std::string& route = "r1") { return transport.sent[route].empty(); }
  std::string refusal(const std::string& route = "r1") {
    const Json message = next(route);
    REQUIRE(message[1] == 21);
    return message[2];
  }
  // Hands out one step of `enrich`; its token as text.
  std::string hand_out(WorkflowNumber workflow, const std::string& route = "r1") {
    engine.push_step(make_step("enrich", workflow));
    core->pump();
    const Json message = next(route);
    REQUIRE(message[1] == 17);
    REQUIRE(message[2].size() == 1);
    return message[2][0][0];
  }
};

}  // namespace

TEST_CASE("a hello is welcomed with the node's name and limits, and attaches its queues") {
  Fixture f;
  f.hello(5);
  CHECK(
      f.next() ==
      Json({1, 16, "n1", 7, 2'000, {f.config.max_message_bytes, f.config.max_result_bytes, 100}}));
  const auto calls = f.engine.calls();
  REQUIRE(calls.attached.size() == 1);
  CHECK(calls.attached[0].queue == "enrich");
  CHECK(calls.attached[0].worker == "w1");
  CHECK(f.engine.credit_of(calls.attached[0].consumer, "enrich") == 5);
  CHECK(f.counters.workers == 1);
}

TEST_CASE("a step reaches its worker with everything that it needs") {
  Fixture f;
  f.hello();
  f.next();
  auto step = make_step("enrich", 3, Fixture::packed("{'post': {'n': [1, 2]}}"));
  f.engine.push_step(step);
  f.core->pump();
  const Json expected = {
      actors::to_text(step.token), "default", "w3", "enrich", "/do/0/work", 1, 30'000, "key-3",
      {{"post", {{"n", {1, 2}}}}}};
  CHECK(f.next() == Json({1, 17, Json::array({expected})}));
}

TEST_CASE("steps that come together leave in one message, within the limit of its size") {
  Fixture f;
  f.config.max_message_bytes = 4'000;
  f.make();
  f.hello(10);
  f.next();
  const auto large_step = [](WorkflowNumber n) {
    return make_step("enrich", n, Fixture::packed("'" + std::string(1'000, 'x') + "'"));
  };
  for (WorkflowNumber n = 1; n <= 3; ++n) f.engine.push_step(large_step(n));
  f.core->pump();
  CHECK(f.next()[2].size() == 1);
  CHECK(f.next()[2].size() == 1);
  CHECK(f.next()[2].size() == 1);
  CHECK(f.silent());
  for (WorkflowNumber n = 4; n <= 6; ++n) f.engine.push_step(make_step("enrich", n));
  f.core->pump();
  CHECK(f.next()[2].size() == 3);
}

TEST_CASE("a result is acknowledged only after the engine says that it is durable") {
  Fixture f;
  f.hello();
  f.next();
  const auto token = f.hand_out(1);
  f.engine.hold_replies();
  f.say("[1, 2, [['" + token + "', {'score': 0.5}]]]");
  CHECK(f.engine.held_replies() == 1);
  CHECK(f.silent());
  f.engine.release_replies();
  f.core->pump();
  CHECK(f.next() == Json({1, 18, Json::array({{token, "ok", ""}})}));
  REQUIRE(f.engine.calls().completed.size() == 1);
  CHECK(*f.engine.calls().completed[0].result == Json({{"score", 0.5}}));
}

TEST_CASE("answers of one round leave in one message") {
  Fixture f;
  f.hello();
  f.next();
  const auto a = f.hand_out(1);
  const auto b = f.hand_out(2);
  f.say("[1, 2, [['" + a + "', 1], ['" + b + "', 2]]]");
  const Json answers = f.next();
  CHECK(answers[2].size() == 2);
  CHECK(f.silent());
}

TEST_CASE("a second answer to a step is stale and changes nothing") {
  Fixture f;
  f.hello();
  f.next();
  const auto token = f.hand_out(1);
  f.say("[1, 2, [['" + token + "', 1]]]");
  f.next();
  f.say("[1, 2, [['" + token + "', 2]]]");
  CHECK(f.next()[2][0][1] == "stale");
  f.say("[1, 3, [['" + token + "', ['t', 't', 'd', 500], true, null]]]");
  CHECK(f.next()[2][0][1] == "stale");
  CHECK(f.engine.calls().completed.size() == 1);
  CHECK(f.engine.calls().failed.empty());
}

TEST_CASE("an engine that cannot take a result now has it sent again") {
  Fixture f;
  f.hello(1);
  f.next();
  const auto token = f.hand_out(1);
  f.engine.answer_with(Error{Code::retry_later, "the node is stopping", {}});
  f.say("[1, 2, [['" + token + "', 1]]]");
  CHECK(f.next()[2][0] == Json({token, "retry", "the node is stopping"}));
  f.engine.answer_with(std::nullopt);
  CHECK(f.engine.credit_of(1, "enrich") == 0);  // the step is not ended
  f.say("[1, 2, [['" + token + "', 1]]]");
  CHECK(f.next()[2][0][1] == "ok");
  CHECK(f.engine.credit_of(1, "enrich") == 1);
}

TEST_CASE("a result that cannot be kept is invalid, and its step can still be failed") {
  Fixture f;
  f.config.max_result_bytes = 20;
  f.make();
  f.hello(1);
  f.next();
  const auto token = f.hand_out(1);
  const auto frame = [&](const std::string& value) {
    std::string text("\x93\x01\x02\x91\x92", 5);
    std::string packed;
    Json::to_msgpack(Json(token), packed);
    return text + packed + value;
  };
  for (const auto& value :
       {std::string("\xc4\x01x", 3), std::string("\xa1\xff"),
        Fixture::packed("'" + std::string(30, 'x') + "'"), std::string("\xd4\x01\x02")}) {
    f.core->on_frame("r1", frame(value));
    f.core->pump();
    CHECK(f.next()[2][0][1] == "invalid");
  }
  CHECK(f.engine.calls().completed.empty());
  f.say("[1, 3, [['" + token + "', ['t', 'no result', 'd', 500], false, null]]]");
  CHECK(f.next()[2][0][1] == "ok");
}

TEST_CASE("an error carries its fault, whether to retry, and when") {
  Fixture f;
  f.hello();
  f.next();
  const auto a = f.hand_out(1);
  f.say("[1, 3, [['" + a + "', ['https://e/x', 'limited', 'wait', 429], true, 1500]]]");
  CHECK(f.next()[2][0][1] == "ok");
  f.core->pump();
  const std::string b = f.next()[2][0][0];  // the step again, its second attempt
  f.say("[1, 3, [['" + b + "', ['', '', '" + std::string(9'000, 'd') + "', 99999], false, null]]]");
  const auto failed = f.engine.calls().failed;
  REQUIRE(failed.size() == 2);
  CHECK(failed[0].failure.fault.type == "https://e/x");
  CHECK(failed[0].failure.fault.status == 429);
  CHECK(failed[0].failure.retryable);
  CHECK(failed[0].failure.retry_after_ms == 1'500);
  CHECK_FALSE(failed[1].failure.retryable);
  CHECK(failed[1].failure.fault.status == 500);
  CHECK(failed[1].failure.fault.detail.size() == 8'192);
}

TEST_CASE("a step takes one credit and gives it back when it has ended") {
  Fixture f;
  f.hello(2);
  f.next();
  const auto a = f.hand_out(1);
  const auto b = f.hand_out(2);
  f.engine.push_step(make_step("enrich", 3));
  f.core->pump();
  CHECK(f.silent());
  f.say("[1, 2, [['" + a + "', null]]]");
  CHECK(f.next()[1] == 18);
  f.core->pump();
  CHECK(f.next()[2][0][2] == "w3");
  f.say("[1, 6, ['" + b + "']]");
  CHECK(f.engine.calls().released.size() == 1);
  f.core->pump();
  CHECK(f.next()[2][0][2] == "w2");  // its credit came back, and so did the step
}

TEST_CASE("further credits are granted, up to the limit and for known queues only") {
  Fixture f;
  f.hello(1);
  f.next();
  f.say("[1, 5, [['enrich', 4]]]");
  CHECK(f.engine.credit_of(1, "enrich") == 5);
  f.say("[1, 5, [['enrich', 1], ['other', 1]]]");
  CHECK(f.refusal() == "bad_queue");
  f.say("[1, 5, [['enrich', 96]]]");
  CHECK(f.refusal() == "limit");
  CHECK(f.engine.credit_of(1, "enrich") == 5);
}

TEST_CASE("a hello beyond the limits, or with a queue that cannot be, opens nothing") {
  Fixture f;
  for (const auto& [text, code] : std::vector<std::pair<std::string, std::string>>{
           {"[1, 1, 'i', 'w', 'c', [['no/queue', 1]], []]", "bad_queue"},
           {"[1, 1, 'i', 'w', 'c', [['', 1]], []]", "bad_queue"},
           {"[1, 1, 'i', 'w', 'c', [['a', 101]], []]", "limit"},
           {"[1, 1, 'i', 'w', 'c', [['a', 1], ['b', 1], ['c', 1]], []]", "limit"},
           {"[1, 1, '', 'w', 'c', [['a', 1]], []]", "malformed"},
           {"[1, 1, 'i', 'w', 'c', [], []]", "malformed"}}) {
    f.say(text);
    CHECK(f.refusal() == code);
  }
  CHECK(f.engine.calls().attached.empty());
  CHECK(f.counters.workers == 0);
  CHECK(f.counters.frames_refused == 6);
}

TEST_CASE("a worker too many is refused") {
  Fixture f;
  f.config.max_workers = 1;
  f.make();
  f.hello(1, "[]", "r1", "i1");
  f.next();
  f.hello(1, "[]", "r2", "i2");
  CHECK(f.refusal("r2") == "limit");
  f.hello(1, "[]", "r3", "i1");  // the same worker on a new connection is none more
  CHECK(f.next("r3")[1] == 16);
}

TEST_CASE("a bad frame is refused and its session goes on") {
  Fixture f;
  f.hello();
  f.next();
  const auto token = f.hand_out(1);
  f.core->on_frame("r1", "nonsense");
  CHECK(f.refusal() == "malformed");
  f.say("[2, 2, []]");
  CHECK(f.refusal() == "version");
  f.say("[1, 77]");
  CHECK(f.refusal() == "unknown_type");
  f.core->on_frame("r1", std::string(f.config.max_message_bytes + 1, 'x'));
  CHECK(f.refusal() == "too_large");
  f.say("[1, 1, 'another', 'w', 'c', [['q', 1]], []]");
  CHECK(f.refusal() == "malformed");
  CHECK(f.engine.calls().completed.empty());
  f.say("[1, 2, [['" + token + "', 1]]]");
  CHECK(f.next()[2][0][1] == "ok");
}

TEST_CASE("whoever has not said hello is asked to") {
  Fixture f;
  f.core->on_frame("r9", "");  // the probe of a new connection
  CHECK(f.refusal("r9") == "unknown_session");
  f.say("[1, 4, []]", "r9");
  CHECK(f.refusal("r9") == "unknown_session");
  f.hello();
  f.next();
  f.core->on_frame("r1", "");
  CHECK(f.silent());
}

TEST_CASE("a heartbeat starts leases anew and is always answered") {
  Fixture f;
  f.hello();
  f.next();
  f.say("[1, 4, []]");
  CHECK(f.next() == Json({1, 19, Json::array()}));
  const auto token = f.hand_out(1);
  f.say("[1, 4, ['" + token + "']]");
  CHECK(f.next() == Json({1, 19, Json::array()}));
  CHECK(f.engine.calls().heartbeats.size() == 1);
  f.say("[1, 4, ['not a token']]");
  CHECK(f.next() == Json({1, 19, {"not a token"}}));
  const auto step = actors::token_from(token);
  f.engine.revoke(*step, "its lease ran out");
  f.core->pump();
  CHECK(f.next() == Json({1, 20, Json::array({{token, "its lease ran out"}})}));
  f.say("[1, 4, ['" + token + "']]");
  CHECK(f.next() == Json({1, 19, {token}}));
}

TEST_CASE("a worker that is silent too long is lost, and its steps count an attempt") {
  Fixture f;
  f.hello();
  f.next();
  f.hand_out(1);
  f.clock.advance_ms(5'000);
  f.say("[1, 4, []]");
  f.clock.advance_ms(5'999);
  f.core->tick();
  CHECK(f.engine.calls().detached.empty());
  f.clock.advance_ms(2);
  f.core->tick();
  REQUIRE(f.engine.calls().detached.size() == 1);
  CHECK(f.engine.calls().detached[0].lost);
  CHECK(f.counters.workers_lost == 1);
  f.next();
  f.say("[1, 4, []]");
  CHECK(f.refusal() == "unknown_session");
}

TEST_CASE(
    "a worker on a new connection keeps its session, its steps and no more than its credits") {
  Fixture f;
  f.hello(4);
  f.next();
  const auto a = f.hand_out(1);
  const auto b = f.hand_out(2);
  f.hello(2, "['" + a + "']", "r2");  // it never got b: the message was lost with the connection
  CHECK(f.next("r2")[1] == 16);
  CHECK(f.engine.calls().detached.empty());
  REQUIRE(f.engine.calls().released.size() == 1);
  CHECK(actors::to_text(f.engine.calls().released[0]) == b);
  CHECK(f.next("r2")[1] == 19);  // what became of the held
  f.core->pump();
  CHECK(f.next("r2")[2][0][0] == b);  // handed out again, on one of two credits
  CHECK(f.engine.credit_of(1, "enrich") == 1);
  f.say("[1, 2, [['" + a + "', 1]]]", "r2");
  CHECK(f.next("r2")[2][0][1] == "ok");
  CHECK(f.engine.calls().completed[0].consumer == 1);
  f.say("[1, 4, []]", "r1");  // the old connection has no session any more
  CHECK(f.refusal("r1") == "unknown_session");
}

TEST_CASE("fewer credits after a return are a debt that ended steps pay") {
  Fixture f;
  f.hello(3);
  f.next();
  const auto a = f.hand_out(1);
  f.hello(1, "['" + a + "']");  // the engine still has two to give
  f.next();
  f.next();
  CHECK(f.engine.credit_of(1, "enrich") == 2);
  f.say("[1, 2, [['" + a + "', 1]]]");
  CHECK(f.next()[2][0][1] == "ok");
  CHECK(f.engine.credit_of(1, "enrich") == 2);
  const auto b = f.hand_out(2);
  f.say("[1, 2, [['" + b + "', 1]]]");
  CHECK(f.engine.credit_of(1, "enrich") == 2);
}

TEST_CASE("after a restart of the node the held steps that it does not know are lost") {
  Fixture f;
  const auto token = actors::to_text(make_step("enrich", 9).token);
  f.hello(5, "['" + token + "', 'no token at all']");
  CHECK(f.next()[1] == 16);
  CHECK(f.next() == Json({1, 19, {"no token at all"}}));
  CHECK(f.next() == Json({1, 19, {token}}));
}

TEST_CASE("a draining worker is handed nothing, even what was under way to it") {
  Fixture f;
  f.hello(3);
  f.next();
  const auto a = f.hand_out(1);
  f.core->on_frame("r1", Fixture::packed("[1, 7]"));
  f.engine.push_step(make_step("enrich", 2));
  f.core->pump();
  f.core->pump();
  f.core->pump();
  CHECK(f.silent());
  CHECK(f.engine.ready_steps("enrich") == 1);
  f.say("[1, 2, [['" + a + "', 1]]]");
  CHECK(f.next()[2][0][1] == "ok");
  CHECK(f.engine.credit_of(1, "enrich") == 0);
}

TEST_CASE("a goodbye hands back what was not begun, without counting an attempt") {
  Fixture f;
  f.hello();
  f.next();
  const auto a = f.hand_out(1);
  f.say("[1, 8, ['" + a + "']]");
  CHECK(f.next()[1] == 8);
  const auto calls = f.engine.calls();
  CHECK(calls.released.size() == 1);
  REQUIRE(calls.detached.size() == 1);
  CHECK_FALSE(calls.detached[0].lost);
  CHECK(f.engine.ready_steps("enrich") == 1);
  CHECK(f.counters.workers == 0);
}

TEST_CASE("steps for a worker whose connection is gone go back, and it may return") {
  Fixture f;
  f.hello(5);
  f.next();
  f.transport.answer = Transport::Sent::unreachable;
  f.engine.push_step(make_step("enrich", 1));  // is handed out and lost on the way
  f.core->pump();
  f.engine.push_step(make_step("enrich", 2));
  for (int i = 0; i < 10; ++i) f.core->pump();
  CHECK(f.engine.ready_steps("enrich") == 1);
  f.transport.answer = Transport::Sent::yes;
  f.hello(5, "[]", "r2");
  CHECK(f.next("r2")[1] == 16);
  f.core->pump();
  std::size_t handed = 0;
  while (!f.silent("r2")) handed += f.next("r2")[2].size();
  CHECK(handed == 2);
  CHECK(f.engine.credit_of(1, "enrich") == 3);
}

TEST_CASE("a worker that does not read its messages is given up before they fill the memory") {
  Fixture f;
  f.hello();
  f.next();
  f.hand_out(1);
  f.transport.answer = Transport::Sent::later;
  for (int i = 0; i < 3; ++i) f.say("[1, 4, []]");
  f.core->tick();
  CHECK(f.core->has_unsent());
  CHECK(f.engine.calls().detached.empty());
  f.say("[1, 4, []]");
  f.core->tick();
  REQUIRE(f.engine.calls().detached.size() == 1);
  CHECK(f.engine.calls().detached[0].lost);
  CHECK_FALSE(f.core->has_unsent());
}

TEST_CASE("messages that the socket did not take leave later and in order") {
  Fixture f;
  f.hello();
  f.next();
  f.transport.answer = Transport::Sent::later;
  f.say("[1, 4, ['x']]");
  f.say("[1, 4, ['y']]");
  CHECK(f.silent());
  f.transport.answer = Transport::Sent::yes;
  f.core->pump();
  CHECK(f.next()[2] == Json({"x"}));
  CHECK(f.next()[2] == Json({"y"}));
  CHECK_FALSE(f.core->has_unsent());
}

TEST_CASE("closing says goodbye to all and hands their steps back") {
  Fixture f;
  f.hello();
  f.next();
  f.hand_out(1);
  f.core->close("the node stops");
  CHECK(f.next() == Json({1, 8, "the node stops"}));
  REQUIRE(f.engine.calls().detached.size() == 1);
  CHECK_FALSE(f.engine.calls().detached[0].lost);
}

TEST_CASE("what the engine says after a worker has gone is let go, and steps go back") {
  Fixture f;
  f.hello();
  f.next();
  const auto token = f.hand_out(1);
  f.engine.hold_replies();
  f.say("[1, 2, [['" + token + "', 1]]]");
  f.engine.push_step(make_step("enrich", 2));  // lies in the outbox when the goodbye comes
  f.core->on_frame("r1", Fixture::packed("[1, 8, []]"));
  f.core->pump();
  CHECK(f.engine.ready_steps("enrich") == 1);
  f.core.reset();
  f.engine.release_replies();  // must find the outbox alive
  CHECK(f.outbox->take().size() == 1);
}

TEST_CASE("the limit of credits holds for a queue that a message names twice") {
  Fixture f;
  f.hello(1);
  f.next();
  f.say("[1, 5, [['enrich', 60], ['enrich', 60]]]");
  CHECK(f.refusal() == "limit");
  CHECK(f.engine.credit_of(1, "enrich") == 1);
  f.say("[1, 5, [['enrich', 60], ['enrich', 39]]]");
  CHECK(f.engine.credit_of(1, "enrich") == 100);
}

TEST_CASE("steps that a worker only claims to have earn it no credits beyond the limit") {
  Fixture f;
  const auto a = actors::to_text(make_step("enrich", 8).token);
  const auto b = actors::to_text(make_step("enrich", 9).token);
  f.hello(99, "['" + a + "', '" + b + "']");
  f.say("[1, 6, ['" + a + "', '" + b + "']]");
  CHECK(f.engine.credit_of(1, "enrich") == 100);
}

TEST_CASE("queues of later hellos count with those of the first") {
  Fixture f;
  f.hello(1);
  f.next();
  f.say("[1, 1, 'i1', 'w1', 'c', [['act', 1]], []]");
  CHECK(f.next()[1] == 16);
  f.say("[1, 1, 'i1', 'w1', 'c', [['third', 1]], []]");
  CHECK(f.refusal() == "limit");
  CHECK(f.engine.calls().attached.size() == 2);
}

TEST_CASE("answers that have gathered leave in lists that a worker reads") {
  Fixture f;
  f.hello(1);
  f.next();
  Json results = Json::array();
  for (int i = 0; i < 40'000; ++i) results.push_back({"t", 1});
  const auto frame = Fixture::packed(Json{1, 2, results}.dump());
  f.core->on_frame("r1", frame);
  f.core->on_frame("r1", frame);
  f.core->pump();
  CHECK(f.next()[2].size() == 65'536);
  CHECK(f.next()[2].size() == 80'000 - 65'536);
}
