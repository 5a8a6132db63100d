// An engine that does nothing by itself: it has no thread, and whoever holds it decides which of
// the things that could happen next happens next. All of it is the production code (actors, queues,
// timers, supervision, journal), over the store and clock that are given. For simulations; one
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "actors/engine.hpp"

namespace endure::actors {

class SteppedEngine {
 public:
  // As the death of a process: what was not committed never is, and nobody is answered for it but
  // by Code::retry_later or Code::io.
  virtual ~SteppedEngine() = default;

  virtual Engine& engine() = 0;

  virtual std::size_t actors_with_work() const = 0;
  virtual void run_actor(std::size_t which) = 0;  // one message
  // One job of those that threads would do: reading the store for actors, deciding with jq.
  virtual bool run_job() = 0;
  // One commit of at most `most` changes, in the order in which they were handed in.
  virtual bool commit(std::size_t most) = 0;
  // For messages that actors send to themselves for later; the clock is the caller's.
  virtual void advance_ms(std::int64_t ms) = 0;
};

Result<std::unique_ptr<SteppedEngine>> make_stepped_engine(EngineConfig config,
                                                           persistence::Store& store, Clock& clock,
                                                           workflow::Expressions& expressions,
                                                           std::function<void(const Error&)> fatal);

}  // namespace endure::actors
