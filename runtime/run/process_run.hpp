// One process of a `run` task, from its arguments to its outcome. Blocks.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "runtime/run/process_plan.hpp"

namespace endure::run {

struct RunContext {
  const RunPrograms& programs;
  PlanLimits limits;
  const std::string& temporary_folder;
  Clock& clock;
};

// Nothing where `cancelled` ended it: nobody waits for its outcome.
std::optional<OrFault<workflow::Value>> run_process(const workflow::Json& request,
                                                    const actors::LeasedStep& step,
                                                    const RunContext& context,
                                                    const std::function<bool()>& cancelled);

// Runs the container runtime with `arguments` for at most 20 s; its stdout, or an error.
Result<std::string> run_container_runtime(const RunPrograms& programs,
                                          std::vector<std::string> arguments, Clock& clock);

}  // namespace endure::run
