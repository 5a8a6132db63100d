// node, dev
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "runtime/cli/node_options.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/node_process.hpp"

namespace endure::cli {
namespace {

std::string fresh_folder(Context& context) {
  std::error_code ignored;
  std::string name = (std::filesystem::temp_directory_path(ignored) / "endure-dev-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw ExitWith{report(context, exit_error, "no folder can be made for the data: " + name,
                          "name one with --data DIR")};
  }
  return name;
}

int serve(Context& context, const NodeOptions& options, bool dev) {
  config::Loaded loaded = load_or_exit(context, options);
  const bool temporary = dev && !loaded.origins.contains("data.folder");
  if (temporary) loaded.config.data.folder = fresh_folder(context);
  return run_node({std::move(loaded.config), temporary, context.out, context.err});
}

}  // namespace

void add_node_verbs(Verb app, Context& context) {
  const auto options = std::make_shared<NodeOptions>();
  const Verb node = app.verb("node", "Run a node until SIGTERM or Ctrl-C",
                             "  endure node --config /etc/endure.yaml\n"
                             "  endure node --data /var/lib/endure --listen 127.0.0.1:8080\n"
                             "  endure node --set engine.retention=90d --set log.format=json");
  add_node_options(node, *options);
  node.on_run(context, [&context, options] { return serve(context, *options, false); });

  const Verb dev = app.verb("dev", "Run a node to try things; its data is gone at the end",
                            "  endure dev\n"
                            "  endure dev --data ./data        (keeps the data)\n"
                            "  endure dev --listen 127.0.0.1:0 --worker-listen tcp://127.0.0.1:0");
  add_node_options(dev, *options);
  dev.on_run(context, [&context, options] { return serve(context, *options, true); });
}

}  // namespace endure::cli
