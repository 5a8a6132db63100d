// Tasks that are none of the author's: lists that the language implies (the body of a loop, of a
// try, of an event's work), and what an extension has wrapped, which is one task with its wrapper.
#pragma once

#include "workflow/definition.hpp"

namespace endure::workflow::interpreter {

// The task is what an ExtendTask has inside.
inline bool is_extended(const Definition& definition, const Task& task) {
  const auto* around = std::get_if<ExtendTask>(&definition.task(task.parent).body);
  return around != nullptr && around->inner == task.id;
}

inline bool is_implicit(const Definition& definition, const Task& task) {
  if (is_extended(definition, task)) return true;
  if (!std::holds_alternative<DoTask>(task.body)) return false;
  if (task.id == 0) return true;
  const auto& parent = definition.task(task.parent).body;
  return std::holds_alternative<ForTask>(parent) || std::holds_alternative<TryTask>(parent) ||
         std::holds_alternative<ListenTask>(parent) ||
         std::holds_alternative<SubscribeTask>(parent);
}

}  // namespace endure::workflow::interpreter
