// use.extensions: tasks that run around other tasks.
#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {
namespace {

using Kind = HistoryEntry::Kind;

std::string logging(const std::string& extend, const std::string& more = {}) {
  return "use:\n  extensions:\n  - logging:\n      extend: " + extend + more +
         "\n      before: [{log: {call: log, with: {say: '${ \"before \" + $task.reference }'}}}]"
         "\n      after: [{log: {call: log, with: {say: '${ \"after \" + $task.reference }', "
         "output: '${ "
         "$task.output }', input: '${ $task.input }'}}}]\n";
}

Json only_step(const Driver& flow) {
  REQUIRE(flow.steps.size() == 1);
  return flow.steps.begin()->second.arguments;
}

}  // namespace

TEST_CASE("an extension runs before and after a task and passes its data by") {
  Driver flow("- work: {call: f, with: {n: '${ .n }'}, output: {as: '{result: .}'}}",
              logging("call"));
  flow.start({{"n", 1}});
  CHECK(only_step(flow) == Json({{"say", "before /do/0/work"}}));
  flow.complete("log", "dropped");
  CHECK(only_step(flow) == Json({{"n", 1}}));
  flow.complete("f", 7);
  CHECK(only_step(flow) ==
        Json({{"say", "after /do/0/work"}, {"output", 7}, {"input", {{"n", 1}}}}));
  flow.complete("log", "dropped too");
  CHECK(flow.output() == Json({{"result", 7}}));
  CHECK(flow.tasks_of(Kind::task_started) ==
        std::vector<std::string>{"/do/0/work", "/use/extensions/0/logging/before",
                                 "/use/extensions/0/logging/before/0/log",
                                 "/use/extensions/0/logging/after",
                                 "/use/extensions/0/logging/after/0/log"});
  CHECK(flow.tasks_of(Kind::task_completed).back() == "/do/0/work");
}

TEST_CASE("an extension applies to its kind alone") {
  Driver flow("- a: {set: {x: 1}}\n- b: {call: f}", logging("call"));
  flow.start();
  CHECK(only_step(flow).at("say") == "before /do/1/b");
  Driver composite("- a: {do: [{b: {set: {x: 1}}}]}", logging("composite"));
  composite.start();
  CHECK(only_step(composite).at("say") == "before /do/0/a");
  composite.complete("log", nullptr);
  CHECK(only_step(composite).at("say") == "after /do/0/a");
}

TEST_CASE("an extension of all tasks extends nested ones, and none within extensions") {
  Driver flow("- a: {do: [{b: {set: {x: 1}}}]}", logging("all"));
  flow.start();
  std::vector<std::string> said;
  while (flow.phase() == Phase::running) {
    said.push_back(only_step(flow).at("say"));
    flow.complete("log", nullptr);
  }
  CHECK(said == std::vector<std::string>{"before /do/0/a", "before /do/0/a/do/0/b",
                                         "after /do/0/a/do/0/b", "after /do/0/a"});
  CHECK(flow.output() == Json({{"x", 1}}));
}

TEST_CASE("when decides by the task that would be extended and its input") {
  const std::string when = "\n      when: $task.with.n > 1 and .go and $input.go";
  Driver applies("- a: {call: f, with: {n: 2}}", logging("call", when));
  applies.start({{"go", true}});
  CHECK(only_step(applies).contains("say"));
  Driver not_here("- a: {call: f, with: {n: 1}}", logging("call", when));
  not_here.start({{"go", true}});
  CHECK(only_step(not_here) == Json({{"n", 1}}));
  not_here.complete("f", 3);
  CHECK(not_here.output() == 3);
}

TEST_CASE("a condition of an extension that fails is an error of the task") {
  Driver flow("- a: {call: f}", logging("call", "\n      when: .text | tonumber"));
  flow.start({{"text", "x"}});
  REQUIRE(flow.phase() == Phase::faulted);
  CHECK(flow.fault().instance == "/do/0/a");
  CHECK_THAT(flow.fault().detail, Catch::StartsWith("`when` of the extension logging: "));
}

TEST_CASE("exit before a task leaves it out, and what was injected is its output") {
  Driver flow(R"(
- get:
    call: f
    output: {as: .content}
    export: {as: '{got: .}'}
    then: last
- between: {set: {wrong: true}}
- last: {set: {seen: '${ . }', context: '${ $context }'}}
)",
              R"(use:
  extensions:
  - mock:
      extend: call
      before: [{fake: {set: {content: mocked}, then: exit}}, {never: {set: {content: wrong}}}]
      after: [{never: {raise: {error: {type: 'https://x.test/e', status: 500}}}}]
)");
  flow.start();
  CHECK(flow.output() == Json({{"seen", "mocked"}, {"context", {{"got", "mocked"}}}}));
}

