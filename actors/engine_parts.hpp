// The parts of an engine that a stepped one moves by hand (stepped_engine.cpp).
#pragma once

#include <functional>
#include <memory>

#include "actors/blocking_pool.hpp"
#include "actors/engine.hpp"
#include "persistence/journal.hpp"

namespace caf {
class actor_system;
}

namespace endure::actors {

struct EngineParts {
  BlockingPool* loader = nullptr;
  BlockingPool* deciders = nullptr;
  persistence::Journal* journal = nullptr;
  caf::actor_system* system = nullptr;
};

// As make_engine(); with `parts` it has no threads, and they say what there is to move.
Result<std::unique_ptr<Engine>> make_engine_of_parts(EngineConfig config, persistence::Store& store,
                                                     Clock& clock,
                                                     workflow::Expressions& expressions,
                                                     std::function<void(const Error&)> fatal,
                                                     EngineParts* parts);

}  // namespace endure::actors
