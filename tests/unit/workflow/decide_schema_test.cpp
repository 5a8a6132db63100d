// Schemas of the workflow and its tasks, checked in the order of the language.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

const std::string validation =
    "https://open-workflow-specification.org/spec/1.0.0/errors/validation";

void check_fault(const Driver& flow, const std::string& instance, const std::string& detail) {
  REQUIRE(flow.phase() == Phase::faulted);
  CHECK(flow.fault().type == validation);
  CHECK(flow.fault().status == 400);
  CHECK(flow.fault().instance == instance);
  CHECK(flow.fault().detail == detail);
}

}  // namespace

TEST_CASE("a workflow whose input does not fit its schema faults at its start") {
  const std::string top =
      "input: {schema: {format: json, document: {type: object, required: [id], properties: {id: "
      "{type: integer}}}}, from: .id}\n";
  Driver bad("- a: {call: f}", top);
  bad.start({{"id", "x"}});
  check_fault(bad, "/input/schema",
              "The data does not fit input.schema: /id: expected a whole number, found \"x\".");
  CHECK(bad.steps.empty());
  Driver good("- a: {set: {got: '${ . }'}}", top);
  good.start({{"id", 4}});
  CHECK(good.output() == Json({{"got", 4}}));  // checked before it was transformed
}

TEST_CASE("a workflow's output is checked after it was transformed") {
  const std::string top =
      "output: {schema: {format: 'json:2020-12', document: {type: string}}, as: .name}\n";
  Driver good("- a: {set: {name: x}}", top);
  good.start();
  CHECK(good.output() == "x");
  Driver bad("- a: {set: {name: 1}}", top);
  bad.start();
  check_fault(bad, "/output/schema",
              "The data does not fit output.schema: expected text, found 1.");
}

TEST_CASE("a task's raw input is checked, but not where the task is skipped") {
  const std::string schema = "input: {schema: {document: {required: [id]}}, from: .id}";
  Driver bad("- a: {" + schema + ", call: f}");
  bad.start({{"other", 1}});
  check_fault(bad, "/do/0/a", "The data does not fit input.schema: the member `id` is missing.");
  Driver skipped("- a: {if: .id != null, " + schema + ", call: f}");
  skipped.start({{"other", 1}});
  CHECK(skipped.output() == Json({{"other", 1}}));
  Driver good("- a: {" + schema + ", set: {got: '${ . }'}}");
  good.start({{"id", 1}});
  CHECK(good.output() == Json({{"got", 1}}));
}

TEST_CASE("a task's output is checked after output.as and before export.as") {
  Driver flow(R"(
- a:
    call: f
    output: {as: .data, schema: {document: {type: array}}}
    export: {as: '{exported: .}'}
)");
  flow.start();
  flow.complete("f", {{"data", "text"}});
  check_fault(flow, "/do/0/a",
              "The data does not fit output.schema: expected a list, found \"text\".");
}

TEST_CASE("a context that does not fit its schema does not become the context") {
  Driver flow(R"(
- guard:
    try:
      - a: {set: {x: 1}, export: {as: '{count: .x}', schema: {document: {properties: {count: {minimum: 2}}}}}}
    catch: {do: [{see: {set: {context: '${ $context }', detail: '${ $error.detail }'}}}]}
)");
  flow.start({{"old", true}});
  CHECK(flow.output() ==
        Json({{"context", {{"old", true}}},
              {"detail",
               "The data does not fit export.schema: /count: expected at least 2, found 1."}}));
  Driver without_as("- a: {set: {x: 1}, export: {schema: {document: {required: [other]}}}}");
  without_as.start({{"old", true}});
  check_fault(without_as, "/do/0/a",
              "The data does not fit export.schema: the member `other` is missing.");
}

TEST_CASE("a validation error is caught by any spelling of its type") {
  for (const char* type : {"https://serverlessworkflow.io/spec/1.0.0/errors/validation",
                           "https://serverlessworkflow.io/dsl/errors/types/validation",
                           "https://open-workflow-specification.org/spec/1.0.0/errors/validation",
                           "https://open-workflow-specification.org/dsl/errors/types/validation"}) {
    Driver flow(std::string("- guard: {try: [{a: {input: {schema: {document: false}}, call: f}}], "
                            "catch: {errors: {with: {type: '") +
                type + "', status: 400}}, do: [{b: {set: {at: '${ $error.instance }'}}}]}}");
    flow.start();
    CHECK(flow.output() == Json({{"at", "/do/0/guard/try/0/a"}}));
  }
}

