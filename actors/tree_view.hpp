// The supervision tree as people see it. Any thread.
#pragma once

#include <vector>

#include "actors/context.hpp"

namespace endure::actors {

std::vector<ActorView> tree_of(const Context& context);

}  // namespace endure::actors
