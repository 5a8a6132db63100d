// listen: events that are addressed or broadcast, early or late.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

using Kind = HistoryEntry::Kind;

TEST_CASE("a listener waits for an event of its type and gives an array of data") {
  Driver flow("- review: {listen: {to: {one: {with: {type: review.decided}}}}}");
  flow.start();
  CHECK(flow.phase() == Phase::waiting);
  REQUIRE(flow.listeners.size() == 1);
  CHECK(flow.listeners.begin()->second == "review.decided");
  flow.send("review.decided", {{"approved", true}});
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json::array({{{"approved", true}}}));
}

TEST_CASE("an addressed event that comes too early is kept until its listener is reached") {
  Driver flow(R"(
- work: {call: work}
- first: {listen: {to: {one: {with: {type: a}}}}}
- second: {listen: {to: {one: {with: {type: a}}}}}
)");
  flow.start();
  flow.send("a", 1);
  flow.send("b", 2);
  flow.send("a", 3);
  CHECK(flow.mailbox.size() == 3);
  CHECK(flow.snapshot().mailbox.size() == 3);
  flow.complete("work", 0);
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json::array({3}));
}

TEST_CASE("kept events are taken in their order") {
  Driver flow(
      "- work: {call: work}\n- first: {listen: {to: {one: {with: {type: a}}}}}\n- more: {call: "
      "work}");
  flow.start();
  flow.send("a", 1);
  flow.send("a", 2);
  flow.complete("work", 0);
  REQUIRE(flow.snapshot().mailbox.size() == 1);
  const auto& left = std::get<EventReceived>(flow.snapshot().mailbox.front().event);
  CHECK(left.event->at("data") == 2);
}

TEST_CASE("a broadcast event without a listener is dropped, from the mailbox too") {
  Driver flow("- work: {call: work}\n- late: {listen: {to: {one: {with: {type: a}}}}}");
  flow.start();
  flow.publish("a", 1);
  CHECK(flow.mailbox.empty());
  flow.complete("work", 0);
  CHECK(flow.phase() == Phase::waiting);
  flow.publish("b", 1);
  CHECK(flow.phase() == Phase::waiting);
  CHECK(flow.mailbox.empty());
  flow.publish("a", 2);
  CHECK(flow.output() == Json::array({2}));
}

TEST_CASE("the mailbox of a workflow is bounded") {
  Driver flow("- work: {call: work}");
  flow.start();
  flow.decision.max_kept_messages = 2;
  flow.send("a");
  flow.send("a");
  CHECK(flow.refused(EventReceived{Value(flow.event("a", nullptr)), true}).code == Code::full);
  CHECK(flow.mailbox.size() == 2);
}

TEST_CASE("any is satisfied by one of its events") {
  Driver flow(R"(
- vitals:
    listen:
      to:
        any:
          - with: {type: temperature, data: '${ .value > 38 }'}
          - with: {type: bpm, data: '${ .value < 60 or .value > 100 }'}
)");
  flow.start();
  CHECK(flow.listeners.size() == 2);
  flow.send("temperature", {{"value", 37}});
  CHECK(flow.phase() == Phase::waiting);
  CHECK(flow.mailbox.size() == 1);
  flow.send("bpm", {{"value", 120}});
  CHECK(flow.output() == Json::array({{{"value", 120}}}));
  CHECK(flow.mailbox.empty());
}

TEST_CASE("all waits for each of its events, whatever their order") {
  Driver flow(R"(
- both:
    listen:
      to: {all: [{with: {type: a}}, {with: {type: b}}, {with: {type: a, source: other}}]}
)");
  flow.start();
  CHECK(flow.listeners.size() == 2);
  flow.send("b", 1);
  CHECK(flow.listeners.size() == 1);
  flow.send("a", 2);
  CHECK(flow.phase() == Phase::waiting);
  flow.send("a", 3);
  CHECK(flow.phase() == Phase::waiting);
  CHECK(flow.mailbox.size() == 1);
  auto other = flow.event("a", 4);
  other["source"] = "other";
  flow.decide(EventReceived{Value(other), true, 0, {}});
  CHECK(flow.output() == Json::array({1, 2, 4}));
}

TEST_CASE("all takes what came early") {
  Driver flow(R"(
- work: {call: work}
- both: {listen: {to: {all: [{with: {type: a}}, {with: {type: b}}]}}}
)");
  flow.start();
  flow.send("b", 1);
  flow.complete("work", 0);
  REQUIRE(flow.listeners.size() == 1);
  CHECK(flow.listeners.begin()->second == "a");
  flow.send("a", 2);
  CHECK(flow.output() == Json::array({1, 2}));
}

TEST_CASE("any without filters takes every event") {
  Driver flow("- whatever: {listen: {to: {any: []}}}");
  flow.start();
  REQUIRE(flow.listeners.size() == 1);
  CHECK(flow.listeners.begin()->second.empty());
  flow.publish("x", 7);
  CHECK(flow.output() == Json::array({7}));
}

