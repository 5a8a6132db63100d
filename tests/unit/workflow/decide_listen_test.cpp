// listen: until, foreach, correlation, duplicates, and events that the node has kept.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

using Kind = HistoryEntry::Kind;

Json with(Json event, const char* name, Json value) {
  event[name] = std::move(value);
  return event;
}

// -- until ----------------------------------------------------------------------

TEST_CASE("any goes on until its condition holds on the events taken so far") {
  Driver flow("- three: {listen: {to: {any: [], until: '( . | length ) >= 3'}}}");
  flow.start();
  flow.publish("a", 1);
  flow.send("b", 2);
  CHECK(flow.phase() == Phase::waiting);
  REQUIRE(flow.listeners.size() == 1);
  flow.publish("c", 3);
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json::array({1, 2, 3}));
}

TEST_CASE("events that end the listening are no part of its output") {
  Driver flow(R"(
- vitals:
    listen:
      to:
        any: [{with: {type: temperature, data: '${ . > 38 }'}}, {with: {type: bpm}}]
        until: {one: {with: {type: checked-out}}}
)");
  flow.start();
  CHECK(flow.listeners.size() == 3);
  flow.publish("temperature", 39);
  flow.publish("temperature", 37);
  flow.publish("bpm", 120);
  CHECK(flow.phase() == Phase::waiting);
  flow.publish("checked-out");
  CHECK(flow.output() == Json::array({39, 120}));
}

TEST_CASE("an event that both ends the listening and is listened for ends it") {
  Driver flow("- l: {listen: {to: {any: [], until: {any: [{with: {type: stop}}]}}}}");
  flow.start();
  flow.send("a", 1);
  flow.send("stop", 2);
  CHECK(flow.output() == Json::array({1}));
}

TEST_CASE("all events of an until must come, each once") {
  Driver flow(R"(
- l: {listen: {to: {any: [{with: {type: a}}],
                    until: {all: [{with: {type: x}}, {with: {type: y}}]}}}}
)");
  flow.start();
  flow.send("x", 1);
  CHECK(flow.listeners.size() == 2);
  flow.send("a", 2);
  flow.publish("x", 3);
  CHECK(flow.phase() == Phase::waiting);
  flow.send("y", 4);
  CHECK(flow.output() == Json::array({2}));
}

TEST_CASE("a condition that fails is the workflow's fault") {
  Driver flow("- l: {listen: {to: {any: [], until: '.[0] | tonumber > 1'}}}");
  flow.start();
  flow.send("a", "odd");
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault().type.find("/errors/expression") != std::string::npos);
}

TEST_CASE("a listen without end keeps no list of what it took") {
  Driver flow("- l: {listen: {to: {any: [], until: '${ false }'}}}");
  flow.start();
  for (int i = 0; i < 50; ++i) flow.publish("a", i);
  CHECK(flow.phase() == Phase::waiting);
  CHECK(flow.snapshot().branches.front().frames.back().data.is_null());
  CHECK(flow.snapshot().branches.front().frames.back().position == 50);
}

TEST_CASE("a timeout around a listen with until ends it") {
  Driver flow(R"(
- l:
    listen: {to: {any: [], until: '. | length > 5'}}
    timeout: {after: PT1H}
)");
  flow.start();
  flow.publish("a", 1);
  flow.fire();
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault().status == 408);
}

// -- foreach ----------------------------------------------------------------------

constexpr const char* loop = R"(
- l:
    listen: {to: {any: [{with: {type: a}}], until: {one: {with: {type: stop}}}}}
    foreach:
      item: event
      at: i
      do:
        - work: {call: work, with: {event: '${ $event }', i: '${ $i }', post: '${ .post }'}}
      output: {as: '${ {n: $i, result: .} }'}
      export: {as: '${ {last: .result} }'}
- after: {set: {events: '${ . }', context: '${ $context }'}}
)";

