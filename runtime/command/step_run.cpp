#include "runtime/command/step_run.hpp"

#include <sysexits.h>

#include <cctype>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/utf8.hpp"
#include "persistence/codec.hpp"
#include "workflow/json_numbers.hpp"

namespace endure {

namespace {

constexpr const char* runtime_error = "https://serverlessworkflow.io/spec/1.0.0/errors/runtime";
constexpr const char* timeout_error = "https://serverlessworkflow.io/spec/1.0.0/errors/timeout";

gateway::WorkFailure failure(std::string title, std::string detail, bool retryable) {
  gateway::WorkFailure made;
  made.type = runtime_error;
  made.title = std::move(title);
  made.detail = std::move(detail);
  made.retryable = retryable;
  return made;
}

StepEnd result_of(const std::string& output) {
  const bool blank = output.find_first_not_of(" \t\r\n") == std::string::npos;
  if (blank) return persistence::encode_value(workflow::Value());
  if (const auto number = workflow::inexact_integer(output)) {
    return failure("the program's output holds an integer of more than 64 bits",
                   printable(std::string(number->substr(0, 1'000))), false);
  }
  auto json = nlohmann::json::parse(output, nullptr, false);
  if (json.is_discarded()) {
    return failure("the program's output is no JSON", printable(output.substr(0, 1'000)), false);
  }
  return persistence::encode_value(workflow::Value(std::move(json)));
}

}  // namespace

ChildCommand command_for(const CommandWorkerConfig& config, const gateway::Work& work,
                         std::string arguments_json) {
  ChildCommand command;
  command.argv = config.command;
  command.environment = {"ENDURE_WORKFLOW=" + work.workflow,
                         "ENDURE_NAMESPACE=" + work.ns,
                         "ENDURE_QUEUE=" + work.queue,
                         "ENDURE_TASK=" + work.task,
                         "ENDURE_ATTEMPT=" + std::to_string(work.attempt),
                         "ENDURE_IDEMPOTENCY_KEY=" + work.idempotency_key};
  command.input = std::move(arguments_json);
  command.max_output_bytes = config.max_output_bytes;
  command.time_limit_ms = config.time_limit_ms;
  return command;
}

StepEnd meaning_of(const CommandWorkerConfig& config, const Result<ChildEnd>& end) {
  if (!end) return failure("the program cannot be started", end.error().what, true);
  const std::string stderr_tail = printable(end->error_tail);
  switch (end->how) {
    case ChildEnd::How::exited:
      if (end->code == 0) return result_of(end->output);
      return failure("the program ended with code " + std::to_string(end->code), stderr_tail,
                     end->code != EX_DATAERR);
    case ChildEnd::How::signalled:
      return failure("the program was ended by signal " + std::to_string(end->code) + " (" +
                         ::strsignal(end->code) + ")",
                     stderr_tail, true);
    case ChildEnd::How::timed_out: {
      auto late =
          failure("the program took longer than " + std::to_string(config.time_limit_ms) + " ms",
                  stderr_tail, true);
      late.type = timeout_error;
      late.status = 408;
      return late;
    }
    case ChildEnd::How::too_much_output:
      return failure(
          "the program wrote more than " + std::to_string(config.max_output_bytes) + " bytes",
          stderr_tail, false);
    case ChildEnd::How::cancelled:
      return failure("the program was stopped with its worker", stderr_tail, true);
  }
  return failure("the program ended in no known way", stderr_tail, true);
}

StepEnd run_step(const CommandWorkerConfig& config, const gateway::Work& work,
                 const std::atomic<bool>& cut_off, Clock& clock) {
  const auto arguments = persistence::decode_value(work.arguments);
  if (!arguments) {
    return failure("the step's arguments cannot be read", arguments.error().what, false);
  }
  const auto cancelled = [&] { return work.lost->load() || cut_off.load(); };
  const ChildCommand command = command_for(config, work, arguments->json().dump());
  return meaning_of(config, run_child(command, cancelled, clock));
}

}  // namespace endure
