// How data flows: input.from, output.as, export.as and what expressions can see.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

TEST_CASE("a task sees its filtered input, and its output is filtered") {
  Driver flow(R"(
- ask:
    input: {from: .user.claims}
    call: ask
    with: {who: '${ .subject }', same: '${ $input.subject }', raw: '${ $task.input.user.n }'}
    output: {as: '{answer: ., subject: $input.subject, raw: $task.input.user.n}'}
)");
  flow.start({{"user", {{"n", 3}, {"claims", {{"subject", "s1"}}}}}});
  CHECK(flow.steps.begin()->second.arguments == Json({{"who", "s1"}, {"same", "s1"}, {"raw", 3}}));
  flow.complete("ask", "yes");
  CHECK(flow.output() == Json({{"answer", "yes"}, {"subject", "s1"}, {"raw", 3}}));
}

TEST_CASE("the context is the workflow's input until something is exported") {
  Driver flow(R"(
- before: {set: {seen: '${ $context.start }'}, export: {as: '{total: .seen, out: $output.seen}'}}
- after: {set: '${ $context }'}
)");
  flow.start({{"start", 4}});
  CHECK(flow.output() == Json({{"total", 4}, {"out", 4}}));
}

TEST_CASE("the workflow's own input.from and output.as frame it all") {
  Driver flow("- a: {set: {got: '${ . }', raw: '${ $workflow.input }', context: '${ $context }'}}",
              "input: {from: .inner}\noutput: {as: '{result: .}'}\n");
  flow.start({{"inner", 1}});
  CHECK(flow.output() == Json({{"result", {{"got", 1}, {"raw", {{"inner", 1}}}, {"context", 1}}}}));
}

TEST_CASE("expressions see descriptors of the task, the workflow and the runtime") {
  Driver flow(R"(
- look:
    set:
      name: ${ $task.name }
      reference: ${ $task.reference }
      kind: ${ $task.definition.set.kind == null }
      id: ${ $workflow.id }
      definition: ${ $workflow.definition.document.name }
      started: ${ $workflow.startedAt.epoch.milliseconds }
      iso: ${ $task.startedAt.iso8601 }
      runtime: ${ $runtime.name }
)");
  flow.start();
  const auto& out = flow.output();
  CHECK(out.at("name") == "look");
  CHECK(out.at("reference") == "/do/0/look");
  CHECK(out.at("kind") == false);
  CHECK(out.at("id") == "w-1");
  CHECK(out.at("definition") == "sample");
  CHECK(out.at("started") == flow.decision.now.ms);
  CHECK(out.at("iso") == to_rfc3339(flow.decision.now));
  CHECK(out.at("runtime") == "endure");
}

TEST_CASE("a descriptor's definition is there when a program uses it whole") {
  Driver flow(
      "- look: {set: {w: '${ $workflow | .definition.document.name }', t: '${ $task | .definition "
      "| keys }'}}");
  flow.start();
  CHECK(flow.output() == Json({{"w", "sample"}, {"t", {"set"}}}));
}

TEST_CASE("an expression that fails raises an error that a try can catch") {
  Driver flow(R"(
- guard:
    try: [{bad: {set: {x: '${ .text | tonumber }'}}}]
    catch: {errors: {with: {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/expression', status: 400}}, do: [{ok: {set: {caught: '${ $error.instance }'}}}]}
)");
  flow.start({{"text", "abc"}});
  CHECK(flow.output() == Json({{"caught", "/do/0/guard/try/0/bad"}}));
}

TEST_CASE("failing expressions of each place fault with the task that has them") {
  const auto instance = [](const std::string& task) {
    Driver flow("- bad: {" + task + "}");
    flow.start({{"text", "abc"}});
    CHECK(flow.phase() == Phase::faulted);
    CHECK(flow.fault().type ==
          "https://open-workflow-specification.org/spec/1.0.0/errors/expression");
    return flow.fault().instance;
  };
  const std::string bad = "'.text | tonumber'";
  CHECK(instance("if: " + bad + ", set: {a: 1}") == "/do/0/bad");
  CHECK(instance("input: {from: " + bad + "}, set: {a: 1}") == "/do/0/bad");
  CHECK(instance("output: {as: " + bad + "}, set: '${ . }'") == "/do/0/bad");
  CHECK(instance("export: {as: " + bad + "}, set: '${ . }'") == "/do/0/bad");
  CHECK(instance("set: {a: 1}, metadata: {status: '${ .text | tonumber }'}") == "/do/0/bad");
  CHECK(instance("call: f, with: {a: '${ .text | tonumber }'}") == "/do/0/bad");
  CHECK(instance("switch: [{c: {when: " + bad + ", then: end}}]") == "/do/0/bad");
  CHECK(instance("for: {in: " + bad + "}, do: [{a: {set: {b: 1}}}]") == "/do/0/bad");
  CHECK(instance("for: {in: '[1]'}, while: " + bad + ", do: [{a: {set: {b: 1}}}]") == "/do/0/bad");
}

TEST_CASE("the workflow's own expressions fault it with their place") {
  Driver input("- a: {set: {b: 1}}", "input: {from: '.text | tonumber'}\n");
  input.start({{"text", "x"}});
  CHECK(input.phase() == Phase::faulted);
  CHECK(input.fault().instance == "/input/from");
  Driver output("- a: {set: {text: x}}", "output: {as: '.text | tonumber'}\n");
  output.start();
  CHECK(output.phase() == Phase::faulted);
  CHECK(output.fault().instance == "/output/as");
}

TEST_CASE("text from outside that looks like an expression stays text") {
  Driver flow("- a: {set: {copy: '${ .evil }'}}\n- b: {call: f, with: {again: '${ .copy }'}}");
  flow.start({{"evil", "${ 1 + 1 }"}});
  CHECK(flow.steps.begin()->second.arguments == Json({{"again", "${ 1 + 1 }"}}));
}

TEST_CASE("a frame keeps its input only where something will read it") {
  Driver flow("- plain: {call: f}\n- reader: {call: f, output: {as: '$input'}}");
  flow.start({{"big", "data"}});
  for (const auto& frame : flow.snapshot().branches.at(0).frames) CHECK(frame.input.is_null());
  flow.complete("f", 1);
  CHECK(flow.snapshot().branches.at(0).frames.back().input.json() == 1);
  flow.complete("f", 2);
  CHECK(flow.output() == 1);
}

}  // namespace
}  // namespace endure::workflow::test
