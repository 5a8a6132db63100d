// config show|validate|reference
#include <memory>
#include <ostream>

#include "config/show.hpp"
#include "runtime/cli/node_options.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

int show_config(Context& context, const NodeOptions& options) {
  const config::Loaded loaded = load_or_exit(context, options);
  if (!context.json) {
    context.out << config::show(loaded);
    return exit_ok;
  }
  Json items = Json::array();
  for (const config::ShownSetting& setting : config::shown(loaded)) {
    items.push_back({{"name", setting.name}, {"value", setting.value}, {"origin", setting.origin}});
  }
  print_json(context, Json{{"items", items}});
  return exit_ok;
}

int validate_config(Context& context, const NodeOptions& options) {
  load_or_exit(context, options);
  if (context.json) {
    print_json(context, Json{{"valid", true}});
  } else {
    context.out << "the configuration is valid\n";
  }
  return exit_ok;
}

}  // namespace

void add_config_verbs(Verb app, Context& context) {
  const Verb group = app.group("config", "Show and check the configuration of a node");
  const auto options = std::make_shared<NodeOptions>();

  const Verb show = group.verb("show", "Print every setting, its value and its origin",
                               "  endure config show --config endure.yaml\n"
                               "  ENDURE_LOG_LEVEL=debug endure config show --output json");
  add_node_options(show, *options);
  show.on_run(context, [&context, options] { return show_config(context, *options); });

  const Verb validate = group.verb("validate", "Report everything that is wrong",
                                   "  endure config validate --config endure.yaml");
  add_node_options(validate, *options);
  validate.on_run(context, [&context, options] { return validate_config(context, *options); });

  const Verb reference = group.verb("reference", "Print all settings as Markdown",
                                    "  endure config reference > docs/configuration.md");
  reference.on_run(context, [&context] {
    context.out << config::reference();
    return exit_ok;
  });
}

}  // namespace endure::cli
