#include "runtime/run/process_plan.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "base/utf8.hpp"

namespace endure::run {

using workflow::Fault;
using workflow::Json;
using workflow::RunProcessTask;
using workflow::Value;

namespace {

constexpr const char* error_base = "https://open-workflow-specification.org/spec/1.0.0/errors/";
constexpr std::size_t most_of_stderr_in_error = 2'000;

using Environment = std::map<std::string, std::string>;

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::optional<RunProcessTask::Kind> kind_of(const std::string& name) {
  using Kind = RunProcessTask::Kind;
  if (name == "shell") return Kind::shell;
  if (name == "javascript") return Kind::javascript;
  if (name == "python") return Kind::python;
  if (name == "container") return Kind::container;
  return std::nullopt;
}

// What the node tells every process about the step that it runs.
Environment own_environment(const Json& request, const actors::LeasedStep& step) {
  Environment out = {{"ENDURE_WORKFLOW", step.name.id},
                     {"ENDURE_NAMESPACE", step.name.ns},
                     {"ENDURE_TASK", step.task},
                     {"ENDURE_ATTEMPT", std::to_string(step.token.attempt)},
                     {"ENDURE_IDEMPOTENCY_KEY", step.idempotency_key}};
  int number = 0;
  for (const auto& value : request.value("values", Json::array())) {
    out["ENDURE_VALUE_" + std::to_string(++number)] = text_of(value);
  }
  const Json environment = request.value("environment", Json::object());
  for (const auto& [name, value] : environment.items()) {
    out[name] = text_of(value);
  }
  return out;
}

std::vector<std::string> lines_of(const Environment& environment) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : environment) lines.push_back(name + "=" + value);
  return lines;
}

// CommonJS where the script says so, else a module: that has `import` and the language's today.
const char* script_name(RunProcessTask::Kind kind, const std::string& code) {
  if (kind == RunProcessTask::Kind::python) return "script.py";
  const bool common = code.find("require(") != std::string::npos ||
                      code.find("module.exports") != std::string::npos;
  const bool module = code.find("import ") != std::string::npos;
  return common && !module ? "script.cjs" : "script.mjs";
}

void add_arguments(const Json& request, std::vector<std::string>& argv) {
  for (const auto& argument : request.value("arguments", Json::array())) {
    argv.push_back(text_of(argument));
  }
}

// Names that the container runtime may read for itself.
bool is_runtimes_own(const std::string& name) {
  if (name == "PATH" || name == "HOME" || name == "TMPDIR") return true;
  for (const char* prefix : {"DOCKER_", "CONTAINER", "CONTAINERS_", "PODMAN_", "XDG_", "LD_"}) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

void plan_container(const Json& request, const actors::LeasedStep& step,
                    const RunPrograms& programs, const std::vector<std::string>& inherited,
                    ProcessPlan& plan) {
  plan.container_name = container_name(request, step);
  plan.container_label = container_label(step);
  // Values go by the runtime's environment, where other users of the machine cannot read them.
  std::vector<std::string> names;
  Environment environment;
  for (const auto& line : inherited) {
    environment[line.substr(0, line.find('='))] =
        line.substr(std::min(line.find('=') + 1, line.size()));
  }
  for (const auto& [name, value] : own_environment(request, step)) {
    if (is_runtimes_own(name)) {
      names.push_back(name + "=" + value);
    } else {
      names.push_back(name);
      environment[name] = value;
    }
  }
  plan.command.argv =
      container_arguments(request, plan.container_name, plan.container_label, names);
  plan.command.argv.insert(plan.command.argv.begin(), programs.container_runtime);
  plan.command.environment = lines_of(environment);
}

void plan_program(RunProcessTask::Kind kind, const Json& request, const actors::LeasedStep& step,
                  const RunPrograms& programs, const std::string& folder, ProcessPlan& plan) {
  auto& argv = plan.command.argv;
  if (kind == RunProcessTask::Kind::shell) {
    argv = {programs.shell, "-c", request.value("command", ""), "sh"};
  } else {
    argv = {kind == RunProcessTask::Kind::python ? programs.python : programs.node};
    if (request.contains("source")) {
      plan.source = text_of(request["source"]);
      argv.push_back(plan.source);
    } else {
      plan.script = request.value("code", "");
      plan.script_name = script_name(kind, plan.script);
      argv.push_back(folder + "/" + plan.script_name);
    }
  }
  add_arguments(request, argv);
  Environment environment = {
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
      {"LANG", "C.UTF-8"},
      {"HOME", folder},
      {"TMPDIR", folder}};
  for (auto& [name, value] : own_environment(request, step)) environment[name] = value;
  plan.command.environment = lines_of(environment);
}

bool has_zero_byte(const ChildCommand& command) {
  const auto holds = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  return std::any_of(command.argv.begin(), command.argv.end(), holds) ||
         std::any_of(command.environment.begin(), command.environment.end(), holds);
}

Fault runtime_fault(std::string title, std::string detail) {
  return {std::string(error_base) + "runtime", 500, std::move(title), std::move(detail), ""};
}

std::string end_of_errors(const ChildEnd& end) {
  const auto& text = end.error_tail;
  return printable(text.size() <= most_of_stderr_in_error
                       ? text
                       : text.substr(text.size() - most_of_stderr_in_error));
}

}  // namespace

