#include "workflow/parse/extensions.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "workflow/parse/names.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

// The specification's, and the two kinds that it calls composite together.
const std::vector<std::string> extendable = {"all", "call",   "composite", "do",    "emit",
                                             "for", "fork",   "listen",    "raise", "run",
                                             "set", "switch", "try",       "wait"};

bool covers(const std::string& extended, const std::string& kind) {
  if (extended == "all" || extended == kind) return true;
  return extended == "composite" && (kind == "do" || kind == "fork");
}

// The extension of an item of the list, or nothing and a problem.
std::optional<Node> named_extension(Context& context, const Node& item) {
  Fields fields(context, item, "a named extension");
  if (!fields.is_object()) return std::nullopt;
  if (item.json().size() == 1) return item.member(item.json().begin().key());
  context.problems.add(item.pointer, "expected one named extension, found " +
                                         std::to_string(item.json().size()) +
                                         " keys; each extension is an item of its own");
  return std::nullopt;
}

void declare_extension(Context& context, const Node& node, const std::string& name) {
  Extension extension;
  extension.name = name;
  Fields fields(context, node, "an extension");
  std::string kind = "all";
  if (const auto extend = fields.require("extend", "a kind of task, or all")) {
    const auto chosen = read_choice(context, *extend, extendable);
    kind = chosen ? extendable[*chosen] : "";
  }
  if (const auto when = fields.take("when")) extension.when = read_expression(context, *when);
  const auto before = fields.take("before");
  const auto after = fields.take("after");
  if (fields.is_object() && !before && !after) {
    context.problems.add(node.pointer, "an extension needs `before` or `after`: a list of tasks");
  }
  fields.finish();
  context.extensions.push_back(std::move(extension));
  context.extended_kinds.push_back(std::move(kind));
}

std::optional<TaskId> read_list(Context& context, const Node& extension, const std::string& key) {
  if (!extension.json().is_object() || !extension.json().contains(key)) return std::nullopt;
  const TaskId id = parse_body(context, 0, extension.member(key));
  context.tasks[id].name = key;
  return id;
}

}  // namespace

void declare_extensions(Context& context, Fields& use) {
  const auto list = use.take("extensions");
  if (!list || !check_list(context, *list, "a list of named extensions")) return;
  for (std::size_t i = 0; i < list->json().size(); ++i) {
    const Node item = list->item(i);
    if (const auto node = named_extension(context, item)) {
      declare_extension(context, *node, item.json().begin().key());
    } else {  // so that positions in both lists stay the same
      context.extensions.emplace_back();
      context.extended_kinds.emplace_back();
    }
  }
}

void read_extensions(Context& context) {
  if (context.extensions.empty()) return;
  context.in_extension = true;
  const Node use{&context.document.at("use"), "/use"};
  const Node list = use.member("extensions");
  for (std::size_t i = 0; i < context.extensions.size(); ++i) {
    const Node item = list.item(i);
    if (!item.json().is_object() || item.json().size() != 1) continue;
    const Node extension = item.member(item.json().begin().key());
    context.extensions[i].before = read_list(context, extension, "before");
    context.extensions[i].after = read_list(context, extension, "after");
  }
  context.in_extension = false;
}

void extend_task(Context& context, TaskId id, const std::string& kind) {
  if (context.in_extension) return;
  ExtendTask extended;
  for (std::size_t i = 0; i < context.extensions.size(); ++i) {
    if (covers(context.extended_kinds[i], kind)) {
      extended.extensions.push_back(static_cast<std::uint32_t>(i));
    }
  }
  if (extended.extensions.empty()) return;

  const std::string name = context.tasks[id].name;
  const std::string pointer = context.tasks[id].pointer;
  const TaskId inner = reserve_task(context, id, name, pointer);
  extended.inner = inner;
  Task& outer_task = context.tasks[id];
  Task& inner_task = context.tasks[inner];
  inner_task.then = outer_task.then;
  inner_task.source = outer_task.source;
  inner_task.body = std::move(outer_task.body);
  outer_task.body = std::move(extended);
  for (TaskId child = id + 1; child < inner; ++child) {
    if (context.tasks[child].parent == id) context.tasks[child].parent = inner;
  }
}

}  // namespace endure::workflow::parse
