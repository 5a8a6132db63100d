// The figures of an engine, gathered from where they are counted.
#pragma once

#include "actors/engine.hpp"

namespace endure::actors {

struct Context;

// Any thread; reads the store's counts.
EngineStats stats_of(Context& context);

}  // namespace endure::actors
