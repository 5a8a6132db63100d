// Moving a workflow to another version of its definition: it goes on there, or stays with reasons.
#include "workflow/migrate.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"

namespace endure::workflow::test {

namespace {

using Catch::Contains;

std::shared_ptr<const Definition> version(const std::string& number, const std::string& tasks,
                                          const std::string& name = "moving") {
  return parse_whole("document: { dsl: '1.0.3', namespace: test, name: " + name + ", version: '" +
                     number + "' }\ndo:\n" + tasks);
}

// Moves to version 2.0.0 with these tasks; what stands in the way, in one line.
std::string obstacles(Driver& driver, const std::string& tasks) {
  return in_one_line(driver.migrate(version("2.0.0", tasks)));
}

Driver at(const std::string& tasks, Json input = Json::object()) {
  Driver driver(version("1.0.0", tasks));
  driver.start(std::move(input));
  return driver;
}

const std::string ask = "  - ask: { listen: { to: { one: { with: { type: go } } } } }\n";
const std::string work = "  - enrich: { call: enrich, with: { a: 1 } }\n";

}  // namespace

TEST_CASE("a workflow that listens goes on in the new version, wherever its task stands there") {
  Driver driver = at("  - first: { set: { a: 1 } }\n" + ask + "  - last: { set: { v: 1 } }\n");
  const auto listeners = driver.listeners;
  CHECK(obstacles(driver, "  - first: { set: { a: 1 } }\n  - more: { set: { b: 1 } }\n" + ask +
                              "  - last: { set: { v: 2, heard: '${ .[0] }' } }\n") == "");
  CHECK(driver.listeners == listeners);
  CHECK(driver.snapshot().definition.version == "2.0.0");
  CHECK(driver.snapshot().transition == 2);
  CHECK(driver.details_of(HistoryEntry::Kind::migrated) ==
        std::vector<std::string>{"1.0.0 → 2.0.0"});
  driver.send("go", 7);
  CHECK(driver.phase() == Phase::completed);
  CHECK(driver.output() == Json::parse(R"({"v": 2, "heard": 7})"));
}

TEST_CASE("a step that a worker holds keeps its number, and its result counts") {
  Driver driver = at(work + "  - end: { set: { v: 1 } }\n");
  const WaitId step = driver.step_on("enrich");
  CHECK(obstacles(driver, "  - before: { set: { b: 1 } }\n" + work +
                              "  - end: { set: '${ {v: 2, got: .x} }' }\n") == "");
  CHECK(driver.step_on("enrich") == step);
  driver.complete("enrich", {{"x", 5}});
  CHECK(driver.output() == Json::parse(R"({"v": 2, "got": 5})"));
}

TEST_CASE("timers keep their due time") {
  Driver driver = at("  - pause: { wait: PT1H }\n");
  const auto timers = driver.timers;
  CHECK(obstacles(driver, "  - pause: { wait: PT5M }\n  - end: { set: { v: 2 } }\n") == "");
  CHECK(driver.timers == timers);
  driver.fire();
  CHECK(driver.output() == Json::parse(R"({"v": 2})"));
}

TEST_CASE("a loop, a try and a fork go on where they are") {
  const auto tasks = [](const std::string& more) {
    return "  - each:\n"
           "      for: { each: n, in: '${ [1, 2] }' }\n"
           "      do:\n" +
           more +
           "        - guarded:\n"
           "            try:\n"
           "              - side:\n"
           "                  fork:\n"
           "                    branches:\n"
           "                      - left: { call: l, with: { n: '${ $n }' } }\n"
           "                      - right: { call: r }\n"
           "            catch: { errors: { with: { status: 500 } }, do: [ { e: { set: { e: 1 } } } "
           "] }\n";
  };
  Driver driver = at(tasks(""));
  driver.complete("l", "one");
  CHECK(obstacles(driver, tasks("        - greet: { set: '${ . }' }\n")) == "");
  driver.complete("r", "two");
  driver.complete("l", "three");
  driver.fail_step("r", 500);
  CHECK(driver.phase() == Phase::completed);
  CHECK(driver.output() == Json::parse(R"({"e": 1})"));
}

TEST_CASE("what is between two attempts or in a catch goes on there") {
  const auto tasks = [](const std::string& catching) {
    return "  - guarded:\n      try: [ { enrich: { call: enrich } } ]\n      catch:\n" + catching;
  };
  const std::string retry = "        retry: { delay: PT1M, limit: { attempt: { count: 3 } } }\n";
  Driver waiting = at(tasks(retry));
  waiting.fail_step("enrich");
  CHECK(waiting.timers.size() == 1);
  CHECK_THAT(obstacles(waiting, tasks("        do: [ { e: { set: { e: 1 } } } ]\n")),
             Contains("/do/0/guarded: it is about to try again, and version 2.0.0 does not"));
  CHECK(obstacles(waiting, tasks(retry)) == "");
  waiting.fire();
  CHECK(waiting.step_on("enrich") != 0);

  Driver catching = at(tasks("        as: e\n        do: [ { fix: { call: fix } } ]\n"));
  catching.fail_step("enrich");
  CHECK_THAT(obstacles(catching, tasks("        as: f\n        do: [ { fix: { call: fix } } ]\n")),
             Contains("the name of the error's variable has changed"));
  CHECK_THAT(obstacles(catching, tasks(retry)), Contains("/catch/do: the task is not there"));
}

TEST_CASE("what cannot go on stays as it was, with every reason") {
  Driver driver = at(work);
  const Snapshot before = driver.snapshot();
  CHECK_THAT(obstacles(driver, "  - other: { call: enrich }\n"),
             Contains("/do/0/enrich: the task is not there in version 2.0.0"));
  CHECK_THAT(obstacles(driver, "  - enrich: { set: { a: 1 } }\n"),
             Contains("the task is `call` here and `set` in version 2.0.0"));
  CHECK_THAT(obstacles(driver, "  - enrich: { call: other }\n"),
             Contains("it calls \"enrich\" here and \"other\""));
  CHECK_THAT(obstacles(driver, "  - enrich: { call: enrich, output: { as: '${ $input }' } }\n"),
             Contains("reads the task's input when it ends"));
  CHECK(driver.snapshot().transition == before.transition);
  CHECK(driver.snapshot().definition == before.definition);

  Driver listening = at(ask);
  CHECK_THAT(obstacles(listening, "  - ask: { listen: { to: { one: { with: { type: b } } } } }\n"),
             Contains("what it listens for has changed"));

  const auto loop = [](const std::string& each) {
    return "  - each:\n      for: { each: " + each +
           ", in: '${ [1] }' }\n      do: [ { enrich: { call: enrich } } ]\n";
  };
  Driver looping = at(loop("a"));
  CHECK_THAT(obstacles(looping, loop("b")), Contains("names of the loop's variables"));

  const auto fork = [](const std::string& branches) {
    return "  - side: { fork: { branches: [" + branches + "] } }\n";
  };
  Driver forked = at(fork("{ l: { call: l } }, { r: { call: r } }"));
  const std::string reasons = obstacles(forked, fork("{ l: { call: l } }"));
  CHECK_THAT(reasons, Contains("the fork's branches have changed"));
  CHECK_THAT(reasons, Contains("r: the task is not there"));
}

TEST_CASE("only live workflows of another version of the same definition move") {
  Driver ended = at("  - x: { set: { a: 1 } }\n");
  CHECK_THAT(obstacles(ended, ask), Contains("the workflow has ended; it is completed"));
  Driver driver = at(ask);
  CHECK_THAT(in_one_line(driver.migrate(version("1.0.0", ask))),
             Contains("runs version 1.0.0 already"));
  CHECK_THAT(in_one_line(driver.migrate(version("2.0.0", ask, "other"))),
             Contains("cannot become one of test/other:2.0.0"));
}

TEST_CASE("a suspended workflow moves, and what was kept is taken in the new version") {
  Driver driver = at(ask + "  - end: { set: { v: 1 } }\n");
  driver.decide(PauseRequested{"to move it"});
  driver.publish("go", 1);
  CHECK(obstacles(driver, ask + "  - end: { set: { v: 2 } }\n") == "");
  CHECK(driver.phase() == Phase::suspended);
  driver.decide(ResumeRequested{});
  CHECK(driver.output() == Json::parse(R"({"v": 2})"));
}

}  // namespace endure::workflow::test
