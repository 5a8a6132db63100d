// A workflow as lists show it, from its snapshot; and replies that carry it.
#pragma once

#include <utility>

#include "actors/engine.hpp"
#include "actors/settle.hpp"

namespace endure::actors {

inline persistence::WorkflowSummary summary_of(const workflow::Snapshot& snapshot) {
  return {snapshot.number,     snapshot.name,    snapshot.definition,
          snapshot.phase,      snapshot.status,  snapshot.cause,
          snapshot.transition, snapshot.created, snapshot.updated};
}

inline Settle settled_with_summary(Reply<persistence::WorkflowSummary> reply) {
  return Settle(
      [reply = std::move(reply)](const Result<void>& result, const workflow::Snapshot* snapshot) {
        if (!result) return reply(Failure{result.error()});
        reply(summary_of(*snapshot));
      });
}

}  // namespace endure::actors
