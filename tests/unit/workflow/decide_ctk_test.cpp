// The scenarios of the specification's conformance test kit; those that call a service have its
// answer given by the test.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

using Texts = std::vector<std::string>;
constexpr auto completed = HistoryEntry::Kind::task_completed;

TEST_CASE("kit: implicit and explicit sequence") {
  Driver implicit(R"(
- setRed: {set: {colors: '${ .colors + [ "red" ] }'}}
- setGreen: {set: {colors: '${ .colors + [ "green" ] }'}}
- setBlue: {set: {colors: '${ .colors + [ "blue" ] }'}}
)");
  implicit.start();
  CHECK(implicit.output() == Json({{"colors", {"red", "green", "blue"}}}));

  Driver explicit_(R"(
- setRed: {set: {colors: '${ .colors + [ "red" ] }'}, then: setGreen}
- setBlue: {set: {colors: '${ .colors + [ "blue" ] }'}, then: end}
- setGreen: {set: {colors: '${ .colors + [ "green" ] }'}, then: setBlue}
)");
  explicit_.start();
  CHECK(explicit_.output() == Json({{"colors", {"red", "green", "blue"}}}));
  CHECK(explicit_.tasks_of(completed) == Texts{"/do/0/setRed", "/do/2/setGreen", "/do/1/setBlue"});
}

TEST_CASE("kit: sequential sub tasks") {
  Driver flow(R"(
- compositeExample:
    do:
      - setRed: {set: {colors: '${ .colors + ["red"] }'}}
      - setGreen: {set: {colors: '${ .colors + ["green"] }'}}
      - setBlue: {set: {colors: '${ .colors + ["blue"] }'}}
)");
  flow.start();
  CHECK(flow.output() == Json({{"colors", {"red", "green", "blue"}}}));
}

TEST_CASE("kit: for task") {
  Driver flow(R"(
- loopColors:
    for: {each: color, in: '.colors'}
    do:
      - markProcessed:
          set:
            processed: '${ { colors: (.processed.colors + [ $color ]), indexes: (.processed.indexes + [ $index ])} }'
)");
  flow.start({{"colors", {"red", "green", "blue"}}});
  CHECK(flow.output() ==
        Json({{"processed", {{"colors", {"red", "green", "blue"}}, {"indexes", {0, 1, 2}}}}}));
}

TEST_CASE("kit: switch with a matching case, without one, and with a default") {
  const std::string cases = R"(
- switchColor:
    switch:
      - red: {when: '.color == "red"', then: setRed}
      - green: {when: '.color == "green"', then: setGreen}
)";
  const std::string sets = R"(
- setRed: {set: {colors: '${ .colors + [ "red" ] }'}, then: end}
- setGreen: {set: {colors: '${ .colors + [ "green" ] }'}, then: end}
- setCustom: {set: {colors: '${ .colors + [ $input.color ] }'}}
)";
  Driver matching(cases + sets);
  matching.start({{"color", "red"}});
  CHECK(matching.output() == Json({{"colors", {"red"}}}));

  Driver none(cases + "    then: end\n" + sets);
  none.start({{"color", "yellow"}});
  CHECK(none.output() == Json({{"color", "yellow"}}));
  CHECK(none.tasks_of(completed) == Texts{"/do/0/switchColor"});

  Driver fallback(cases + "      - other: {then: setCustom}\n" + sets);
  fallback.start({{"color", "yellow"}});
  CHECK(fallback.output() == Json({{"colors", {"yellow"}}}));
}

TEST_CASE("kit: set task and raise task") {
  Driver sets(R"(
- setShape: {set: {shape: circle, size: '${ .configuration.size }', fill: '${ .configuration.fill }'}}
)");
  sets.start({{"configuration", {{"size", {{"width", 6}}}, {"fill", {{"red", 69}}}}}});
  CHECK(sets.output() ==
        Json({{"shape", "circle"}, {"size", {{"width", 6}}}, {"fill", {{"red", 69}}}}));

  Driver raises(R"(
- raiseError:
    raise: {error: {status: 400, type: 'https://open-workflow-specification.org/errors/types/compliance', title: Compliance Error}}
)");
  raises.start();
  CHECK(raises.phase() == Phase::faulted);
  CHECK(raises.fault() == Fault{"https://open-workflow-specification.org/errors/types/compliance",
                                400, "Compliance Error", "", "/do/0/raiseError"});
}

