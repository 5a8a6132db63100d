// What the language leaves to the runtime, and Endure reads from `metadata`.
#pragma once

#include <optional>
#include <string>

#include "workflow/parse/context.hpp"

namespace endure::workflow::parse {

struct StepMetadata {
  std::optional<std::string> queue;
  StepPolicy policy;
};

// The keys that concern steps: queue, priority, maxAttempts, lease, backoff, maxBackoff.
StepMetadata read_step_metadata(Context& context, const std::optional<Node>& metadata);

// Refuses those keys on a task that makes no step, where they would do nothing.
void refuse_step_metadata(Context& context, const std::optional<Node>& metadata);

// `base` with everything that `over` sets.
StepMetadata laid_over(StepMetadata base, const StepMetadata& over);

// A queue's name that a definition may use.
std::optional<std::string> read_queue(Context& context, const Node& node);

// `status` or `statusAfter`: text or an expression.
std::optional<Template> read_status(Context& context, const std::optional<Node>& metadata,
                                    const std::string& key);
// `document.metadata.status`: text alone.
std::string read_initial_status(Context& context, const Node& metadata);

}  // namespace endure::workflow::parse
