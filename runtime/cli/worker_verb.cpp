// worker: makes any program a worker.
#include <filesystem>
#include <fstream>
#include <memory>

#include "config/quantity.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/command_worker.hpp"

namespace endure::cli {
namespace {

constexpr const char* default_address = "tcp://127.0.0.1:7451";

struct WorkerOptions {
  CommandWorkerConfig config;
  std::string time_limit = "0", stop_timeout = "30s", address;
};

std::int64_t duration_or_exit(Context& context, const std::string& option,
                              const std::string& text) {
  const auto ms = config::duration_from(text);
  if (!ms) throw ExitWith{report(context, exit_usage, option + ": " + ms.error().what)};
  return *ms;
}

// --address, else $ENDURE_WORKER, else the node.json of a node that is given by its data folder.
std::string address_of(const Context& context, const WorkerOptions& options) {
  if (!options.address.empty()) return options.address;
  if (const auto set = context.environment.find("ENDURE_WORKER");
      set != context.environment.end()) {
    return set->second;
  }
  std::ifstream in(std::filesystem::path(node_option(context)) / "node.json");
  const std::string address = text_of(Json::parse(in, nullptr, false), "worker");
  return address.empty() ? default_address : address;
}

int run_worker(Context& context, const WorkerOptions& options) {
  CommandWorkerConfig config = options.config;
  config.address = address_of(context, options);
  config.time_limit_ms = duration_or_exit(context, "--time-limit", options.time_limit);
  config.stop_timeout_ms = duration_or_exit(context, "--stop-timeout", options.stop_timeout);
  return run_command_worker(config);
}

}  // namespace

void add_worker_verb(Verb app, Context& context) {
  const auto options = std::make_shared<WorkerOptions>();
  const Verb worker = app.verb(
      "worker", "Make any program a worker: JSON in on stdin, JSON out on stdout",
      "  endure worker --queue enrich -- ./enrich.sh\n"
      "  endure worker --queue enrich --capacity 8 --time-limit 30s -- python3 enrich.py\n"
      "The program finds ENDURE_WORKFLOW, ENDURE_NAMESPACE, ENDURE_QUEUE, ENDURE_TASK,\n"
      "ENDURE_ATTEMPT and ENDURE_IDEMPOTENCY_KEY in its environment. It ends with 0: done; 65: it\n"
      "failed for good; anything else: try again.");
  worker.option("-q,--queue", options->config.queues, "The queue; may be repeated")
      .required()
      .expected(1)
      .no_extra_args()  // else it takes the `--` for its own
      .take_all();
  worker.option("--capacity", options->config.capacity, "Programs at a time")
      .range(1, 10'000)
      .shows_default();
  worker.option("--time-limit", options->time_limit, "Of one run, such as 30s; 0: none")
      .shows_default();
  worker.option("--stop-timeout", options->stop_timeout, "What running programs get at the end")
      .shows_default();
  worker.option("--name", options->config.name, "The worker's name; else host and process");
  worker.option("--address", options->address,
                "The node's worker gateway (else $ENDURE_WORKER, else the node.json of the "
                "data folder given as the node, else tcp://127.0.0.1:7451)");
  worker.option("CMD", options->config.command, "The program and its arguments, after --")
      .required();
  worker.on_run(context, [&context, options] { return run_worker(context, *options); });
}

}  // namespace endure::cli
