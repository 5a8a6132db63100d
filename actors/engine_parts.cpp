#include "actors/engine_parts.hpp"

#include <utility>

namespace endure::actors {

Result<std::unique_ptr<Engine>> make_engine(EngineConfig config, persistence::Store& store,
                                            Clock& clock, workflow::Expressions& expressions,
                                            std::function<void(const Error&)> fatal) {
  return make_engine_of_parts(std::move(config), store, clock, expressions, std::move(fatal),
                              nullptr);
}

}  // namespace endure::actors
