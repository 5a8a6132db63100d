#include "workflow/parse/task.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "workflow/parse/common.hpp"
#include "workflow/parse/extensions.hpp"
#include "workflow/parse/flow.hpp"
#include "workflow/parse/metadata.hpp"
#include "workflow/parse/names.hpp"

namespace endure::workflow::parse {

namespace {

constexpr std::size_t max_name_bytes = 200;

struct Kind {
  const char* key;
  TaskBody (*parse)(Context&, TaskSource&);
};

// `for` before `do`: a loop has both.
constexpr std::array<Kind, 12> kinds = {{{"for", parse_for},
                                         {"call", parse_call},
                                         {"do", parse_do},
                                         {"emit", parse_emit},
                                         {"fork", parse_fork},
                                         {"listen", parse_listen},
                                         {"raise", parse_raise},
                                         {"run", parse_run},
                                         {"set", parse_set},
                                         {"switch", parse_switch},
                                         {"try", parse_try},
                                         {"wait", parse_wait}}};

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  names.reserve(kinds.size());
  for (const Kind& kind : kinds) names.emplace_back(kind.key);
  return names;
}

void note_no_kind(Context& context, const Node& node) {
  for (const auto& [key, value] : node.json().items()) {
    if (const std::string near = nearest(key, kind_names()); !near.empty()) {
      context.problems.add(node.below(key),
                           shown(key) + " is no kind of task; did you mean " + shown(near) + "?");
      return;
    }
  }
  context.problems.add(node.pointer, "the task does not say what to do" + hint("", kind_names()));
}

// The one kind of the task, or null and a problem.
const Kind* kind_of(Context& context, const Node& node) {
  const Kind* found = nullptr;
  for (const Kind& kind : kinds) {
    if (!node.json().contains(kind.key)) continue;
    const bool body_of_loop =
        found != nullptr && std::string(found->key) == "for" && std::string(kind.key) == "do";
    if (found != nullptr && !body_of_loop) {
      context.problems.add(node.pointer, "one task cannot be both " + shown(found->key) + " and " +
                                             shown(kind.key) + "; make two items of the list");
      return nullptr;
    }
    if (found == nullptr) found = &kind;
  }
  if (found == nullptr) note_no_kind(context, node);
  return found;
}

// The name of an item, or empty and a problem.
std::string item_name(Context& context, const Node& item) {
  Fields fields(context, item, "a named task");
  if (!fields.is_object()) return {};
  if (item.json().size() != 1) {
    context.problems.add(item.pointer, "expected one named task, found " +
                                           std::to_string(item.json().size()) +
                                           " keys; each task is an item of its own");
    return {};
  }
  std::string name = item.json().begin().key();
  if (!name.empty() && name.size() <= max_name_bytes) return name;
  context.problems.add(item.pointer, "a task's name has 1 to " + std::to_string(max_name_bytes) +
                                         " bytes, this one has " + std::to_string(name.size()));
  return {};
}

}  // namespace

void parse_task(Context& context, TaskId id, const Node& node) {
  Fields fields(context, node, "a task");
  if (!fields.is_object()) return;
  context.tasks[id].source = node.json();
  TaskSource source{id, fields, take_common(context, fields, context.tasks[id])};
  const Kind* kind = kind_of(context, node);
  if (kind == nullptr) return;
  fields.take(kind->key);
  TaskBody body = kind->parse(context, source);
  context.tasks[id].body = std::move(body);  // looked up anew: nested tasks move the vector
  if (std::string(kind->key) != "call") refuse_step_metadata(context, source.metadata);
  fields.finish();
  extend_task(context, id, kind->key);
}

std::vector<TaskId> parse_task_list(Context& context, TaskId parent, const Node& list,
                                    ListKind kind) {
  if (!check_list(context, list, "a list of named tasks")) return {};
  Siblings own;
  own.ordered = kind == ListKind::sequence;
  for (std::size_t i = 0; i < list.json().size(); ++i) {
    own.names.push_back(item_name(context, list.item(i)));
  }
  const Siblings outer = std::exchange(context.siblings, own);
  std::vector<std::optional<TaskId>> ids(own.names.size());
  std::vector<TaskId> tasks;
  for (std::size_t i = 0; i < own.names.size(); ++i) {
    if (own.names[i].empty()) continue;
    const Node node = list.item(i).member(own.names[i]);
    ids[i] = reserve_task(context, parent, own.names[i], node.pointer);
    tasks.push_back(*ids[i]);
    parse_task(context, *ids[i], node);
  }
  resolve_flows(context, ids);
  context.siblings = outer;
  return tasks;
}

TaskId parse_body(Context& context, TaskId parent, const Node& list) {
  const TaskId id = reserve_task(context, parent, "do", list.pointer);
  auto tasks = parse_task_list(context, id, list);
  context.tasks[id].source = Json{{"do", list.json()}};
  context.tasks[id].body = DoTask{std::move(tasks)};
  return id;
}

TaskBody parse_do(Context& context, TaskSource& task) {
  return DoTask{parse_task_list(context, task.id, task.fields.node().member("do"))};
}

}  // namespace endure::workflow::parse
