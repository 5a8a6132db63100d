#include "actors/actor_tree.hpp"

#include <map>
#include <utility>

namespace endure::actors {

std::vector<ActorView> actor_tree(const Context& context) {
  std::map<std::string, Instant> stuck;
  for (const StuckJob& job : context.watchdog.stuck()) stuck.emplace(job.who, job.since);
  std::vector<ActorView> views;
  for (const auto& [path, vitals] : context.all_vitals()) {
    ActorView view;
    view.path = path;
    view.children = vitals->children;
    view.mailbox = vitals->mailbox;
    view.restarts = vitals->restarts;
    if (const auto found = stuck.find(path); found != stuck.end()) view.stuck_since = found->second;
    const std::lock_guard lock(vitals->mutex);
    view.last_failure = vitals->last_failure;
    views.push_back(std::move(view));
  }
  return views;
}

std::function<void()> asks_how_they_are(Context& context, caf::actor root) {
  return [root = std::move(root), vitals = context.vitals("/root")] {
    vitals->question->ask();
    tell(root, ShowVitals{});
  };
}

}  // namespace endure::actors
