// The figures of an engine, gathered from where they are counted.
#pragma once

#include "actors/engine.hpp"

namespace endure::actors {

struct Context;

// Any thread. The first reads the store's counts; the second is one figure of it, and does not.
EngineStats stats_of(Context& context);
std::int64_t step_wait_of(Context& context);

}  // namespace endure::actors
