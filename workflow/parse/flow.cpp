#include "workflow/parse/flow.hpp"

#include <algorithm>
#include <string>
#include <variant>

#include "workflow/parse/fields.hpp"
#include "workflow/parse/names.hpp"

namespace endure::workflow::parse {

namespace {

void note_no_sibling(Context& context, const Node& node, const std::string& name) {
  std::vector<std::string> allowed;
  if (!context.problems.full()) {  // comparing with thousands of names takes time
    allowed = {"continue", "exit", "end"};
    std::copy_if(context.siblings.names.begin(), context.siblings.names.end(),
                 std::back_inserter(allowed), [](const auto& sibling) { return !sibling.empty(); });
  }
  context.problems.add(node.pointer, "there is no task " + shown(name) + " in this list of tasks" +
                                         hint(name, allowed));
}

}  // namespace

Flow read_flow(Context& context, const Node& node) {
  const auto text = read_text(context, node, "text (continue, exit, end or a task's name)");
  if (!text || *text == "continue") return {};
  if (*text == "exit") return {Flow::Kind::exit};
  if (*text == "end") return {Flow::Kind::end};

  const auto& names = context.siblings.names;
  const auto found = std::find(names.begin(), names.end(), *text);
  if (text->empty() || found == names.end()) {
    note_no_sibling(context, node, *text);
    return {};
  }
  if (!context.siblings.ordered) {
    context.problems.add(node.pointer,
                         "branches of a fork run side by side, so none can lead to another; "
                         "expected continue, exit or end");
    return {};
  }
  if (std::find(found + 1, names.end(), *text) != names.end()) {
    context.problems.add(node.pointer, "there are several tasks " + shown(*text) +
                                           " in this list of tasks; give them different names");
    return {};
  }
  return {Flow::Kind::task, static_cast<TaskId>(found - names.begin())};
}

void resolve_flows(Context& context, const std::vector<std::optional<TaskId>>& ids) {
  const auto resolve = [&ids](Flow& flow) {
    if (flow.kind == Flow::Kind::task) flow.task = ids.at(flow.task).value_or(0);
  };
  for (const auto& id : ids) {
    if (!id) continue;
    resolve(context.tasks[*id].then);
    const auto* extended = std::get_if<ExtendTask>(&context.tasks[*id].body);
    Task& task = context.tasks[extended != nullptr ? extended->inner : *id];
    if (extended != nullptr) resolve(task.then);
    if (auto* choice = std::get_if<SwitchTask>(&task.body)) {
      for (auto& one : choice->cases) resolve(one.then);
    } else if (auto* attempt = std::get_if<TryTask>(&task.body)) {
      resolve(attempt->catch_.then);
    }
  }
}

}  // namespace endure::workflow::parse
