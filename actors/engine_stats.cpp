#include "actors/engine_stats.hpp"

#include "actors/context.hpp"
#include "actors/definition_calls.hpp"

namespace endure::actors {

std::int64_t step_wait_of(Context& context) {
  return context.step_waits.longest_ms(context.clock.steady_ms());
}

EngineStats stats_of(Context& context) {
  const Counters& counters = context.counters;
  EngineStats out;
  out.active_workflows = counters.active_workflows;
  out.started = counters.started;
  out.completed = counters.completed;
  out.faulted = counters.faulted;
  out.transitions = counters.transitions;
  out.restarts = counters.restarts;
  out.step_wait_ms = step_wait_of(context);
  out.schedules = schedule_stats(context);
  out.journal = context.journal.stats();
  out.store = context.store.stats();
  return out;
}

}  // namespace endure::actors