TEST_CASE("null that was exported is the context") {
  Driver flow("- a: {set: {x: 1}, export: {as: 'null'}}\n- b: {set: {c: '${ $context }'}}");
  flow.start({{"old", true}});
  CHECK(flow.output() == Json({{"c", nullptr}}));
}

TEST_CASE("the durations of a retry may be expressions, and see the error") {
  Driver flow(R"(
- guard:
    try: [{a: {call: f}}]
    catch:
      retry:
        delay: ${ .pause }
        backoff: {linear: {increment: '${ {seconds: ($error.status - 500)} }'}}
        limit: {duration: '${ "PT1H" }'}
)");
  flow.start({{"pause", "PT10S"}});
  const auto began = flow.decision.now;
  flow.fail_step("f", 503);
  REQUIRE(flow.timers.size() == 1);
  CHECK(flow.timers.begin()->second - began == 10'000);
  flow.fire();
  flow.fail_step("f", 503);
  CHECK(flow.timers.begin()->second - flow.decision.now == 13'000);
  flow.fire();
  flow.complete("f", 1);
  CHECK(flow.output() == 1);
}

TEST_CASE("a retry's duration that is none faults with the task") {
  Driver flow(
      "- guard: {try: [{a: {call: f}}], catch: {retry: {delay: '${ .pause }', limit: {attempt: "
      "{count: 2}}}}}");
  flow.start({{"pause", "soon"}});
  flow.fail_step("f", 503);
  CHECK(flow.phase() == Phase::faulted);
  CHECK_THAT(flow.fault().detail, Catch::Contains("`soon` is no duration"));
  CHECK(flow.fault().instance == "/do/0/guard");
}

TEST_CASE("arguments may be one expression that gives an object") {
  Driver flow("- a: {call: f, with: '${ .arguments }'}");
  flow.start({{"arguments", {{"x", 1}}}});
  CHECK(flow.steps.begin()->second.arguments == Json({{"x", 1}}));
  Driver bad("- a: {call: f, with: '${ .arguments }'}");
  bad.start({{"arguments", 7}});
  CHECK(bad.fault().detail == "`with` must give an object, but gave number.");
}

TEST_CASE("the runtime's version is that of the build") {
  Driver flow("- a: {set: {v: '${ $runtime.version }', m: '${ $runtime.metadata }'}}");
  flow.start();
  CHECK_THAT(flow.output().at("v").get<std::string>(),
             Catch::Matches("[0-9]+\\.[0-9]+\\.[0-9]+.*"));
  CHECK(flow.output().at("m") == Json::object());
}

TEST_CASE("integers beyond the doubles pass unchanged or not at all") {
  const Json id = 9007199254740993;  // 2^53 + 1
  Driver passed(
      "- a: {set: {id: '${ .post.id }', all: '${ . }'}}\n- b: {call: f, with: {id: '${ .id }'}}");
  passed.start({{"post", {{"id", id}}}});
  CHECK(passed.steps.begin()->second.arguments.at("id").dump() == "9007199254740993");
  Driver constant("- a: {set: {id: 9007199254740993, big: 18446744073709551615}}");
  constant.start();
  CHECK(constant.output().dump() == R"({"big":18446744073709551615,"id":9007199254740993})");
  Driver text("- a: {set: {id: '${ .id | tostring }'}}");
  text.start({{"id", id}});
  CHECK(text.output().at("id") == "9007199254740993");
  for (const char* program : {"${ .id + 1 }", "${ [.id] | map(. * 2) }",
                              "${ {a: .id} | to_entries }", "${ .id == 9007199254740992 }"}) {
    INFO(program);
    Driver refused(std::string("- a: {set: {x: '") + program + "'}}");
    refused.start({{"id", id}});
    REQUIRE(refused.phase() == Phase::faulted);
    CHECK_THAT(refused.fault().detail, Catch::Contains("exact up to 2^53"));
  }
}

}  // namespace endure::workflow::test
