// From the arguments of a step on `endure.run` to the program that has to run, and from its end to
// the task's output or fault. Pure.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "actors/engine.hpp"
#include "runtime/command/child_process.hpp"
#include "runtime/run/programs.hpp"
#include "workflow/event.hpp"
#include "workflow/value/value.hpp"

namespace endure::run {

template <class T>
using OrFault = tl::expected<T, workflow::Fault>;

struct PlanLimits {
  std::int64_t timeout_ms = 600'000;
  std::size_t max_output_bytes = 1U << 20U;
};

struct ProcessPlan {
  ChildCommand command;
  // A script that has to be written into the process's folder before it starts; argv has its place.
  std::string script_name;
  std::string script;
  std::string source;           // a script that is read where it lies; must be below script_folder
  std::string container_name;   // empty: no container
  std::string container_label;  // by which what an earlier attempt left is found
};

// `folder`: the empty folder that the process gets for itself. `inherited`: this process's own
// environment, which the container runtime sees and no other program.
// Fault: configuration, where the node does not run such a process (any more) or the request is
// damaged.
OrFault<ProcessPlan> plan_process(const workflow::Json& request, const actors::LeasedStep& step,
                                  const RunPrograms& programs, const PlanLimits& limits,
                                  const std::string& folder,
                                  const std::vector<std::string>& inherited);

// What `return` of the request says. An exit code other than 0 is a runtime fault, unless the task
// asks for the code (`code`, `all`). A program that was ended by signal N has the code 128 + N.
OrFault<workflow::Value> outcome_of(const workflow::Json& request, const ChildEnd& end,
                                    const PlanLimits& limits);

workflow::Fault configuration_fault(std::string detail);

// -- containers -----------------------------------------------------------------

// "{workflow}-{uuid}.{namespace}-{task}", the uuid made of the step and its attempt.
std::string container_name(const workflow::Json& request, const actors::LeasedStep& step);
std::string container_label(const actors::LeasedStep& step);

// The arguments of the container runtime, from "run" on. `names`: the environment variables that it
// hands on from its own environment.
std::vector<std::string> container_arguments(const workflow::Json& request, const std::string& name,
                                             const std::string& label,
                                             const std::vector<std::string>& names);

}  // namespace endure::run
