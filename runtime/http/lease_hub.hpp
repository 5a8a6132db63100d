// Workers that lease steps by HTTP, as consumers of the engine.
//
// Each (queue, worker name) is one consumer, kept while it polls or holds steps. A poll grants the
// engine as much credit as it may take; a step that arrives when no poll waits for it any more is
// handed back at once and uses up that credit. A worker that vanishes loses its steps by their
// lease.
//
// Any thread. lease() blocks its caller; deliver() and revoke() come on the engine's threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/engine.hpp"
#include "base/clock.hpp"
#include "runtime/http/await.hpp"

namespace endure::http {

class LeaseHub {
 public:
  LeaseHub(actors::Engine& engine, Clock& clock);
  // Leaves the leases as they are: the workers go on and answer after the restart.
  ~LeaseHub();
  LeaseHub(const LeaseHub&) = delete;
  LeaseHub& operator=(const LeaseHub&) = delete;

  // At least one step as soon as there is one, at most `max`; none after patience ran out.
  // Code::full where too many workers are known.
  Result<std::vector<actors::LeasedStep>> lease(const std::string& queue, const std::string& worker,
                                                std::uint32_t max, const Patience& patience);

  // The consumer that holds the step, or one that stands for all others.
  actors::ConsumerId consumer_of(const actors::StepToken& token) const;
  void ended(const actors::StepToken& token);     // completed or failed
  void extended(const actors::StepToken& token);  // by heartbeat

  // Detaches consumers that neither polled nor held a step for a minute. Call it now and then.
  void sweep();
  std::size_t workers() const;

 private:
  class Sink;
  struct State;

  std::shared_ptr<Sink> sink_for(const std::string& queue, const std::string& worker, bool& is_new);

  std::shared_ptr<State> state_;
};

}  // namespace endure::http
