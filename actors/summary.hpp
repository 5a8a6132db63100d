// Replies that carry a workflow as lists show it.
#pragma once

#include <utility>

#include "actors/engine.hpp"
#include "actors/settle.hpp"
#include "persistence/codec.hpp"

namespace endure::actors {

inline Settle settled_with_summary(Reply<persistence::WorkflowSummary> reply) {
  return Settle(
      [reply = std::move(reply)](const Result<void>& result, const workflow::Snapshot* snapshot) {
        if (!result) return reply(Failure{result.error()});
        reply(persistence::summary_of(*snapshot));
      });
}

}  // namespace endure::actors
