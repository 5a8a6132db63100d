// `run`: what is read, what is refused, and what a node that is not set up for it says.

#include "tests/support/definitions.hpp"
#include "workflow/run_abilities.hpp"

namespace endure::workflow::test {

namespace {

template <class Body>
const Body& run_of(const Definition& definition) {
  const auto* body = std::get_if<Body>(&definition.task(1).body);
  REQUIRE(body != nullptr);
  return *body;
}

// The member of a process's request; null where it has none.
const Template* member_of(const RunProcessTask& task, const std::string& key) {
  for (const auto& member : std::get<Template::Object>(task.request.node)) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Json constant_of(const RunProcessTask& task, const std::string& key) {
  const Template* member = member_of(task, key);
  REQUIRE(member != nullptr);
  const auto* value = std::get_if<Value>(&member->node);
  REQUIRE(value != nullptr);
  return value->json();
}

void check_run(const std::string& run, const std::string& pointer, const std::string& what) {
  const std::string problems = problems_of(with_tasks("- a: {run: " + run + "}\n"));
  INFO(run << "\n" << problems);
  CHECK(problems.find("/do/0/a" + pointer + ": ") != std::string::npos);
  CHECK(problems.find(what) != std::string::npos);
}

std::shared_ptr<const Definition> with_run(const std::string& run) {
  return must_parse(with_tasks("- a: {run: " + run + "}\n"));
}

RunAbilities everything() {
  return {"", "", "", "", ""};
}

}  // namespace

TEST_CASE("a run of a workflow names a definition, `latest` being the one deployed last") {
  const auto definition = with_run(
      "{workflow: {namespace: n, name: child, version: latest, input: {a: '${ .x }'}}, "
      "await: false, return: none}");
  const auto& run = run_of<RunWorkflowTask>(*definition);
  CHECK(run.ns == "n");
  CHECK(run.name == "child");
  CHECK(run.version.empty());
  CHECK_FALSE(run.await);
  CHECK(run.output == RunReturn::none);
  CHECK(std::holds_alternative<Template::Object>(run.input.node));
  const auto fixed = with_run("{workflow: {namespace: n, name: child, version: '1.2.3'}}");
  CHECK(run_of<RunWorkflowTask>(*fixed).version == "1.2.3");
  CHECK(run_of<RunWorkflowTask>(*fixed).await);
  CHECK(run_of<RunWorkflowTask>(*fixed).output == RunReturn::out);
}

TEST_CASE("a shell command has its arguments, variables and input") {
  const auto definition = with_run(
      "{shell: {command: 'cat $1', arguments: [a, '${ .b }'], environment: {A: x, N: 5}, "
      "stdin: '${ . }'}, return: all}");
  const auto& run = run_of<RunProcessTask>(*definition);
  CHECK(run.kind == RunProcessTask::Kind::shell);
  CHECK(run.output == RunReturn::all);
  CHECK(constant_of(run, "command") == "cat $1");
  CHECK(member_of(run, "values") == nullptr);
  CHECK(std::holds_alternative<Expression>(member_of(run, "stdin")->node));
  CHECK(constant_of(run, "environment") == Json({{"A", "x"}, {"N", 5}}));
}

TEST_CASE("an expression within a command becomes a variable, which is never read as a command") {
  const auto definition =
      with_run(R"({shell: {command: 'echo "Hello, ${ .user.name }" ${HOME} ${ "}" + .x }'}})");
  const auto& run = run_of<RunProcessTask>(*definition);
  CHECK(constant_of(run, "command") ==
        R"(echo "Hello, ${ENDURE_VALUE_1}" ${HOME} ${ENDURE_VALUE_2})");
  const auto& values = std::get<Template::Array>(member_of(run, "values")->node);
  REQUIRE(values.size() == 2);
  CHECK(std::get<Expression>(values[0].node).text == ".user.name");
  CHECK(std::get<Expression>(values[1].node).text == "\"}\" + .x");
}

TEST_CASE("a command that is one expression is evaluated whole, one of shell variables is not") {
  const auto whole = with_run("{shell: {command: '${ .cmd }'}}");
  CHECK(std::holds_alternative<Expression>(
      member_of(run_of<RunProcessTask>(*whole), "command")->node));
  const auto variables = with_run("{shell: {command: '${A} ${B}'}}");
  CHECK(constant_of(run_of<RunProcessTask>(*variables), "command") == "${A} ${B}");
}

TEST_CASE("a script is written down, or lies in a file") {
  const auto js = with_run("{script: {language: js, code: 'console.log(1)', arguments: [x]}}");
  CHECK(run_of<RunProcessTask>(*js).kind == RunProcessTask::Kind::javascript);
  const auto python = with_run(
      "{script: {language: python, source: {name: s, endpoint: {uri: 'file:///srv/a.py'}}}}");
  CHECK(run_of<RunProcessTask>(*python).kind == RunProcessTask::Kind::python);
  CHECK(constant_of(run_of<RunProcessTask>(*python), "source") == "/srv/a.py");
}

TEST_CASE("a container has its image, ports, volumes and lifetime") {
  const auto definition = with_run(
      "{container: {image: alpine, name: '${ .n }', command: ls, ports: {'8080': 80}, "
      "volumes: {/srv: /data}, pullPolicy: always, "
      "lifetime: {cleanup: eventually, after: {minutes: 30}}}}");
  const auto& run = run_of<RunProcessTask>(*definition);
  CHECK(run.kind == RunProcessTask::Kind::container);
  CHECK(constant_of(run, "image") == "alpine");
  CHECK(constant_of(run, "pull") == "always");
  CHECK(constant_of(run, "cleanup") == "eventually");
  CHECK(constant_of(run, "after_ms") == 1'800'000);
  CHECK(constant_of(run, "volumes") == Json({{"/srv", "/data"}}));
}

TEST_CASE("what is wrong with a run is said where it stands") {
  check_run("{}", "/run", "does not say what to run; expected one of `container`, `script`");
  check_run("{shel: {command: ls}}", "/run/shel", "did you mean `shell`?");
  check_run("{shell: {command: ls}, script: {language: js, code: x}}", "/run",
            "cannot be both `script` and `shell`");
  check_run("{shell: {}}", "/run/shell", "needs `command`");
  check_run("{shell: {command: ' '}}", "/run/shell/command", "found empty text");
  check_run("{shell: {command: 'echo ${ .x'}}", "/run/shell/command", "is not closed");
  check_run("{shell: {command: 'echo ${ §bad§ }'}}", "/run/shell/command", "syntax error");
  check_run("{shell: {command: ls}, return: output}", "/run/return", "is not known here");
  check_run("{shell: {command: ls}, await: 1}", "/run/await", "expected true or false");
  check_run("{shell: {command: ls, arguments: {a: b}}}", "/run/shell/arguments", "expected a list");
  check_run("{shell: {command: ls, arguments: [1]}}", "/run/shell/arguments/0", "quote it");
  check_run("{shell: {command: ls, environment: {'a-b': x}}}", "/run/shell/environment/a-b",
            "cannot name an environment variable");
  check_run("{shell: {command: ls, environment: {ENDURE_X: x}}}", "/run/shell/environment/ENDURE_X",
            "is kept for the node");
  check_run("{shell: {command: ls, environment: {A: [1]}}}", "/run/shell/environment/A",
            "found a list");
  check_run("{script: {code: x}}", "/run/script", "needs `language`");
  check_run("{script: {language: ruby, code: x}}", "/run/script/language", "`ruby`");
  check_run("{script: {language: js}}", "/run/script", "needs its `code`, or a `source`");
  check_run("{script: {language: js, code: x, source: {endpoint: 'file:///a'}}}", "/run/script",
            "not both");
  check_run("{script: {language: js, source: {endpoint: 'https://x/a.js'}}}",
            "/run/script/source/endpoint", "below run.script_folder");
  check_run("{container: {}}", "/run/container", "needs `image`");
  check_run("{container: {image: '--privileged'}}", "/run/container/image",
            "cannot be the name of an image");
  check_run("{container: {image: a, ports: {'80': '--x'}}}", "/run/container/ports/80",
            "such as `8080: 80`");
  check_run("{container: {image: a, volumes: {/a: b}}}", "/run/container/volumes/~1a",
            "absolute path");
  check_run("{container: {image: a, pullPolicy: sometimes}}", "/run/container/pullPolicy",
            "is not known here");
  check_run("{container: {image: a, lifetime: {}}}", "/run/container/lifetime", "needs `cleanup`");
  check_run("{container: {image: a, lifetime: {cleanup: eventually}}}", "/run/container/lifetime",
            "needs `after`");
  check_run("{workflow: {name: a, version: '1.0.0'}}", "/run/workflow", "needs `namespace`");
  check_run("{workflow: {namespace: a, name: b, version: newest}}", "/run/workflow/version",
            "is no semantic version");
  check_run("{workflow: {namespace: a, name: 'b c', version: latest}}", "/run/workflow/name",
            "cannot be used as a name");
}

TEST_CASE("a node refuses what it is not set up for, and names the setting") {
  const auto refused = [](const std::string& run, const RunAbilities& abilities) {
    return listed(refused_runs(*with_run(run), abilities));
  };
  const RunAbilities fresh;
  const std::string shell = "{shell: {command: ls}}";
  const std::string file = "{script: {language: python, source: {endpoint: 'file:///s/a.py'}}}";
  CHECK(refused(shell, fresh).find("/do/0/a/run/shell: ") == 0);
  CHECK(refused(shell, fresh).find("run.shell") != std::string::npos);
  CHECK(refused("{script: {language: js, code: x}}", fresh).find("run.script") !=
        std::string::npos);
  CHECK(refused("{container: {image: a}}", fresh).find("run.container_runtime") !=
        std::string::npos);
  CHECK(refused("{workflow: {namespace: a, name: b, version: latest}}", fresh).empty());
  auto no_folder = everything();
  no_folder.no_script_file = "set run.script_folder";
  CHECK(refused(file, no_folder).find("/do/0/a/run/script/source: ") == 0);
  CHECK(refused("{script: {language: python, code: x}}", no_folder).empty());
  for (const auto& run : {shell, file, std::string("{container: {image: a}}")}) {
    CHECK(refused(run, everything()).empty());
  }
}

}  // namespace endure::workflow::test