TEST_CASE("several extensions are laid around one another in their order") {
  const auto extension = [](const std::string& name, const std::string& before) {
    return "  - " + name + ":\n      extend: call\n      before: [" + before +
           "]\n      after: [{e: {call: log, with: {say: after " + name + "}}}]\n";
  };
  const auto say = [](const std::string& name) {
    return "{b: {call: log, with: {say: before " + name + "}}}";
  };
  const auto run = [](Driver& flow) {
    std::vector<std::string> said;
    flow.start();
    while (flow.phase() == Phase::running) {
      const bool own = flow.steps.begin()->second.queue == "f";
      said.push_back(own ? "task" : only_step(flow).at("say").get<std::string>());
      flow.complete(flow.steps.begin()->second.queue, "done");
    }
    return said;
  };
  Driver both("- a: {call: f}", "use:\n  extensions:\n" + extension("one", say("one")) +
                                    extension("two", say("two")));
  CHECK(run(both) ==
        std::vector<std::string>{"before one", "before two", "task", "after two", "after one"});
  // The second leaves the task out: the first, which is around it, still ends.
  Driver left("- a: {call: f}", "use:\n  extensions:\n" + extension("one", say("one")) +
                                    extension("two", "{b: {set: {mock: true}, then: exit}}"));
  CHECK(run(left) == std::vector<std::string>{"before one", "after one"});
  CHECK(left.output() == Json({{"mock", true}}));
}

TEST_CASE("the flow of an extended task is its own") {
  const std::string top = logging("switch");
  const std::string tasks = R"(
- choose:
    switch: [{yes: {when: .go, then: there}}, {no: {then: continue}}]
    then: end
- here: {set: {at: here}, then: end}
- there: {set: {at: there}}
)";
  Driver flow(tasks, top);
  const auto through = [](Driver& each) {
    while (each.phase() == Phase::running) each.complete("log", nullptr);
    return each.output();
  };
  flow.start({{"go", true}});
  CHECK(through(flow) == Json({{"at", "there"}}));
  Driver other(tasks, top);
  other.start({{"go", false}});
  CHECK(through(other) == Json({{"at", "here"}}));
  Driver ends("- a: {set: {x: 1}, output: {as: '{y: .x}'}, then: end}\n- b: {set: {z: 1}}",
              logging("set"));
  ends.start();
  CHECK(through(ends) == Json({{"y", 1}}));  // the end comes after its extensions
}

TEST_CASE("end within an extension ends the workflow") {
  Driver flow("- a: {call: f}",
              "use: {extensions: [{stop: {extend: all, before: [{s: {set: {stopped: true}, then: "
              "end}}]}}]}\n");
  flow.start();
  CHECK(flow.phase() == Phase::completed);
  CHECK(flow.output() == Json({{"stopped", true}}));
}

TEST_CASE("a task that is skipped is not extended") {
  Driver flow("- a: {if: .go, call: f}", logging("all"));
  flow.start({{"go", false}});
  CHECK(flow.output() == Json({{"go", false}}));
  CHECK(flow.tasks_of(Kind::task_skipped) == std::vector<std::string>{"/do/0/a"});
}

TEST_CASE("an error in an extension is one of the task, and a try around it is asked") {
  Driver flow(R"(
- guard:
    try: [{a: {call: f}}]
    catch: {errors: {with: {status: 403}}, do: [{b: {set: {at: '${ $error.instance }'}}}]}
)",
              "use: {extensions: [{deny: {extend: call, before: [{no: {raise: {error: {type: "
              "'https://x.test/e', status: 403}}}}]}}]}\n");
  flow.start();
  CHECK(flow.output() == Json({{"at", "/use/extensions/0/deny/before/0/no"}}));
}

TEST_CASE("an extended try still catches, retries and loops as before") {
  Driver flow(R"(
- loop:
    for: {in: '[1, 2]'}
    do:
      - guard:
          try: [{a: {call: f, with: {n: '${ $item }'}}}]
          catch: {retry: {limit: {attempt: {count: 1}}}, do: [{b: {set: {given: up}}}]}
)",
              "use: {extensions: [{mark: {extend: try, after: [{m: {set: {x: 1}}}]}}]}\n");
  flow.start();
  flow.fail_step("f");
  flow.complete("f", "first");
  flow.fail_step("f");
  flow.fail_step("f");
  CHECK(flow.output() == Json({{"given", "up"}}));
}

TEST_CASE("branches of a fork are extended each for itself") {
  Driver flow("- both: {fork: {branches: [{a: {call: f}}, {b: {call: g}}]}}", logging("call"));
  flow.start();
  flow.complete("log", nullptr);
  flow.complete("log", nullptr);
  flow.complete("g", 2);
  flow.complete("f", 1);
  CHECK(flow.steps.size() == 2);
  flow.complete("log", nullptr);
  flow.complete("log", nullptr);
  CHECK(flow.output() == Json({1, 2}));
}

TEST_CASE("a timeout of an extended task covers its extensions") {
  Driver flow("- a: {call: f, timeout: {after: PT1S}}", logging("call"));
  flow.start();
  flow.fire();
  CHECK(flow.phase() == Phase::faulted);
  CHECK(flow.fault().status == 408);
  CHECK(flow.steps.empty());
}

TEST_CASE("$task of an extended task is the author's") {
  Driver flow(
      "- a: {input: {from: .inner}, set: {name: '${ $task.name }', input: '${ $task.input }'}}",
      "use: {extensions: [{x: {extend: set, before: [{y: {wait: PT1S}}]}}]}\n");
  flow.start({{"inner", 1}});
  flow.fire();
  CHECK(flow.output() == Json({{"name", "a"}, {"input", {{"inner", 1}}}}));
}

}  // namespace endure::workflow::test
