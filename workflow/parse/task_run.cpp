#include <array>
#include <string>
#include <vector>

#include "workflow/parse/header.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/run_process.hpp"
#include "workflow/parse/runtime_expression.hpp"
#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

namespace {

std::string read_child_name(Context& context, const std::optional<Node>& node) {
  return node ? read_definition_name(context, *node) : std::string();
}

RunWorkflowTask parse_run_workflow(Context& context, const Node& node) {
  RunWorkflowTask body;
  Fields fields(context, node, "`workflow`");
  body.ns = read_child_name(context, fields.require("namespace", "the definition's namespace"));
  body.name = read_child_name(context, fields.require("name", "the definition's name"));
  if (const auto version = fields.take("version")) {
    if (version->json() != "latest") body.version = read_definition_version(context, *version);
  }
  body.input = constant(Json::object());
  if (const auto input = fields.take("input")) {
    if (auto read = read_template(context, *input)) body.input = *std::move(read);
  }
  fields.finish();
  return body;
}

template <class Body>
TaskBody with_options(Body body, bool await, RunReturn output) {
  body.await = await;
  body.output = output;
  return body;
}

}  // namespace

TaskBody parse_run(Context& context, TaskSource& task) {
  static const std::vector<std::string> kinds = {"container", "script", "shell", "workflow"};
  constexpr std::array outputs = {RunReturn::out, RunReturn::err, RunReturn::code, RunReturn::all,
                                  RunReturn::none};
  Fields run(context, task.fields.node().member("run"), "`run`");
  bool await = true;
  if (const auto flag = run.take("await")) await = read_boolean(context, *flag).value_or(true);
  RunReturn output = RunReturn::out;
  if (const auto what = run.take("return")) {
    output = outputs[read_choice(context, *what, {"stdout", "stderr", "code", "all", "none"})
                         .value_or(0)];
  }
  std::string kind;
  std::optional<Node> process;
  for (const auto& name : kinds) {
    const auto found = run.take(name);
    if (!found) continue;
    if (process) {
      context.problems.add(run.node().pointer, "one `run` cannot be both " + shown(kind) + " and " +
                                                   shown(name) + "; make two tasks");
      return DoTask{};
    }
    kind = name;
    process = found;
  }
  run.finish();
  if (!process) {
    if (run.is_object()) {
      context.problems.add(run.node().pointer, "`run` does not say what to run" + hint("", kinds));
    }
    return DoTask{};
  }
  if (kind == "workflow") {
    return with_options(parse_run_workflow(context, *process), await, output);
  }
  if (kind == "shell") return with_options(parse_run_shell(context, *process), await, output);
  if (kind == "script") return with_options(parse_run_script(context, *process), await, output);
  return with_options(parse_run_container(context, *process), await, output);
}

}  // namespace endure::workflow::parse
