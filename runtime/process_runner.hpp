// The node's own worker of the queue `endure.run`, on which the processes of `run` tasks lie as
// steps: shell commands, scripts, containers.
//
// Each process runs under a supervisor, so that it and all that it starts end with it, when its
// task no longer waits for it, and with this node. One that was under way when the node died runs
// again, with the same ENDURE_IDEMPOTENCY_KEY. Its error is final for the queue: whether it is
// tried again is for the definition's try/retry to say. A thread for each process at a time, and
// one for heartbeats and what containers leave behind.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actors/engine.hpp"
#include "base/clock.hpp"
#include "runtime/run/programs.hpp"

namespace endure {

// A request with its secrets in place, and what hides them again in what comes back.
struct RevealedRequest {
  workflow::Json request;
  std::function<workflow::Json(const workflow::Json&)> mask_output;   // empty: nothing to hide
  std::function<workflow::Fault(const workflow::Fault&)> mask_fault;  // the same
};

struct ProcessRunnerConfig {
  RunPrograms programs;
  std::uint32_t concurrency = 4;
  std::int64_t timeout_ms = 600'000;
  std::size_t max_output_bytes = 1U << 20U;
  std::string queue = workflow::run_queue;
  std::string temporary_folder = "/tmp";  // each process gets a folder of its own in it
  // Replaces what stands in a step's arguments in place of secrets, right before the process
  // starts; never stored. Its fault is the task's. Empty: arguments are used as they are. Any
  // thread.
  std::function<tl::expected<RevealedRequest, workflow::Fault>(const workflow::Json& request,
                                                               WorkflowNumber workflow)>
      reveal_secrets;
};

class ProcessRunner {
 public:
  ProcessRunner(ProcessRunnerConfig config, actors::Engine& engine, Clock& clock);
  ~ProcessRunner();  // stops
  ProcessRunner(const ProcessRunner&) = delete;
  ProcessRunner& operator=(const ProcessRunner&) = delete;

  void start();
  // Ends what runs; those steps go back to the queue and count an attempt. Stop it before the
  // engine. A second call does nothing.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace endure
