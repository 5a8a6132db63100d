// Functions declared under `use.functions`, and the limits of a definition.

#include "tests/support/definitions.hpp"

namespace endure::workflow::test {

namespace {

std::string with_functions(const std::string& functions, const std::string& tasks) {
  return header() + "use:\n  functions:\n" + functions + "do:\n" + tasks;
}

const CallFunctionTask& step_of(const Definition& definition, TaskId id) {
  const auto* step = std::get_if<CallFunctionTask>(&definition.task(id).body);
  REQUIRE(step != nullptr);
  return *step;
}

std::string members_of(const Template& tmpl) {
  std::string text;
  for (const auto& member : std::get<Template::Object>(tmpl.node)) {
    const auto* value = std::get_if<Value>(&member.value.node);
    text += member.key + "=" + (value ? value->json().dump() : "expression") + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("a declared step has its arguments and metadata, and the call's laid over them") {
  const auto definition = must_parse(with_functions(
      "    enrich: {call: enricher, with: {lang: en, depth: 1},\n"
      "             metadata: {queue: slow, maxAttempts: 3, priority: 1}}\n",
      "- a: {call: enrich, with: {depth: 2, post: '${ .p }'}, metadata: {maxAttempts: 9}}\n"
      "- b: {call: enrich}\n"));
  const auto& a = step_of(*definition, 1);
  CHECK(a.function == "enrich");
  CHECK(a.queue == "slow");
  CHECK(a.policy.max_attempts == 9);
  CHECK(a.policy.priority == 1);
  CHECK(members_of(a.with) == "depth=2 lang=\"en\" post=expression ");
  const auto& b = step_of(*definition, 2);
  CHECK(b.policy.max_attempts == 3);
  CHECK(members_of(b.with) == "depth=1 lang=\"en\" ");
  CHECK(definition->task(1).pointer == "/do/0/a");
  CHECK(definition->queues == std::vector<std::string>{"slow"});
}

TEST_CASE("a declared HTTP call becomes a nested task with the arguments as its input") {
  const auto definition = must_parse(with_functions(
      "    getPet: {call: http, with: {method: get, endpoint: 'https://x.test/{petId}'}}\n",
      "- a: {call: getPet, with: {petId: 69}, output: {as: .name}, then: end}\n"));
  REQUIRE(definition->tasks.size() == 3);
  const Task& call = definition->task(1);
  CHECK(std::get<DoTask>(call.body).tasks == std::vector<TaskId>{2});
  CHECK(call.output_as);
  CHECK(call.then.kind == Flow::Kind::end);
  const Task& nested = definition->task(2);
  CHECK(nested.pointer == "/use/functions/getPet");
  CHECK(nested.parent == 1);
  CHECK(std::holds_alternative<CallHttpTask>(nested.body));
  CHECK(std::get<Value>(nested.input_from->node).json() == Json::parse(R"({"petId": 69})"));
}

TEST_CASE("a function's own input works on the arguments") {
  const auto definition = must_parse(with_functions(
      "    f: {input: {from: .args}, set: {x: '${ . }'}}\n", "- a: {call: f, with: {args: 1}}\n"));
  REQUIRE(definition->tasks.size() == 4);
  CHECK(std::holds_alternative<Value>(definition->task(2).input_from->node));
  CHECK(std::get<Expression>(definition->task(3).input_from->node).text == ".args");
}

TEST_CASE("a declared step with members of its own is nested and takes the call's metadata") {
  const auto definition =
      must_parse(with_functions("    f: {call: q, with: {a: 1}, output: {as: .data}}\n",
                                "- a: {call: f, with: {b: 2}, metadata: {priority: 2}}\n"));
  const auto& step = step_of(*definition, 2);
  CHECK(step.queue == "q");
  CHECK(step.policy.priority == 2);
  CHECK(members_of(step.with) == "a=1 b=2 ");
}

TEST_CASE("functions may call functions but never themselves") {
  const auto definition =
      must_parse(with_functions("    f: {call: g}\n    g: {call: q}\n", "- a: {call: f}\n"));
  CHECK(step_of(*definition, 2).queue == "q");
  CHECK_THAT(problems_of(with_functions("    f: {call: g}\n    g: {do: [{x: {call: f}}]}\n",
                                        "- a: {call: f}\n")),
             Catch::Contains("/use/functions/g/do/0/x/call: the function `f` calls itself"));
  CHECK_THAT(problems_of(with_functions("    f: {call: f}\n", "- a: {set: {x: 1}}\n")),
             Catch::Contains("calls itself"));
}

TEST_CASE("a wrong function is told once however often it is called") {
  CHECK(problems_of(with_functions("    f: {call: http}\n", "- a: {call: f}\n- b: {call: f}\n")) ==
        "line 8, /use/functions/f: `call: http` needs `with`: its method and endpoint\n");
  CHECK_THAT(problems_of(with_functions("    http: {call: q}\n", "- a: {set: {x: 1}}\n")),
             Catch::Contains("has a function `http` of its own"));
  CHECK_THAT(problems_of(with_functions("    f: {set: {x: 1}}\n",
                                        "- a: {call: f, metadata: {queue: q}}\n")),
             Catch::Contains("concerns the steps of workers"));
}

TEST_CASE("functions that multiply are refused") {
  std::string functions = "    f0: {do: [{a: {set: {x: 1}}}]}\n";
  for (int i = 1; i < 12; ++i) {
    const std::string call = "{call: f" + std::to_string(i - 1) + "}";
    functions += "    f" + std::to_string(i) + ": {do: [";
    for (int j = 0; j < 8; ++j) functions += "{t" + std::to_string(j) + ": " + call + "}, ";
    functions += "]}\n";
  }
  CHECK_THAT(problems_of(with_functions(functions, "- a: {call: f11}\n")),
             Catch::Contains("more than 10000 tasks"));
  std::string chain;
  for (int i = 1; i < 100; ++i) {
    chain += "    f" + std::to_string(i) + ": {call: f" + std::to_string(i - 1) + "}\n";
  }
  CHECK_THAT(problems_of(with_functions(chain, "- a: {call: f99}\n")),
             Catch::Contains("make the definition too large"));
}

TEST_CASE("the number of tasks is limited") {
  ParseLimits limits;
  limits.max_tasks = 3;
  const std::string two = "- a: {set: {x: 1}}\n- b: {set: {x: 1}}\n";
  CHECK(problems_of(with_tasks(two), limits).empty());
  CHECK(problems_of(with_tasks(two + "- c: {set: {x: 1}}\n"), limits) ==
        "line 9, /do/2/c: the definition has more than 3 tasks; split it into several "
        "definitions\n");
}

}  // namespace endure::workflow::test
