#include "actors/tree_view.hpp"

#include <utility>

namespace endure::actors {

std::vector<ActorView> tree_of(const Context& context) {
  std::vector<ActorView> views;
  for (const auto& [path, vitals] : context.all_vitals()) {
    ActorView view;
    view.path = path;
    view.children = vitals->children;
    view.mailbox = vitals->mailbox;
    view.restarts = vitals->restarts;
    const std::lock_guard lock(vitals->mutex);
    view.last_failure = vitals->last_failure;
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace endure::actors
