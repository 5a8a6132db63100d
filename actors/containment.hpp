// What the engine does about damaged rows of the store: the log names each, and the workflow to
// which it belongs is suspended with the cause. The others go on.
#pragma once

#include <string>

#include "actors/context.hpp"

namespace endure::actors {

// Is told of the damage from now on, until stop_containing().
void contain_damage(Context& context);
void stop_containing(Context& context);

// Why a workflow that has this row cannot go on.
std::string damage_cause(const persistence::DamagedRow& row);

}  // namespace endure::actors