TEST_CASE("each event is worked on before the next, in their order") {
  Driver flow(loop);
  flow.start({{"post", "p1"}});
  flow.publish("a", 10);
  CHECK(flow.phase() == Phase::running);
  CHECK(flow.steps.begin()->second.arguments == Json({{"event", 10}, {"i", 0}, {"post", "p1"}}));
  CHECK(flow.listeners.size() == 2);
  flow.publish("a", 11);  // these wait in the mailbox
  flow.send("a", 12);
  flow.publish("other", 1);
  flow.publish("stop");
  flow.publish("a", 13);  // behind the end
  CHECK(flow.steps.size() == 1);
  CHECK(flow.mailbox.size() == 4);
  flow.complete("work", "r0");
  CHECK(flow.snapshot().context == Value(Json{{"last", "r0"}}));
  CHECK(flow.steps.begin()->second.arguments.at("event") == 11);
  flow.complete("work", "r1");
  CHECK(flow.steps.begin()->second.arguments.at("event") == 12);
  flow.complete("work", "r2");
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output().at("events") == Json::array({{{"n", 0}, {"result", "r0"}},
                                                   {{"n", 1}, {"result", "r1"}},
                                                   {{"n", 2}, {"result", "r2"}}}));
  CHECK(flow.output().at("context") == Json({{"last", "r2"}}));
  CHECK(flow.mailbox.empty());
}

TEST_CASE("a listen that is idle again takes the next event at once") {
  Driver flow(loop);
  flow.start();
  flow.publish("a", 1);
  flow.complete("work", "r");
  CHECK(flow.phase() == Phase::waiting);
  CHECK(flow.snapshot().branches.front().frames.back().attempts == 0);
  flow.publish("a", 2);
  CHECK(flow.steps.size() == 1);
  flow.complete("work", "r");
  flow.publish("stop");
  CHECK(flow.output().at("events").size() == 2);
}

TEST_CASE("an addressed event that a listen has no more use for stays for the next one") {
  Driver flow(std::string(loop) + "- next: {listen: {to: {one: {with: {type: a}}}}}\n");
  flow.start();
  flow.publish("a", 1);
  flow.publish("stop");
  flow.send("a", 2);
  flow.publish("a", 3);
  flow.complete("work", "r");
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json::array({2}));
}

TEST_CASE("a fault of the work on an event ends the listening, with what waits for it") {
  Driver flow(R"(
- t:
    try:
      - l:
          listen: {to: {any: [{with: {type: a}}], until: '${ false }'}}
          foreach: {do: [{w: {call: work}}]}
    catch: {do: [{c: {call: mend}}]}
)");
  flow.start();
  flow.publish("a", 1);
  flow.publish("a", 2);
  CHECK(flow.mailbox.size() == 1);
  flow.fail_step("work", 400);
  CHECK(flow.mailbox.empty());
  CHECK(flow.listeners.empty());
  CHECK(flow.step_on("mend") != 0);
}

TEST_CASE("foreach without tasks transforms events as they come") {
  Driver flow(R"(
- l:
    listen: {to: {all: [{with: {type: a}}, {with: {type: b}}]}}
    foreach: {output: {as: '${ . + $index }'}, export: {as: '${ {sum: .} }'}}
)");
  flow.start();
  flow.send("b", 10);
  flow.send("a", 20);
  CHECK(flow.output() == Json::array({10, 21}));
  CHECK(flow.snapshot().context == Value(Json{{"sum", 21}}));
}

TEST_CASE("foreach without output.as gives the events themselves") {
  Driver flow(R"(
- l:
    listen: {to: {one: {with: {type: a}}}}
    foreach: {do: [{s: {set: {x: 1}}}]}
)");
  flow.start();
  flow.send("a", 7);
  CHECK(flow.output() == Json::array({7}));
}

TEST_CASE("early events are worked on one by one, too") {
  Driver flow("- first: {call: first}\n" + std::string(loop).substr(1));
  flow.start();
  flow.send("a", 1);
  flow.send("a", 2);
  flow.complete("first", nullptr);
  CHECK(flow.steps.begin()->second.arguments.at("event") == 1);
  CHECK(flow.mailbox.size() == 1);
  flow.complete("work", "r");
  CHECK(flow.steps.begin()->second.arguments.at("event") == 2);
}

TEST_CASE("what was queued waits while the workflow is suspended") {
  Driver flow(loop);
  flow.start();
  flow.publish("a", 1);
  flow.publish("a", 2);
  flow.decide(PauseRequested{});
  flow.publish("a", 3);
  flow.decide(StepCompleted{flow.step_on("work"), Json("r1"), 1, "w"});
  CHECK(flow.mailbox.size() == 3);
  flow.decide(ResumeRequested{});
  CHECK(flow.steps.begin()->second.arguments.at("event") == 2);
  flow.complete("work", "r2");
  CHECK(flow.steps.begin()->second.arguments.at("event") == 3);
}

