#include "runtime/cli/node_options.hpp"

#include <ostream>

#include "runtime/cli/report.hpp"
#include "runtime/cli/verb.hpp"

namespace endure::cli {

void add_node_options(Verb verb, NodeOptions& options) {
  verb.option("-c,--config", options.file, "The YAML file with the node's settings");
  verb.option("--data", options.data, "The data folder (data.folder)");
  verb.option("--listen", options.listen, "host:port of the HTTP API (http.listen)");
  verb.option("--worker-listen", options.worker_listen,
              "tcp://host:port of the worker gateway (worker.listen)");
  verb.option("--set", options.set, "Any setting, as NAME=VALUE; may be repeated")
      .take_all()
      .expected(1);
}

config::Loaded load_or_exit(Context& context, const NodeOptions& options) {
  config::Sources sources{{}, context.environment, {}};
  if (!options.file.empty()) sources.file = options.file;
  const auto add = [&](const char* name, const std::string& value, const char* option) {
    if (!value.empty()) sources.overrides.push_back({name, value, option});
  };
  add("data.folder", options.data, "--data");
  add("http.listen", options.listen, "--listen");
  add("worker.listen", options.worker_listen, "--worker-listen");
  for (const std::string& pair : options.set) {
    const auto equals = pair.find('=');
    if (equals == pair.npos) {
      throw ExitWith{report(context, exit_usage, "--set needs NAME=VALUE, not '" + pair + "'")};
    }
    sources.overrides.push_back({pair.substr(0, equals), pair.substr(equals + 1), "--set"});
  }
  auto loaded = config::load(sources);
  if (!loaded) {
    if (context.json) {
      Json errors = Json::array();
      for (const config::Problem& p : loaded.error()) {
        errors.push_back({{"source", p.source}, {"name", p.name}, {"detail", p.what}});
      }
      print_json(context, Json{{"valid", false}, {"errors", errors}});
    }
    for (const config::Problem& problem : loaded.error()) {
      context.err << "endure: " << config::to_string(problem) << '\n';
    }
    throw ExitWith{exit_usage};
  }
  for (const config::Problem& warning : loaded->warnings) {
    context.err << "endure: " << config::to_string(warning) << '\n';
  }
  return std::move(*loaded);
}

}  // namespace endure::cli