Fault configuration_fault(std::string detail) {
  return {std::string(error_base) + "configuration", 400, "Wrong configuration", std::move(detail),
          ""};
}

OrFault<ProcessPlan> plan_process(const Json& request, const actors::LeasedStep& step,
                                  const RunPrograms& programs, const PlanLimits& limits,
                                  const std::string& folder,
                                  const std::vector<std::string>& inherited) {
  const auto kind = request.is_object() ? kind_of(request.value("kind", "")) : std::nullopt;
  if (!kind) return tl::make_unexpected(configuration_fault("The step asks for no known process."));
  if (const auto& why = why_not(programs.abilities, *kind); !why.empty()) {
    return tl::make_unexpected(configuration_fault(why));
  }
  if (request.contains("source") && !programs.abilities.no_script_file.empty()) {
    return tl::make_unexpected(configuration_fault(programs.abilities.no_script_file));
  }
  ProcessPlan plan;
  if (*kind == RunProcessTask::Kind::container) {
    plan_container(request, step, programs, inherited, plan);
  } else {
    plan_program(*kind, request, step, programs, folder, plan);
  }
  auto& command = plan.command;
  if (has_zero_byte(command)) {
    return tl::make_unexpected(configuration_fault(
        "A zero byte stands in an argument or a variable of the process; none can hold it."));
  }
  if (request.contains("stdin")) command.input = text_of(request["stdin"]);
  command.supervised = true;
  command.folder = folder;
  command.time_limit_ms = limits.timeout_ms;
  command.max_output_bytes = limits.max_output_bytes;
  command.max_error_bytes = limits.max_output_bytes;
  return plan;
}

OrFault<Value> outcome_of(const Json& request, const ChildEnd& end, const PlanLimits& limits) {
  if (end.how == ChildEnd::How::timed_out) {
    return tl::make_unexpected(Fault{
        std::string(error_base) + "timeout", 408, "The process took too long",
        "It was ended after " + std::to_string(limits.timeout_ms) + " ms (run.timeout).", ""});
  }
  if (end.how == ChildEnd::How::too_much_output) {
    return tl::make_unexpected(runtime_fault(
        "The process wrote too much", "More than " + std::to_string(limits.max_output_bytes) +
                                          " bytes on one stream (run.max_output)."));
  }
  const bool signalled = end.how == ChildEnd::How::signalled;
  const int code = signalled ? 128 + end.code : end.code;
  const std::string wanted = request.value("return", "stdout");
  if (wanted == "code") return Value(Json(code));
  if (wanted == "all") {
    return Value(Json{
        {"code", code}, {"stdout", printable(end.output)}, {"stderr", printable(end.error_tail)}});
  }
  if (code != 0) {
    const std::string how = signalled ? "was ended by signal " + std::to_string(end.code) + " (" +
                                            ::strsignal(end.code) + ")"
                                      : "ended with code " + std::to_string(code);
    return tl::make_unexpected(runtime_fault("The process " + how, end_of_errors(end)));
  }
  if (wanted == "stderr") return Value(Json(printable(end.error_tail)));
  if (wanted == "none") return Value();
  return Value(Json(printable(end.output)));
}

}  // namespace endure::run
