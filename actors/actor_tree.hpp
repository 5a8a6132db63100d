// What people see of the supervision tree.
#pragma once

#include <functional>
#include <vector>

#include "actors/context.hpp"

namespace endure::actors {

// Every actor of the tree but the workflows, by path.
std::vector<ActorView> actor_tree(const Context& context);
// Asks them all how they are (ShowVitals), beginning with the root; for a watchdog, before each
// look.
std::function<void()> asks_how_they_are(Context& context, caf::actor root);

}  // namespace endure::actors