TEST_CASE("a busy listen and another one both get a broadcast event") {
  Driver flow(R"(
- f:
    fork:
      branches:
        - slow:
            listen: {to: {all: [{with: {type: a}}, {with: {type: b}}]}}
            foreach: {do: [{w: {call: work}}]}
        - quick: {listen: {to: {one: {with: {type: b}}}}}
)");
  flow.start();
  flow.publish("a", 1);
  flow.publish("b", 2);
  CHECK(flow.mailbox.size() == 1);
  flow.complete("work", 0);
  flow.complete("work", 0);
  CHECK(flow.output() == Json::array({Json::array({1, 2}), Json::array({2})}));
}

TEST_CASE("an event that ends the work of a busy listen is not lost to it") {
  Driver flow(R"(
- l:
    listen: {to: {any: [{with: {type: a}}], until: '. | length == 2'}}
    foreach: {do: [{inner: {listen: {to: {one: {with: {type: a}}}}}}]}
)");
  flow.start();
  flow.publish("a", 1);
  CHECK(flow.phase() == Phase::waiting);
  flow.publish("a", 2);  // ends the inner one, and is the outer one's next
  CHECK(flow.phase() == Phase::waiting);
  flow.publish("a", 3);
  CHECK(flow.output() == Json::array({1, 2}));
  CHECK(flow.mailbox.empty());
}

// -- correlation --------------------------------------------------------------------

constexpr const char* rooms = R"(
- readings:
    listen:
      to:
        all:
          - {with: {type: temperature}, correlate: {roomId: {from: .roomid}}}
          - {with: {type: humidity}, correlate: {roomId: {from: .roomid}}}
)";

TEST_CASE("the first event sets what the others must have in common with it") {
  Driver flow(rooms);
  flow.start();
  flow.deliver(flow.event("temperature", 1), 0);  // no room
  CHECK(flow.details_of(Kind::ignored).size() == 1);
  flow.deliver(with(flow.event("temperature", 20), "roomid", "r1"), 0);
  flow.deliver(with(flow.event("humidity", 50), "roomid", "r2"), 0);
  CHECK(flow.phase() == Phase::waiting);
  flow.deliver(with(flow.event("humidity", 60), "roomid", "r1"), 0);
  CHECK(flow.output() == Json::array({20, 60}));
}

TEST_CASE("a correlation's expectation may be constant or come from the task's input") {
  Driver flow(R"(
- l:
    listen:
      to:
        one:
          with: {type: a}
          correlate:
            order: {from: .data.order, expect: '${ .order }'}
            region: {from: .region, expect: eu}
)");
  flow.start({{"order", 7}});
  flow.deliver(with(flow.event("a", {{"order", 8}}), "region", "eu"), 0);
  flow.deliver(with(flow.event("a", {{"order", 7}}), "region", "us"), 0);
  flow.deliver(with(flow.event("a", "odd"), "region", "eu"), 0);
  CHECK(flow.phase() == Phase::waiting);
  flow.deliver(with(flow.event("a", {{"order", 7}}), "region", "eu"), 0);
  CHECK(flow.output() == Json::array({{{"order", 7}}}));
}

TEST_CASE("a correlation's value lives for one run of its listen task") {
  Driver flow(R"(
- rounds:
    for: {in: '${ [1, 2] }'}
    do:
      - l: {listen: {to: {one: {with: {type: a}, correlate: {k: {from: .subject}}}}}}
)");
  flow.start();
  flow.deliver(with(flow.event("a", 1), "subject", "s1"), 0);
  flow.deliver(with(flow.event("a", 2), "subject", "s2"), 0);
  CHECK(flow.phase() == Phase::completed);
}

// -- duplicates -----------------------------------------------------------------------

TEST_CASE("an addressed event that comes a second time counts once") {
  Driver flow(
      "- first: {call: work}\n- l: {listen: {to: {all: [{with: {type: a}}, {with: {type: "
      "a, source: other}}]}}}");
  flow.start();
  const auto event = flow.event("a", 1);
  flow.decide(EventReceived{Value(event), true});
  const auto error = flow.refused(EventReceived{Value(event), true});
  CHECK(is_duplicate_event(error));
  CHECK(flow.mailbox.size() == 1);
  flow.complete("work", 0);
  CHECK(is_duplicate_event(flow.refused(EventReceived{Value(event), true})));
  flow.decide(EventReceived{Value(with(event, "source", "other")), true});
  CHECK(flow.phase() == Phase::completed);
  CHECK(is_duplicate_event(flow.refused(EventReceived{Value(event), true})));
}

