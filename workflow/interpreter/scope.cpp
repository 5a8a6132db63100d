#include "workflow/interpreter/scope.hpp"

#include <string_view>

#include "workflow/interpreter/extension.hpp"
#include "workflow/interpreter/secret_scope.hpp"

namespace endure::workflow::interpreter {
namespace {

constexpr const char* runtime_version = ENDURE_VERSION;

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Whether a descriptor is used for more than its small members: its definition is a large document
// that has to be copied for a program, and hardly any program asks for it.
bool needs_definition(std::string_view after_name) {
  for (const std::string_view member :
       {".id", ".input", ".startedAt", ".name", ".reference", ".output"}) {
    if (starts_with(after_name, member) &&
        (after_name.size() == member.size() || !is_name_char(after_name[member.size()]))) {
      return false;
    }
  }
  return true;
}

void want_program(std::string_view text, Wanted& wanted) {
  for (auto at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    wanted.any = true;
    const auto rest = text.substr(at + 1);
    std::size_t length = 0;
    while (length < rest.size() && is_name_char(rest[length])) ++length;
    const auto name = rest.substr(0, length);
    const auto after = rest.substr(length);
    if (name == "context") wanted.context = true;
    if (name == "input") wanted.input = true;
    if (name == "output") wanted.output = true;
    if (name == "runtime") wanted.runtime = true;
    if (name == "secrets") wanted.secrets = true;
    if (name == "authorization") wanted.authorization = true;
    if (name == "task") {
      wanted.task = true;
      wanted.task_definition = wanted.task_definition || needs_definition(after);
    }
    if (name == "workflow") {
      wanted.workflow = true;
      wanted.workflow_definition = wanted.workflow_definition || needs_definition(after);
    }
  }
}

void want_path(const Expression& expression, Wanted& wanted) {
  if (expression.variable.empty()) return;
  wanted.any = true;
  const bool definition = expression.path.empty() || expression.path.front() == "definition";
  if (expression.variable == "context") wanted.context = true;
  if (expression.variable == "input") wanted.input = true;
  if (expression.variable == "output") wanted.output = true;
  if (expression.variable == "runtime") wanted.runtime = true;
  if (expression.variable == "secrets") wanted.secrets = true;
  if (expression.variable == "authorization") wanted.authorization = true;
  if (expression.variable == "task") {
    wanted.task = true;
    wanted.task_definition = wanted.task_definition || definition;
  }
  if (expression.variable == "workflow") {
    wanted.workflow = true;
    wanted.workflow_definition = wanted.workflow_definition || definition;
  }
}

Json date_time(Instant at) {
  return {{"iso8601", to_rfc3339(at)},
          {"epoch", {{"seconds", at.ms / 1000}, {"milliseconds", at.ms}}}};
}

Json workflow_descriptor(const Definition& definition, const Snapshot& snapshot, bool whole) {
  Json json{{"id", snapshot.name.id},
            {"namespace", snapshot.name.ns},
            {"input", snapshot.input.json()},
            {"startedAt", date_time(snapshot.created)}};
  if (whole) json["definition"] = definition.document.json();
  return json;
}

Json task_descriptor(const Site& site, bool whole) {
  Json json{{"name", site.task->name},
            {"reference", site.task->pointer},
            {"startedAt", date_time(site.started)}};
  if (site.raw_input != nullptr) json["input"] = site.raw_input->json();
  if (site.raw_output != nullptr) json["output"] = site.raw_output->json();
  if (whole) json["definition"] = site.task->source;
  return json;
}

// Within an extension, $task is the task that is extended: its descriptor, and beside it the
// members of its definition, as extensions look for them ($task.call, $task.with).
Json extended_descriptor(const Site& site, bool whole) {
  Json json = site.task->source.is_object() ? site.task->source : Json::object();
  json.update(task_descriptor(site, whole));
  return json;
}

// The raw input of the task of `frame`.
const Value* raw_input_of(const Frame& frame, const Task& task) {
  return task.input_from ? &frame.raw_input : &frame.input;
}

Json describe_task(const Site& site, bool whole, const Definition& definition,
                   const Snapshot& snapshot) {
  if (site.in_extension) return extended_descriptor(site, whole);
  if (definition.extensions.empty() || site.branch == nullptr) return task_descriptor(site, whole);
  const auto around = find_extended(definition, snapshot, *site.branch, site.frames);
  if (around.frame == nullptr || around.task == site.task) return task_descriptor(site, whole);

  Site at = site;
  if (std::get<ExtendTask>(around.task->body).inner == site.task->id) {
    at.started = around.frame->started;  // the author's task is the one around
    at.raw_input = raw_input_of(*around.frame, *around.task);
    return task_descriptor(at, whole);
  }
  const auto phase = extension_phase(*around.frame);
  if (phase == ExtensionPhase::inner) return task_descriptor(site, whole);
  at = Site{};
  at.task = around.task;
  at.started = around.frame->started;
  at.raw_input = raw_input_of(*around.frame, *around.task);
  Value output;
  if (const Json* found = extended_output(*around.frame)) {
    output = Value(*found);
    at.raw_output = &output;
  }
  return extended_descriptor(at, whole);
}

const Branch* find_branch(const Snapshot& snapshot, std::uint32_t id) {
  for (const auto& branch : snapshot.branches) {
    if (branch.id == id) return &branch;
  }
  return nullptr;
}

// Outermost first, so that inner names hide outer ones.
void add_local_variables(const Branch& branch, std::size_t frames, const Snapshot& snapshot,
                         Scope& scope) {
  if (branch.id != 0) {
    const auto* parent = find_branch(snapshot, branch.parent);
    if (parent != nullptr) {
      add_local_variables(*parent, parent->frames.size(), snapshot, scope);
    }
  }
  for (std::size_t i = 0; i < frames && i < branch.frames.size(); ++i) {
    const auto& variables = branch.frames[i].variables;
    if (!variables->is_object()) continue;
    for (const auto& item : variables->items())
      scope.variables.emplace_back(item.key(), item.value());
  }
}

}  // namespace

void want(const Expression& expression, Wanted& wanted) {
  switch (expression.kind) {
    case Expression::Kind::constant: return;
    case Expression::Kind::path: want_path(expression, wanted); return;
    case Expression::Kind::program: want_program(expression.text, wanted); return;
  }
}

void want(const Template& tmpl, Wanted& wanted) {
  if (const auto* expression = std::get_if<Expression>(&tmpl.node)) {
    want(*expression, wanted);
  } else if (const auto* array = std::get_if<Template::Array>(&tmpl.node)) {
    for (const auto& item : *array) want(item, wanted);
  } else if (const auto* object = std::get_if<Template::Object>(&tmpl.node)) {
    for (const auto& member : *object) want(member.value, wanted);
  }
}

Scope make_scope(const Wanted& wanted, const Value& dot, const Site& site,
                 const Definition& definition, const Snapshot& snapshot,
                 std::string_view secret_key) {
  Scope scope;
  scope.input = dot;
  if (!wanted.any) return scope;
  auto& variables = scope.variables;
  if (wanted.context) {
    variables.emplace_back("context", snapshot.context);
  }
  if (wanted.input && site.input != nullptr) variables.emplace_back("input", *site.input);
  if (wanted.output && site.output != nullptr) variables.emplace_back("output", *site.output);
  if (wanted.runtime) {
    variables.emplace_back(
        "runtime",
        Json{{"name", "endure"}, {"version", runtime_version}, {"metadata", Json::object()}});
  }
  if (wanted.workflow) {
    variables.emplace_back("workflow",
                           workflow_descriptor(definition, snapshot, wanted.workflow_definition));
  }
  if (wanted.task && site.task != nullptr) {
    variables.emplace_back("task",
                           describe_task(site, wanted.task_definition, definition, snapshot));
  }
  if (wanted.authorization && site.task != nullptr && site.input != nullptr) {
    variables.emplace_back("authorization", authorization_descriptor(definition, *site.task,
                                                                     snapshot.number, secret_key));
  }
  if (site.branch != nullptr) add_local_variables(*site.branch, site.frames, snapshot, scope);
  if (site.extra != nullptr) variables.push_back(*site.extra);
  return scope;
}

}  // namespace endure::workflow::interpreter