TEST_CASE("events are read as data or with their envelope") {
  Driver flow("- e: {listen: {to: {one: {with: {type: a}}}, read: envelope}}");
  flow.start();
  flow.send("a", 1);
  CHECK(flow.output().at(0) == event_json("a", 1));
  Driver none("- e: {listen: {to: {one: {with: {type: a}}}}}");
  none.start();
  none.send("a");
  CHECK(none.output() == Json::array({nullptr}));
}

TEST_CASE("attributes match by text, by pattern and by expression") {
  const auto taken = [](const std::string& filter, const Json& extra) {
    Driver flow("- e: {listen: {to: {one: {with: {" + filter + "}}}}}");
    flow.start({{"post", "p1"}});
    auto event = event_json("a", nullptr);
    event.update(extra);
    flow.decide(EventReceived{Value(event), true, 0, {}});
    return flow.phase() == Phase::completed;
  };
  CHECK(taken("type: a, subject: p1", {{"subject", "p1"}}));
  CHECK_FALSE(taken("type: a, subject: p1", {{"subject", "p12"}}));
  CHECK_FALSE(taken("type: a, subject: p1", Json::object()));
  CHECK(taken("type: 'a|b'", Json::object()));
  CHECK(taken("type: 'order[.].*'", {{"type", "order.placed"}}));
  CHECK_FALSE(taken("type: 'order[.].*'", {{"type", "my.order.placed"}}));
  CHECK_FALSE(taken("type: '.*'", {{"type", std::string(100'000, 'x')}}));
  CHECK(taken("type: a, subject: '${ .post }'", {{"subject", "p1"}}));
  CHECK_FALSE(taken("type: a, subject: '${ .post }'", {{"subject", "p2"}}));
  CHECK(taken("type: a, subject: '${ $event.subject | startswith(\"p\") }'", {{"subject", "p2"}}));
}

TEST_CASE("an event that breaks a filter's expression does not match, and faults nothing") {
  Driver flow("- e: {listen: {to: {one: {with: {type: a, data: '${ .n | tonumber > 3 }'}}}}}");
  flow.start();
  flow.send("a", {{"n", "odd"}});
  CHECK(flow.phase() == Phase::waiting);
  flow.send("a", {{"n", "4"}});
  CHECK(flow.phase() == Phase::completed);
}

TEST_CASE("what is no event is refused") {
  Driver flow("- e: {listen: {to: {any: []}}}");
  flow.start();
  for (const Json& wrong : {Json(1), Json::array(), Json::object(), Json({{"type", 5}})}) {
    CHECK(flow.refused(EventReceived{Value(wrong), true, 0, {}}).code == Code::invalid);
  }
}

TEST_CASE("a reminder and a decision race by a timeout around the listener") {
  Driver flow(R"(
- review:
    try:
      - ask:
          listen: {to: {one: {with: {type: review.decided}}}}
          timeout: {after: {hours: 24}}
          metadata: {status: WAITING_FOR_REVIEW}
    catch:
      errors: {with: {status: 408}}
      do:
        - remind: {call: remind}
        - again: {listen: {to: {one: {with: {type: review.decided}}}}}
- done: {set: {approved: '${ .[0].approved }'}}
)");
  flow.start();
  CHECK(flow.snapshot().status == "WAITING_FOR_REVIEW");
  flow.fire();
  CHECK(flow.listeners.empty());
  flow.send("review.decided", {{"approved", true}});
  flow.complete("remind", nullptr);
  CHECK(flow.output() == Json({{"approved", true}}));
}

TEST_CASE("an addressed event has one taker, a broadcast event all of them") {
  const std::string tasks = R"(
- both:
    fork:
      branches:
        - one: {listen: {to: {one: {with: {type: a}}}}}
        - two: {listen: {to: {one: {with: {type: a}}}}}
)";
  Driver addressed(tasks);
  addressed.start();
  addressed.send("a", 1);
  CHECK(addressed.phase() == Phase::waiting);
  CHECK(addressed.listeners.size() == 1);
  addressed.send("a", 2);
  CHECK(addressed.output() == Json::array({Json::array({1}), Json::array({2})}));

  Driver broadcast(tasks);
  broadcast.start();
  broadcast.publish("a", 1);
  CHECK(broadcast.output() == Json::array({Json::array({1}), Json::array({1})}));
}

TEST_CASE("one event satisfies one listener of two in a row") {
  Driver flow(R"(
- first: {listen: {to: {one: {with: {type: a}}}}}
- second: {listen: {to: {one: {with: {type: a}}}}}
)");
  flow.start();
  flow.publish("a", 1);
  CHECK(flow.phase() == Phase::waiting);
  flow.send("a", 2);
  CHECK(flow.output() == Json::array({2}));
}

}  // namespace
}  // namespace endure::workflow::test
