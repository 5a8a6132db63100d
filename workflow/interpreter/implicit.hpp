// Lists that the language implies (the body of a loop, of a try, of an event's work) are no tasks
// of the author.
#pragma once

#include "workflow/definition.hpp"

namespace endure::workflow::interpreter {

inline bool is_implicit(const Definition& definition, const Task& task) {
  if (!std::holds_alternative<DoTask>(task.body)) return false;
  if (task.id == 0) return true;
  const auto& parent = definition.task(task.parent).body;
  return std::holds_alternative<ForTask>(parent) || std::holds_alternative<TryTask>(parent) ||
         std::holds_alternative<ListenTask>(parent);
}

}  // namespace endure::workflow::interpreter
