// `endure worker`: makes any program a worker. Each step runs it once: the arguments as JSON on its
// stdin, the result as JSON on its stdout.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace endure {

struct CommandWorkerConfig {
  std::string address = "tcp://127.0.0.1:7451";  // of the node's worker gateway
  std::string name;                              // for people; empty: host and process id
  std::vector<std::string> queues;
  std::uint32_t capacity = 1;  // programs at once
  std::vector<std::string> command;
  std::int64_t time_limit_ms = 0;  // of one run; 0: none. Then it is killed, and retried
  std::size_t max_output_bytes = 1024 * 1024;
  std::int64_t stop_timeout_ms = 30'000;  // for running programs, once the worker is to stop
};

// Serves until SIGTERM or SIGINT: then running programs may end, what has not begun is handed back.
// A second signal, or the time limit of the stop, kills them and hands their steps back. Blocks
// both signals in the calling thread, so call it before other threads exist. Returns the exit code:
// 0, 1 where steps were cut off, 2 where the configuration is wrong (the reason goes to stderr).
//
// The program finds ENDURE_WORKFLOW, ENDURE_NAMESPACE, ENDURE_QUEUE, ENDURE_TASK, ENDURE_ATTEMPT
// and ENDURE_IDEMPOTENCY_KEY in its environment. How it ends decides:
//   0      the result is what it wrote (nothing: null); what is no JSON fails the step for good
//   65     (EX_DATAERR) fails the step for good
//   other  the step is retried: also 75 (EX_TEMPFAIL), a signal, the time limit
// The tail of its stderr goes into the error's detail.
int run_command_worker(const CommandWorkerConfig& config);

}  // namespace endure
