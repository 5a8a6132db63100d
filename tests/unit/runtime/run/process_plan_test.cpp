// What runs for a step of `endure.run`, and what its end means.
#include "runtime/run/process_plan.hpp"

#include <algorithm>

#include "runtime/run/container_sweep.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace endure;
using namespace endure::run;
using workflow::Json;

namespace {

actors::LeasedStep step() {
  actors::LeasedStep out;
  out.token.attempt = 2;
  out.name = {"shop", "order-1"};
  out.task = "/do/0/print";
  out.idempotency_key = "shop/order-1/7/3";
  return out;
}

RunPrograms programs() {
  RunPrograms out;
  out.python = "/usr/bin/python3";
  out.node = "/usr/bin/node";
  out.container_runtime = "/usr/bin/docker";
  out.script_folder = "/srv/scripts";
  out.abilities = {"", "", "", "", ""};
  return out;
}

ProcessPlan plan(const Json& request) {
  auto made = plan_process(request, step(), programs(), {5'000, 1'000}, "/tmp/x",
                           {"HOME=/root", "DOCKER_HOST=unix:///d"});
  if (!made) FAIL(made.error().detail);
  return *made;
}

bool has(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

ChildEnd ended(int code, std::string output = {}, std::string errors = {}) {
  ChildEnd end;
  end.code = code;
  end.output = std::move(output);
  end.error_tail = std::move(errors);
  return end;
}

OrFault<workflow::Value> outcome(const std::string& what, const ChildEnd& end) {
  return outcome_of({{"return", what}}, end, {5'000, 1'000});
}

}  // namespace

TEST_CASE("a shell command gets its arguments, a clean environment and the step's key") {
  const auto made = plan({{"kind", "shell"},
                          {"command", "echo $1"},
                          {"arguments", {"a b", "c"}},
                          {"environment", {{"A", "1"}}},
                          {"values", {"x"}},
                          {"stdin", "in"}});
  CHECK(made.command.argv ==
        std::vector<std::string>{"/bin/sh", "-c", "echo $1", "sh", "a b", "c"});
  const auto& environment = made.command.environment;
  CHECK(has(environment, "A=1"));
  CHECK(has(environment, "ENDURE_VALUE_1=x"));
  CHECK(has(environment, "ENDURE_IDEMPOTENCY_KEY=shop/order-1/7/3"));
  CHECK(has(environment, "ENDURE_ATTEMPT=2"));
  CHECK(has(environment, "HOME=/tmp/x"));
  CHECK_FALSE(has(environment, "DOCKER_HOST=unix:///d"));
  CHECK(made.command.input == "in");
  CHECK(made.command.supervised);
  CHECK(made.command.folder == "/tmp/x");
  CHECK(made.command.time_limit_ms == 5'000);
}

TEST_CASE("a script is written into its folder; JavaScript is a module unless it says otherwise") {
  const auto name_of = [](const std::string& language, const std::string& code) {
    const auto made = plan({{"kind", language}, {"code", code}, {"arguments", {"x"}}});
    CHECK(made.script == code);
    REQUIRE(made.command.argv.size() == 3);
    CHECK(made.command.argv[1] == "/tmp/x/" + made.script_name);
    return made.command.argv[0] + " " + made.script_name;
  };
  CHECK(name_of("python", "print(1)") == "/usr/bin/python3 script.py");
  CHECK(name_of("javascript", "console.log(await 1)") == "/usr/bin/node script.mjs");
  CHECK(name_of("javascript", "const fs = require('fs')") == "/usr/bin/node script.cjs");
  CHECK(name_of("javascript", "import { createRequire } from 'module'; require('x')") ==
        "/usr/bin/node script.mjs");
  const auto file = plan({{"kind", "python"}, {"source", "/srv/scripts/a.py"}});
  CHECK(file.source == "/srv/scripts/a.py");
  CHECK(file.script_name.empty());
}

TEST_CASE("a container's command line") {
  const auto made = plan({{"kind", "container"},
                          {"workflow", "orders"},
                          {"task", "print it"},
                          {"image", "alpine"},
                          {"command", "echo $1"},
                          {"arguments", {"Foo"}},
                          {"environment", {{"SECRET", "s3"}, {"PATH", "/x"}}},
                          {"stdin", "in"},
                          {"ports", {{"8080", 80}}},
                          {"volumes", {{"/srv", "/data"}}},
                          {"pull", "always"},
                          {"cleanup", "always"}});
  const auto& argv = made.command.argv;
  CHECK(argv[0] == "/usr/bin/docker");
  CHECK(argv[1] == "run");
  CHECK(made.container_name.starts_with("orders-"));
  CHECK(made.container_name.ends_with(".shop-print-it"));
  CHECK(argv[3] == made.container_name);
  CHECK(argv[5] == "endure.step=shop/order-1/7/3");
  CHECK(has(argv, "--rm"));
  CHECK(has(argv, "--interactive"));
  CHECK(has(argv, "8080:80"));
  CHECK(has(argv, "/srv:/data"));
  CHECK(*(std::find(argv.begin(), argv.end(), "--pull") + 1) == "always");
  // Values do not stand where every user of the machine can read them.
  CHECK(has(argv, "SECRET"));
  CHECK_FALSE(has(argv, "SECRET=s3"));
  CHECK(has(made.command.environment, "SECRET=s3"));
  CHECK(has(argv, "PATH=/x"));
  CHECK(has(made.command.environment, "DOCKER_HOST=unix:///d"));
  const std::vector<std::string> tail(argv.end() - 6, argv.end());
  CHECK(tail == std::vector<std::string>{"alpine", "sh", "-c", "echo $1", "sh", "Foo"});
}

TEST_CASE("a container stays, or goes later, or has its own name") {
  const auto plain = plan({{"kind", "container"}, {"image", "a"}, {"name", "mine"}});
  CHECK(plain.container_name == "mine");
  CHECK_FALSE(has(plain.command.argv, "--rm"));
  CHECK(*(std::find(plain.command.argv.begin(), plain.command.argv.end(), "--pull") + 1) ==
        "missing");
  CHECK(plain.command.argv.back() == "a");
  const auto later = plan(
      {{"kind", "container"}, {"image", "a"}, {"cleanup", "eventually"}, {"after_ms", 1'800'000}});
  CHECK(has(later.command.argv, "endure.remove-after-ms=1800000"));
  CHECK(later.container_name == plan({{"kind", "container"}, {"image", "a"}}).container_name);
}

TEST_CASE("what the node does not run any more is a configuration fault") {
  auto none = programs();
  none.abilities.no_shell = "set run.shell";
  const auto refused =
      plan_process({{"kind", "shell"}, {"command", "ls"}}, step(), none, {}, "/tmp/x", {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().type.ends_with("/configuration"));
  CHECK(refused.error().detail == "set run.shell");
  CHECK_FALSE(plan_process({{"kind", "ship"}}, step(), programs(), {}, "/tmp/x", {}));
  const Json zero = {{"kind", "shell"}, {"command", "ls"}, {"arguments", {std::string("a\0b", 3)}}};
  CHECK_FALSE(plan_process(zero, step(), programs(), {}, "/tmp/x", {}));
}

TEST_CASE("what a process returns") {
  CHECK(outcome("stdout", ended(0, "out\n", "err"))->json() == "out\n");
  CHECK(outcome("stderr", ended(0, "out", "err"))->json() == "err");
  CHECK(outcome("code", ended(7))->json() == 7);
  CHECK(outcome("none", ended(0, "out"))->is_null());
  CHECK(outcome("all", ended(7, "out", "err"))->json() ==
        Json({{"code", 7}, {"stdout", "out"}, {"stderr", "err"}}));
  CHECK(outcome("stdout", ended(0, "a\xFF"))->json() == "a\xEF\xBF\xBD");
}

TEST_CASE("a process that fails is a fault, unless its code is asked for") {
  for (const char* what : {"stdout", "stderr", "none"}) {
    const auto failed = outcome(what, ended(7, "", "no disk"));
    REQUIRE_FALSE(failed);
    CHECK(failed.error().type.ends_with("/runtime"));
    CHECK(failed.error().title == "The process ended with code 7");
    CHECK(failed.error().detail == "no disk");
  }
  auto killed = ended(9);
  killed.how = ChildEnd::How::signalled;
  CHECK(outcome("code", killed)->json() == 137);
  CHECK(outcome("stdout", killed).error().title.find("signal 9") != std::string::npos);
  auto late = ended(0);
  late.how = ChildEnd::How::timed_out;
  CHECK(outcome("code", late).error().status == 408);
  late.how = ChildEnd::How::too_much_output;
  CHECK(outcome("all", late).error().detail.find("run.max_output") != std::string::npos);
}

TEST_CASE("when an ended container goes") {
  CHECK(removal_time("\"2026-01-31T12:00:00.123456789Z\" 60000\n") ==
        removal_time("\"2026-01-31T12:01:00Z\" 0"));
  CHECK(removal_time("\"2026-01-31T12:00:00Z\" 0")->ms == 1'769'860'800'000);
  CHECK_FALSE(removal_time(""));
  CHECK_FALSE(removal_time("\"0001-01-01T00:00:00Z\" 5"));
  CHECK_FALSE(removal_time("\"2026-01-31T12:00:00Z\" <no value>"));
}

TEST_CASE("programs are looked for once, and what is missing is said with its setting") {
  CHECK(find_program("sh", "/nowhere:/bin") == "/bin/sh");
  CHECK(find_program("/bin/sh", "") == "/bin/sh");
  CHECK_FALSE(find_program("no-such-program", "/bin:/usr/bin"));
  CHECK_FALSE(find_program("", "/bin"));
  CHECK_FALSE(find_program("/tmp", ""));
  config::RunSettings settings;
  settings.python = "no-such-python";
  settings.node = "/bin/sh";
  auto off = find_run_programs(settings);
  CHECK(off.abilities.no_shell.find("run.shell") != std::string::npos);
  CHECK(off.abilities.no_python.find("run.script") != std::string::npos);
  const TemporaryFolder folder;
  settings.shell = settings.script = true;
  settings.script_folder = folder.path();
  settings.container_runtime = "no-such-runtime";
  const auto on = find_run_programs(settings);
  CHECK(on.abilities.no_shell.empty());
  CHECK(on.abilities.no_python.find("run.python") != std::string::npos);
  CHECK(on.abilities.no_javascript.empty());
  CHECK(on.node == "/bin/sh");
  CHECK(on.abilities.no_script_file.empty());
  CHECK(on.abilities.no_container.find("run.container_runtime") != std::string::npos);
  settings.script_folder = "/nowhere";
  CHECK(find_run_programs(settings).abilities.no_script_file.find("is no folder") !=
        std::string::npos);
}
