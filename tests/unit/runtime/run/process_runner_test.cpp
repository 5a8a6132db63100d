// Processes of living workflows: a whole engine and the node's own runner.
#include "runtime/process_runner.hpp"

#include <filesystem>
#include <fstream>

#include "tests/actors/engine_fixture.hpp"

using namespace endure;
using endure::testing::EngineFixture;
using endure::testing::small_engine;
using workflow::Json;
using workflow::Phase;

namespace {

config::RunSettings settings(const std::string& runtime) {
  config::RunSettings out;
  out.shell = out.script = true;
  out.python = "python3";
  out.node = "node";
  out.container_runtime = runtime;
  return out;
}

struct RunningNode : EngineFixture {
  explicit RunningNode(config::RunSettings of = settings(""), std::int64_t timeout_ms = 60'000)
      : EngineFixture(with(find_run_programs(of))) {
    config.programs = find_run_programs(of);
    config.timeout_ms = timeout_ms;
    config.max_output_bytes = 10'000;
    config.temporary_folder = folder.path();
    begin();
  }
  ~RunningNode() override { runner.reset(); }
  void begin() {
    runner = std::make_unique<ProcessRunner>(config, *engine, clock);
    runner->start();
  }
  static actors::EngineConfig with(const RunPrograms& programs) {
    auto out = small_engine();
    out.run = programs.abilities;
    return out;
  }

  workflow::Snapshot run(const std::string& task, Json input = Json::object()) {
    deploy("document: {dsl: '1.0.3', namespace: test, name: runs, version: '1.0.0'}\ndo:\n" + task);
    REQUIRE(start("runs", "w", std::move(input)));
    return end_of("w");
  }
  Json output(const std::string& task, Json input = Json::object()) {
    const auto end = run(task, std::move(input));
    INFO((end.fault ? end.fault->title + ": " + end.fault->detail : ""));
    REQUIRE(end.phase == Phase::completed);
    return end.output.json();
  }

  TemporaryFolder folder;
  ProcessRunnerConfig config;
  std::unique_ptr<ProcessRunner> runner;
};

// Waits for a file that a process writes when it has come so far.
std::string await_file(const std::string& path) {
  for (int i = 0; i < 4'000; ++i) {
    std::ifstream file(path);
    std::string line;
    if (std::getline(file, line)) return line;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  FAIL("no process has written " << path);
  return {};
}

bool is_gone(const std::string& pid) {
  for (int i = 0; i < 2'000; ++i) {
    if (!std::filesystem::exists("/proc/" + pid)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace

TEST_CASE("a shell command runs, with input, arguments and values") {
  RunningNode node;
  CHECK(node.output(R"(
- a:
    run:
      shell:
        command: |
          input=$(cat)
          echo "STDIN was: $input"
          echo "ARGS are $1 $2, value ${ .name }"
        stdin: ${ .message }
        arguments: [Foo, '${ .bar }']
      return: all
)",
                    {{"message", "Hello"}, {"bar", "$(id)"}, {"name", "\"; rm -rf $HOME; \""}}) ==
        Json({{"code", 0},
              {"stdout", "STDIN was: Hello\nARGS are Foo $(id), value \"; rm -rf $HOME; \"\n"},
              {"stderr", ""}}));
  CHECK(std::filesystem::is_empty(node.folder.path()));
}

TEST_CASE("a process knows its step by a key that stays the same") {
  RunningNode node;
  const auto text = node.output(
      "- a: {run: {shell: {command: 'echo $ENDURE_IDEMPOTENCY_KEY "
      "$ENDURE_WORKFLOW $ENDURE_NAMESPACE $ENDURE_TASK'}}}\n");
  CHECK(text.get<std::string>().starts_with("test/w/"));
  CHECK(text.get<std::string>().ends_with(" w test /do/0/a\n"));
}

TEST_CASE("a script in Python runs") {
  RunningNode node;
  if (!node.config.programs.abilities.no_python.empty()) return;
  CHECK(node.output("- a: {run: {script: {language: python, arguments: [x], stdin: in, "
                    "environment: {FOO: bar}, code: 'import os, sys; print(sys.argv[1], "
                    "sys.stdin.read(), os.environ[\"FOO\"])'}}}\n") == "x in bar\n");
}

TEST_CASE("a script in JavaScript runs, as a module and as CommonJS") {
  RunningNode node;
  if (!node.config.programs.abilities.no_javascript.empty()) {
    WARN("skipped: there is no node");
    return;
  }
  CHECK(node.output(R"(
- a:
    run:
      script:
        language: js
        stdin: Hello Workflow
        arguments: [hello]
        environment: {foo: bar}
        code: |
          import { readFileSync } from 'node:fs';
          const [_, __, arg] = process.argv;
          console.log(readFileSync(process.stdin.fd, 'utf8'), arg, process.env.foo)
)") == "Hello Workflow hello bar\n");
}

TEST_CASE("a script from a file must lie below its folder, whatever its path says") {
  const TemporaryFolder scripts;
  const TemporaryFolder outside;
  std::ofstream(scripts.path() + "/a.py") << "print('here')";
  std::ofstream(outside.path() + "/b.py") << "print('there')";
  std::filesystem::create_symlink(outside.path() + "/b.py", scripts.path() + "/link.py");
  auto of = settings("");
  of.script_folder = scripts.path();
  const auto run = [&](const std::string& path) {
    RunningNode node(of);
    return node.run("- a: {run: {script: {language: python, source: {endpoint: 'file://" + path +
                    "'}}}}\n");
  };
  if (!find_run_programs(of).abilities.no_python.empty()) return;
  CHECK(run(scripts.path() + "/a.py").output.json() == "here\n");
  for (const auto& path : {outside.path() + "/b.py", scripts.path() + "/link.py",
                           scripts.path() + "/../" + "b.py", scripts.path() + "/none.py"}) {
    const auto end = run(path);
    CHECK(end.phase == Phase::faulted);
    CHECK(end.fault->type.ends_with("/configuration"));
  }
}

TEST_CASE("a process that fails, is too slow or too loud faults its task") {
  SECTION("it fails") {
    RunningNode node;
    const auto end = node.run("- a: {run: {shell: {command: 'echo no >&2; exit 4'}}}\n");
    CHECK(end.fault->title == "The process ended with code 4");
    CHECK(end.fault->detail == "no\n");
    CHECK(end.fault->instance == "/do/0/a");
  }
  SECTION("it is too slow") {
    RunningNode node(settings(""), 100);
    const auto end = node.run("- a: {run: {shell: {command: 'sleep 600'}}}\n");
    CHECK(end.fault->status == 408);
  }
  SECTION("it is too loud") {
    RunningNode node;
    CHECK(node.run("- a: {run: {shell: {command: yes}}}\n").fault->title ==
          "The process wrote too much");
  }
}

TEST_CASE("a process ends when its workflow no longer waits for it") {
  RunningNode node;
  const std::string mark = node.folder.path() + "/mark";
  const std::string command = "'echo $$ > " + mark + "; sleep 600'";
  std::string task;
  SECTION("its task times out") {
    task = "- a: {timeout: {after: PT1S}, run: {shell: {command: " + command + "}}}\n";
  }
  SECTION("another branch wins") {
    task = "- f: {fork: {compete: true, branches: [{a: {run: {shell: {command: " + command +
           "}}}}, {b: {wait: PT1S}}]}}\n";
  }
  node.run(task);
  CHECK(is_gone(await_file(mark)));
}

TEST_CASE("cancelling a workflow ends its process, awaited or not") {
  RunningNode node;
  const std::string mark = node.folder.path() + "/mark";
  const std::string command = "{shell: {command: 'echo $$ > " + mark + "; sleep 600'}";
  const std::string await = GENERATE("", ", await: false");
  node.deploy(
      "document: {dsl: '1.0.3', namespace: test, name: runs, version: '1.0.0'}\ndo:\n"
      "- a: {run: " +
      command + await + "}}\n- b: {wait: PT600S}\n");
  REQUIRE(node.start("runs", "w"));
  const auto pid = await_file(mark);
  REQUIRE(node.control("w", actors::Verb::cancel));
  CHECK(is_gone(pid));
}

TEST_CASE("a process that nobody awaits goes on after its workflow has completed") {
  RunningNode node;
  const std::string mark = node.folder.path() + "/mark";
  const std::string go = node.folder.path() + "/go";
  const auto end =
      node.run("- a: {run: {shell: {command: 'until [ -e " + go +
                   " ]; do sleep 0.01; done; echo done > " + mark + "'}, await: false}}\n",
               {{"n", 1}});
  CHECK(end.output.json() == Json({{"n", 1}}));
  CHECK(end.steps.size() == 1);
  std::ofstream(go) << "x";
  CHECK(await_file(mark) == "done");
  const auto after = node.until("w", [](const auto& snapshot) { return snapshot.steps.empty(); });
  CHECK(after.phase == Phase::completed);
}

TEST_CASE("a process that a stopping node cuts off runs again on the next one") {
  RunningNode node;
  const std::string mark = node.folder.path() + "/mark";
  const std::string go = node.folder.path() + "/go";
  node.deploy(
      "document: {dsl: '1.0.3', namespace: test, name: runs, version: '1.0.0'}\ndo:\n"
      "- a: {run: {shell: {command: 'echo $$ > " +
      mark + "; until [ -e " + go + " ]; do sleep 0.01; done; echo $ENDURE_IDEMPOTENCY_KEY'}}}\n");
  REQUIRE(node.start("runs", "w"));
  const auto pid = await_file(mark);
  node.runner->stop();
  CHECK(is_gone(pid));
  node.restart();
  std::ofstream(go) << "x";
  node.begin();
  CHECK(node.end_of("w").output->get<std::string>().starts_with("test/w/"));
}

TEST_CASE("secrets are put in right before a process starts, and hidden in what it gives") {
  RunningNode node;
  node.runner.reset();
  node.config.reveal_secrets =
      [](const Json& request,
         WorkflowNumber workflow) -> tl::expected<RevealedRequest, workflow::Fault> {
    CHECK(workflow > 0);
    RevealedRequest out{request, {}, {}};
    if (request["environment"]["TOKEN"] == "none") {
      return tl::make_unexpected(workflow::Fault{"x", 403, "no such secret", "", ""});
    }
    out.request["environment"]["TOKEN"] = "s3cret";
    out.mask_output = [](const Json& value) {
      return value == "s3cret\n" ? Json("(hidden)") : value;
    };
    out.mask_fault = [](workflow::Fault fault) {
      fault.detail = "(hidden)";
      return fault;
    };
    return out;
  };
  node.begin();
  const auto run = [&](const std::string& command, const std::string& token) {
    return node.run("- a: {run: {shell: {command: '" + command +
                    "', environment: {TOKEN: " + token + "}}}}\n");
  };
  SECTION("in the output") {
    CHECK(run("echo $TOKEN", "x").output.json() == "(hidden)");
  }
  SECTION("in an error") {
    CHECK(run("echo $TOKEN >&2; exit 1", "x").fault->detail == "(hidden)");
  }
  SECTION("and one that is not there is a fault") {
    CHECK(run("echo", "none").fault->title == "no such secret");
  }
}

// A container runtime that writes down how it is called.
TEST_CASE("a container is run, and ended, by the configured runtime") {
  const TemporaryFolder tools;
  const std::string runtime = tools.path() + "/fake";
  const std::string log = tools.path() + "/log";
  std::ofstream(runtime) << "#!/bin/sh\necho \"$@\" >> " << log
                         << "\ncase $1 in\n"
                            "  ps) [ -e "
                         << tools.path() << "/left ] && echo c0ffee; exit 0;;\n"
                         << "  run) if [ -e " << tools.path()
                         << "/slow ]; then sleep 600; fi; echo \"from $FOO\"; cat;;\nesac\n";
  std::filesystem::permissions(runtime, std::filesystem::perms::owner_all);
  const auto calls = [&] {
    std::ifstream file(log);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string task =
      "{container: {image: alpine, name: mine, environment: {FOO: bar}, stdin: hi}}";

  SECTION("what an attempt before it left behind goes first") {
    std::ofstream(tools.path() + "/left") << "x";
    RunningNode node(settings(runtime));
    CHECK(node.output("- a: {run: " + task + "}\n") == "from bar\nhi");
    const auto text = calls();
    const auto listed = text.find("ps --all --quiet --filter label=endure.step=test/w/");
    const auto removed = text.find("rm --force c0ffee");
    const auto run = text.find("run --name mine --label endure.step=test/w/");
    CHECK(listed < removed);
    CHECK(removed < run);
    CHECK(run != std::string::npos);
    CHECK(text.find("--interactive") != std::string::npos);
  }
  SECTION("a container whose task times out is killed") {
    std::ofstream(tools.path() + "/slow") << "x";
    RunningNode node(settings(runtime));
    const auto end = node.run("- a: {timeout: {after: PT1S}, run: " + task + "}\n");
    CHECK(end.fault->status == 408);
    node.runner.reset();
    CHECK(calls().find("kill mine") != std::string::npos);
  }
}
