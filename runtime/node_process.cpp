#include "runtime/node_process.hpp"

#include <csignal>
#include <filesystem>
#include <ostream>

#include "config/quantity.hpp"
#include "runtime/cli/exit_code.hpp"
#include "runtime/log.hpp"
#include "runtime/node.hpp"
#include "runtime/node_file.hpp"
#include "runtime/stop_signal.hpp"
#include "runtime/version.hpp"

namespace endure {
namespace {

// What is left to a node that has failed to end in order.
constexpr std::int64_t failed_shutdown_ms = 5'000;

LogConfig log_config(const config::LogSettings& settings) {
  LogConfig log;
  log.json = settings.format == config::LogFormat::json;
  log.file = settings.file;
  switch (settings.level) {
    case config::LogLevel::debug: log.level = Level::debug; break;
    case config::LogLevel::info: log.level = Level::info; break;
    case config::LogLevel::warning: log.level = Level::warning; break;
    case config::LogLevel::error: log.level = Level::error; break;
  }
  return log;
}

int refuse(const NodeRun& run, const Error& error) {
  const std::string where = error.where.empty() ? "" : error.where + ": ";
  run.err << "endure: the node did not start: " << where << error.what << '\n';
  return cli::exit_code_of(error.code);
}

void announce(const NodeRun& run, const NodeFacts& facts) {
  run.out << "endure " << version() << " is ready after " << facts.ready_after_ms << " ms: http "
          << facts.http << ", workers " << facts.workers << ", data " << facts.folder
          << (facts.cluster.empty() ? "" : ", node " + facts.cluster)
          << (run.temporary_data ? " (removed at the end; --data DIR keeps it)" : "") << " ("
          << facts.durability << " durability), recovered " << facts.workflows << " workflows, "
          << facts.steps << " steps, " << facts.timers << " timers" << std::endl;
  log(Level::info, "node ready",
      {{"version", version()},
       {"http", facts.http},
       {"workers", facts.workers},
       {"data", facts.folder},
       {"durability", facts.durability},
       {"epoch", facts.epoch},
       {"workflows", facts.workflows},
       {"steps", facts.steps},
       {"dead_letters", facts.dead_letters},
       {"timers", facts.timers},
       {"ready_after_ms", facts.ready_after_ms}});
  if (facts.durability == "relaxed") {
    log(Level::warning, "relaxed durability: a crash of the machine loses the last commits");
  }
}

int fail_stop(const NodeRun& run, const Error& error) {
  log(Level::error, "node failed",
      {{"code", to_string(error.code)}, {"what", error.what}, {"where", error.where}});
  run.err << "endure: the node stops: " << (error.where.empty() ? "" : error.where + ": ")
          << error.what << '\n';
  return cli::exit_error;
}

// Waits for the reason to stop; the exit code that it means.
int wait_for_end(const NodeRun& run, StopSignal& stop) {
  const StopSignal::Reason reason = stop.wait();
  if (const Error* error = std::get_if<Error>(&reason)) return fail_stop(run, *error);
  log(Level::info, "node stopping",
      {{"signal", std::get<int>(reason) == SIGTERM ? "SIGTERM" : "SIGINT"},
       {"timeout", config::duration_text(run.config.node.shutdown_ms)}});
  return cli::exit_ok;
}

int serve(const NodeRun& run, StopSignal& stop) {
  auto node = Node::open(run.config, [&stop](const Error& error) { stop.fail(error); });
  if (!node) return refuse(run, node.error());
  stop.start(run.config.node.shutdown_ms, failed_shutdown_ms);
  const NodeFacts facts = (*node)->facts();
  if (const auto written = write_node_file(facts); !written) return refuse(run, written.error());
  announce(run, facts);
  int code = wait_for_end(run, stop);
  remove_node_file(facts);
  (*node)->stop();
  if (const auto late = stop.failure(); late && code == cli::exit_ok) code = fail_stop(run, *late);
  log(Level::info, "node stopped", {{"exit_code", code}});
  return code;
}

}  // namespace

int run_node(const NodeRun& run) {
  StopSignal stop;
  if (const auto opened = open_log(log_config(run.config.log)); !opened) {
    return refuse(run, opened.error());
  }
  const int code = serve(run, stop);
  close_log();
  if (run.temporary_data) {
    std::error_code ignored;
    std::filesystem::remove_all(run.config.data.folder, ignored);
  }
  return code;
}

}  // namespace endure
