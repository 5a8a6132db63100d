#include "runtime/cli/cli.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <optional>
#include <ostream>

#include "config/nearest.hpp"
#include "runtime/cli/exit_code.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/version.hpp"

namespace endure::cli {
namespace {

constexpr const char* footer =
    R"(Start here:
  endure dev                                  a node on this machine, to try things
  endure deploy hello.yaml                    make a definition known
  endure run hello --input '{"name": "you"}'  start a workflow and wait for its output
  endure doctor                               what is stuck, why, and what to do

Exit codes: 0 ok, 1 error, 2 wrong usage or input, 3 not found, 4 conflict, 5 node unreachable,
6 try again later or timed out, 7 findings (doctor, verify), 8 workflow ended without completing.
`endure VERB --help` shows examples.)";

void add_shared_options(CLI::App& app, Context& context) {
  app.add_option("--node", context.node,
                 "The node: a URL, host:port, or its data folder (else $ENDURE_NODE, else "
                 "http://127.0.0.1:7450)");
  app.add_option("--token", context.token, "The node's bearer token (else $ENDURE_TOKEN)");
  app.add_option_function<std::string>(
         "-o,--output", [&context](const std::string& format) { context.json = format == "json"; },
         "`table` for people, `json` (what the API answers) for programs")
      ->check(CLI::IsMember({"table", "json"}));
  app.set_version_flag("--version", "endure " + std::string(version()));
}

std::optional<Verb> find_verb(Verb group, const std::string& name) {
  for (const Verb& verb : group.verbs()) {
    if (verb.name() == name) return verb;
  }
  return std::nullopt;
}

// Says what is wrong with a command line that CLI11 could not read. A mistyped verb is looked for
// first, since CLI11 only says that one is missing.
int explain(Verb app, const std::vector<std::string>& args, const std::string& what,
            Context& context) {
  Verb at = app;
  std::string command = "endure";
  for (std::size_t i = 0; i < args.size(); ++i) {
    const bool has_value =
        args[i] == "--node" || args[i] == "--token" || args[i] == "--output" || args[i] == "-o";
    if (has_value) ++i;
    if (has_value || args[i].starts_with('-')) continue;
    if (at.verbs().empty()) break;  // a verb, whose arguments follow
    const auto verb = find_verb(at, args[i]);
    if (!verb) {
      std::vector<std::string> names;
      for (const Verb& known : at.verbs()) names.push_back(known.name());
      const std::string near = config::nearest(args[i], names);
      return report(context, exit_usage, "there is no verb `" + command + " " + args[i] + "`",
                    near.empty() ? "`" + command + " --help`"
                                 : "did you mean `" + command + " " + near + "`?");
    }
    at = *verb;
    command += " " + verb->name();
  }
  return report(context, exit_usage, what, "`" + command + " --help`");
}

void add_all_verbs(Verb app, Context& context) {
  add_node_verbs(app, context);
  add_config_verbs(app, context);
  add_validate_verb(app, context);
  add_definition_verbs(app, context);
  add_start_verbs(app, context);
  add_workflow_verbs(app, context);
  add_history_verbs(app, context);
  add_send_verb(app, context);
  add_events_verb(app, context);
  add_control_verbs(app, context);
  add_schedule_verbs(app, context);
  add_migrate_verb(app, context);
  add_queue_verbs(app, context);
  add_dead_verbs(app, context);
  add_stats_verbs(app, context);
  add_doctor_verb(app, context);
  add_volume_verbs(app, context);
  add_worker_verb(app, context);
  add_cluster_verbs(app, context);
  add_bench_verb(app, context);
  add_program_verbs(app, context);
}

void set_up(CLI::App& app, Context& context) {
  app.require_subcommand(1);
  app.fallthrough();  // shared options may stand behind the verb
  app.footer(footer);
  app.get_formatter()->column_width(34);
  add_shared_options(app, context);
  add_all_verbs(Verb(app), context);
}

}  // namespace

int run(const std::vector<std::string>& args, Context& context) {
  CLI::App app("Endure: a runtime for durable agents", "endure");
  set_up(app, context);
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));  // it takes them from the back
  } catch (const CLI::Success& asked) {                               // --help, --version
    return app.exit(asked, context.out, context.err);
  } catch (const CLI::ParseError& e) {
    return explain(Verb(app), args, e.what(), context);
  }
  return context.exit_code;
}

}  // namespace endure::cli
