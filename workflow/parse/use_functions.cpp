#include "workflow/parse/use_functions.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "workflow/parse/call_target.hpp"
#include "workflow/parse/metadata.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

constexpr std::size_t max_open_functions = 16;

// Each call repeats its function, so that functions which call functions grow without end.
constexpr std::size_t max_growth = 8;  // times the largest document

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Nothing but `call` of a queue, `with` and `metadata`: no task of its own is needed for it.
bool is_plain_step(const Context& context, const Json& function) {
  if (!function.is_object()) return false;
  for (const auto& [key, value] : function.items()) {
    if (key != "call" && key != "with" && key != "metadata") return false;
  }
  const auto call = function.find("call");
  return call != function.end() && call->is_string() &&
         call_target(context, call->get<std::string>()) == CallTarget::step;
}

Template::Object members(Template object) {
  if (auto* list = std::get_if<Template::Object>(&object.node)) return std::move(*list);
  Template::Object read;
  if (const auto* value = std::get_if<Value>(&object.node); value && value->json().is_object()) {
    for (const auto& [key, member] : value->json().items()) read.push_back({key, constant(member)});
  }
  return read;
}

Template laid_over(Template base, Template over) {
  if (std::holds_alternative<Expression>(over.node)) return over;
  Template::Object merged = members(std::move(base));
  for (auto& member : members(std::move(over))) {
    const auto same = std::find_if(merged.begin(), merged.end(),
                                   [&](const auto& old) { return old.key == member.key; });
    if (same == merged.end()) {
      merged.push_back(std::move(member));
    } else {
      same->value = std::move(member.value);
    }
  }
  return Template{std::move(merged)};
}

void lay_over(CallFunctionTask& step, const StepMetadata& call, Template arguments) {
  const StepMetadata merged = laid_over({step.queue, step.policy}, call);
  step.queue = merged.queue.value_or("");
  step.policy = merged.policy;
  step.with = laid_over(std::move(step.with), std::move(arguments));
}

// False, and a problem, where the function calls itself or grows beyond bounds.
bool may_open(Context& context, const Node& call, const Node& function, const std::string& name) {
  if (contains(context.open_functions, name)) {
    context.problems.add(
        call.pointer, "the function " + shown(name) + " calls itself; use `for` to repeat tasks");
    return false;
  }
  context.function_bytes += function.json().dump().size();
  if (context.open_functions.size() >= max_open_functions ||
      context.function_bytes > max_growth * context.limits.max_bytes) {
    context.problems.add(call.pointer,
                         "functions that call functions make the definition too large; call "
                         "fewer of them in one another");
    throw TooMany{};
  }
  return true;
}

// Reads `function` as a task of its own below `parent`.
TaskId open_function(Context& context, TaskId parent, const Node& function,
                     const std::string& name) {
  const Siblings outer = std::exchange(context.siblings, {});
  context.open_functions.push_back(name);
  const TaskId id = reserve_task(context, parent, name, function.pointer);
  parse_task(context, id, function);
  context.open_functions.pop_back();
  context.siblings = outer;
  return id;
}

TaskBody nest(Context& context, TaskSource& call, const Node& function, const std::string& name,
              Template arguments) {
  const bool own_input = function.json().is_object() && function.json().contains("input");
  TaskId parent = call.id;
  if (own_input) {  // its `input.from` works on the arguments, which a task around it provides
    parent = reserve_task(context, call.id, name, function.pointer);
    context.tasks[parent].source = function.json();
  }
  const TaskId child = open_function(context, parent, function, name);
  if (auto* step = std::get_if<CallFunctionTask>(&context.tasks[child].body)) {
    lay_over(*step, read_step_metadata(context, call.metadata), arguments);
  } else {
    refuse_step_metadata(context, call.metadata);
  }
  context.tasks[own_input ? parent : child].input_from = std::move(arguments);
  if (!own_input) return DoTask{{child}};
  context.tasks[parent].body = DoTask{{child}};
  return DoTask{{parent}};
}

}  // namespace

TaskBody parse_declared_call(Context& context, TaskSource& call, const std::string& name,
                             const std::optional<Node>& with) {
  if (!contains(context.used_functions, name)) context.used_functions.push_back(name);
  return parse_function_call(context, call, name, *context.reusable("functions", name), with);
}

TaskBody parse_function_call(Context& context, TaskSource& call, const std::string& name,
                             const Node& function, const std::optional<Node>& with) {
  const Node node = call.fields.node().member("call");
  Template arguments = read_arguments(context, with);
  if (std::holds_alternative<Expression>(arguments.node) && function.json().is_object() &&
      function.json().contains("with") && is_plain_step(context, function.json())) {
    context.problems.add(with->pointer,
                         "the function has arguments of its own, which one expression cannot be "
                         "laid over; write the arguments by name");
  }
  if (!may_open(context, node, function, name)) return DoTask{};
  if (!is_plain_step(context, function.json())) {
    return nest(context, call, function, name, std::move(arguments));
  }
  const auto part = [&function](const char* key) -> std::optional<Node> {
    if (!function.json().contains(key)) return std::nullopt;
    return function.member(key);
  };
  CallFunctionTask step =
      parse_step(context, function.member("call"), part("with"), part("metadata"));
  step.function = name;
  lay_over(step, read_step_metadata(context, call.metadata), std::move(arguments));
  return step;
}

void check_unused_functions(Context& context) {
  for (const auto& name : context.reusable_names("functions")) {
    const Node function = *context.reusable("functions", name);
    if (call_target(context, name) != CallTarget::declared) {
      context.problems.add(function.pointer, "the language has a function " + shown(name) +
                                                 " of its own; choose another name");
    }
    if (contains(context.used_functions, name)) continue;
    const auto size = static_cast<std::ptrdiff_t>(context.tasks.size());
    open_function(context, 0, function, name);
    context.tasks.erase(context.tasks.begin() + size, context.tasks.end());
  }
}

}  // namespace endure::workflow::parse
