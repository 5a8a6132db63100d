#include "workflow/parse/context.hpp"

#include <utility>

#include "workflow/parse/names.hpp"

namespace endure::workflow::parse {

Node Node::member(const std::string& key) const {
  return {&value->at(key), below(key)};
}

Node Node::item(std::size_t index) const {
  return {&value->at(index), pointer + "/" + std::to_string(index)};
}

std::string Node::below(const std::string& key) const {
  return pointer + pointer_segment(key);
}

namespace {

// The object `use.<section>`, or null where it is absent or of another type.
const Json* section_of(const Json& document, const std::string& section) {
  const auto use = document.find("use");
  if (use == document.end() || !use->is_object()) return nullptr;
  const auto found = use->find(section);
  return found != use->end() && found->is_object() ? &*found : nullptr;
}

}  // namespace

std::optional<Node> Context::reusable(const std::string& section, const std::string& name) const {
  const Json* declared = section_of(document, section);
  if (declared == nullptr || !declared->contains(name)) return std::nullopt;
  return Node{declared, "/use/" + section}.member(name);
}

std::vector<std::string> Context::reusable_names(const std::string& section) const {
  std::vector<std::string> names;
  if (const Json* declared = section_of(document, section)) {
    for (const auto& [name, value] : declared->items()) names.push_back(name);
  }
  return names;
}

void Context::note_undeclared(const Node& node, const std::string& section,
                              const std::string& name) {
  if (problems.full()) return problems.add(node.pointer, {});  // comparing names takes time
  problems.add(node.pointer, shown(name) + " is not declared under `use." + section + "`" +
                                 hint(name, reusable_names(section)));
}

TaskId reserve_task(Context& context, TaskId parent, std::string name, std::string pointer) {
  if (context.tasks.size() >= context.limits.max_tasks) {
    context.problems.add(pointer, "the definition has more than " +
                                      std::to_string(context.limits.max_tasks) +
                                      " tasks; split it into several definitions");
    throw TooMany{};
  }
  Task task;
  task.id = static_cast<TaskId>(context.tasks.size());
  task.parent = parent;
  task.name = std::move(name);
  task.pointer = std::move(pointer);
  context.tasks.push_back(std::move(task));
  return context.tasks.back().id;
}

}  // namespace endure::workflow::parse