TEST_CASE("kit: emit task") {
  Driver flow(R"(
- emitEvent:
    emit:
      event:
        with:
          source: https://fake-source.com
          type: com.fake-source.user.greeted.v1
          data: {greetings: '${ "Hello \(.user.firstName) \(.user.lastName)!" }'}
)");
  flow.start({{"user", {{"firstName", "John"}, {"lastName", "Doe"}}}});
  for (const char* name : {"id", "specversion", "time", "source", "type", "data"}) {
    CHECK(flow.output().contains(name));
  }
  CHECK(flow.output().at("data") == Json({{"greetings", "Hello John Doe!"}}));
}

TEST_CASE("kit: input filtering and outputs that are no objects") {
  Driver input(R"(
- setPlayerId: {input: {from: .user.claims.subject}, set: {playerId: '${ . }'}}
)");
  input.start({{"user", {{"claims", {{"subject", "6Asn"}}}}}});
  CHECK(input.output() == Json({{"playerId", "6Asn"}}));

  Driver ids(R"(
- getPetById1:
    call: http
    with: {method: get, endpoint: {uri: 'https://petstore.swagger.io/v2/pet/{petId}'}}
    output: {as: .id}
- getPetById2:
    call: http
    with: {method: get, endpoint: {uri: 'https://petstore.swagger.io/v2/pet/2'}}
    output: {as: '{ ids: [ $input, .id ] }'}
)");
  ids.start({{"petId", 1}});
  CHECK(ids.steps.begin()->second.arguments.at("uri") == "https://petstore.swagger.io/v2/pet/1");
  ids.complete("endure.http", {{"id", 1}});
  ids.complete("endure.http", {{"id", 2}});
  CHECK(ids.output() == Json({{"ids", {1, 2}}}));
}

TEST_CASE("kit: an error that is caught, and one that is not") {
  const auto tasks = [](int status) {
    return R"(
- tryGetPet:
    try:
      - getPet:
          call: http
          with: {method: get, endpoint: {uri: 'https://petstore.swagger.io/v2/pet/getPetByName/{petName}'}}
    catch:
      errors: {with: {type: https://open-workflow-specification.org/dsl/errors/types/communication, status: )" +
           std::to_string(status) + R"(}}
      as: err
      do: [{setError: {set: {error: '${ $err }'}}}]
)";
  };
  Driver caught(tasks(404));
  caught.start({{"petName", "Milou"}});
  caught.fail_step("endure.http", 404);
  REQUIRE(caught.phase() == Phase::completed);
  const auto& error = caught.output().at("error");
  CHECK(error.at("instance") == "/do/0/tryGetPet/try/0/getPet");
  CHECK(error.at("status") == 404);
  CHECK(error.contains("type"));
  CHECK(error.contains("title"));

  Driver uncaught(tasks(503));
  uncaught.start({{"petName", "Milou"}});
  uncaught.fail_step("endure.http", 404);
  CHECK(uncaught.phase() == Phase::faulted);
}

TEST_CASE("kit: a fork with competing branches") {
  Driver flow(R"(
- branchWithCompete:
    fork:
      compete: true
      branches:
        - setRed: {set: {colors: '${ .colors + ["red"] }'}}
        - setGreen: {set: {colors: '${ .colors + ["green"] }'}}
        - setBlue: {set: {colors: '${ .colors + ["blue"] }'}}
)");
  flow.start();
  CHECK(flow.output().at("colors").size() == 1);
}

}  // namespace
}  // namespace endure::workflow::test
