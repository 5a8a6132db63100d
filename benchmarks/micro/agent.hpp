// A workflow of a typical agent for micro-benchmarks: one transition away from its next step.
#pragma once

#include <memory>

#include "base/assert.hpp"
#include "benchmarks/workflows.hpp"
#include "persistence/codec.hpp"
#include "workflow/decide.hpp"
#include "workflow/expressions.hpp"

namespace endure::benchmarks::micro {

// W1 after its start: it waits for the first step's result.
struct Agent {
  std::unique_ptr<workflow::Expressions> expressions = workflow::make_expressions();
  std::shared_ptr<const workflow::Definition> definition;
  workflow::Snapshot snapshot;
  workflow::Decision decision;
  workflow::StepCompleted result;

  Agent() {
    auto parsed = workflow::parse_definition(w1_definition, *expressions);
    ENDURE_ASSERT(parsed.has_value());
    definition = std::move(*parsed);
    decision.now = {1'000'000};
    decision.message = 1;
    const auto fresh = workflow::new_workflow(1, {"bench", "w-1"}, *definition, decision.now);
    auto started = workflow::decide(*definition, fresh, workflow::Started{w1_input(1)}, decision,
                                    *expressions);
    ENDURE_ASSERT(started.has_value());
    snapshot = std::move(started->next);
    ENDURE_ASSERT(snapshot.steps.size() == 1);
    const workflow::Value arguments(workflow::Json{{"post", w1_input(1)}});
    result = {snapshot.steps.front().wait, w1_step("receive", arguments), 1, "bench"};
  }
};

}  // namespace endure::benchmarks::micro