TEST_CASE("of many events the last are remembered, so that a snapshot stays small") {
  Driver flow("- l: {listen: {to: {any: [], until: '${ false }'}}}");
  flow.start();
  const auto first = flow.event("a", 0);
  flow.decide(EventReceived{Value(first), true});
  for (int i = 0; i < 200; ++i) flow.send("a", i);
  CHECK(flow.snapshot().recent_events.size() == 128);
  flow.decide(EventReceived{Value(first), true});
}

// -- kept events ------------------------------------------------------------------------

TEST_CASE("kept events are taken late, in order, each once") {
  Driver flow(R"(
- one: {listen: {to: {one: {with: {type: a}}}}}
- two: {listen: {to: {one: {with: {type: a}}}}}
- three: {listen: {to: {one: {with: {type: a}}}}}
)");
  flow.start();
  const std::vector<std::pair<std::uint64_t, Json>> kept = {
      {5, flow.event("a", 0)},  // older than the workflow, whose number is 7
      {10, flow.event("b", 1)},
      {11, flow.event("a", 2)},
      {12, flow.event("a", 3)}};
  REQUIRE(flow.offer(kept));
  CHECK(flow.phase() == Phase::waiting);
  CHECK_FALSE(flow.offer(kept));
  CHECK(flow.snapshot().taken_events == std::vector<std::uint64_t>{11, 12});
  flow.deliver(flow.event("a", 3), 12);  // its delivery was under way
  CHECK(flow.phase() == Phase::waiting);
  CHECK(flow.mailbox.empty());
  flow.deliver(flow.event("a", 4), 13);
  CHECK(flow.output() == Json::array({4}));
}

TEST_CASE("kept events queue up behind a busy listen") {
  Driver flow(loop);
  flow.start();
  REQUIRE(flow.offer({{10, flow.event("a", 1)}, {11, flow.event("a", 2)}}));
  CHECK(flow.mailbox.size() == 1);
  CHECK_FALSE(flow.offer({{10, flow.event("a", 1)}, {11, flow.event("a", 2)}}));
  flow.complete("work", "r");
  CHECK(flow.steps.begin()->second.arguments.at("event") == 2);
}

TEST_CASE("a kept event that was queued and not taken may be offered again") {
  Driver flow(std::string(loop) + "- next: {listen: {to: {one: {with: {type: a}}}}}\n");
  flow.start();
  flow.deliver(flow.event("a", 1), 10);
  flow.deliver(flow.event("stop", 1), 11);
  flow.deliver(flow.event("a", 2), 12);
  flow.complete("work", "r");
  CHECK(flow.snapshot().taken_events == std::vector<std::uint64_t>{10, 11});
  CHECK(may_be_offered(flow.snapshot(), 12));
  REQUIRE(flow.offer({{12, flow.event("a", 2)}}));
  CHECK(flow.output() == Json::array({2}));
}

TEST_CASE("the list of taken events is short; what it forgets is never offered again") {
  Driver flow("- l: {listen: {to: {any: [], until: '${ false }'}}}");
  flow.start();
  for (std::uint64_t i = 0; i < 300; ++i) flow.deliver(flow.event("a", i), 100 + i);
  const auto& now = flow.snapshot();
  CHECK(now.taken_events.size() <= 128);
  for (std::uint64_t i = 0; i < 300; ++i) CHECK_FALSE(may_be_offered(now, 100 + i));
  CHECK(may_be_offered(now, 400));
}

TEST_CASE("a suspended workflow is offered nothing") {
  Driver flow("- l: {listen: {to: {any: []}}}");
  flow.start();
  flow.decide(PauseRequested{});
  CHECK_FALSE(flow.offer({{10, flow.event("a", 1)}}));
}

TEST_CASE("a pattern that backtracks without end holds nothing up") {
  Driver flow(R"(
- hear: {listen: {to: {one: {with: {type: t, subject: '(a+)+b'}}}}}
)");
  flow.start();
  flow.decide(EventReceived{Json{{"specversion", "1.0"},
                                 {"id", "1"},
                                 {"source", "test"},
                                 {"type", "t"},
                                 {"subject", std::string(2'000, 'a')}},
                            true});
  CHECK(flow.phase() == Phase::waiting);
}

}  // namespace
}  // namespace endure::workflow::test
