// One step as one run of a program: what goes in, and what its end means.
#pragma once

#include <atomic>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "runtime/command/child_process.hpp"
#include "runtime/command_worker.hpp"
#include "runtime/gateway/worker_client.hpp"

namespace endure {

// A result as msgpack, or a failure.
using StepEnd = std::variant<std::string, gateway::WorkFailure>;

ChildCommand command_for(const CommandWorkerConfig& config, const gateway::Work& work,
                         std::string arguments_json);
StepEnd meaning_of(const CommandWorkerConfig& config, const Result<ChildEnd>& end);

// Runs the program for the step; it is killed when the step is lost, and when `cut_off` becomes
// true. Blocks.
StepEnd run_step(const CommandWorkerConfig& config, const gateway::Work& work,
                 const std::atomic<bool>& cut_off, Clock& clock);

}  // namespace endure
