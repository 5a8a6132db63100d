// From what decide() returned to what the journal commits. Pure but for the sequence numbers that
// the store gives.
#pragma once

#include <cstdint>

#include "actors/engine.hpp"
#include "persistence/change.hpp"
#include "workflow/decide.hpp"

namespace endure::actors {

// The key of a step of `snapshot`; the step must be open in it.
persistence::StepKey step_key(const workflow::Snapshot& snapshot, workflow::WaitId wait);

// Gives the children that the outcome starts their numbers.
void number_children(workflow::Outcome& outcome, persistence::Store& store);

// `before`: the snapshot that the outcome follows; null where the workflow is created by it.
// `message`: the sequence under which a KeepMessage effect stores the event.
persistence::Transition make_transition(const workflow::Snapshot* before,
                                        const workflow::Outcome& outcome,
                                        const workflow::Event& event, std::uint64_t message,
                                        persistence::Store& store, const EngineConfig& config);

// The same for a migration, which no event causes.
persistence::Transition make_migration(const workflow::Snapshot& before,
                                       const workflow::Outcome& outcome);
// Adds what the sinks are told of this transition, a row a sink and event.
void add_sink_events(persistence::Transition& change, const workflow::Definition* definition,
                     const workflow::Snapshot* before, const workflow::Outcome& outcome,
                     persistence::Store& store, const EngineConfig& config);

}  // namespace endure::actors
