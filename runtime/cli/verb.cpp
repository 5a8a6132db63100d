#include "runtime/cli/verb.hpp"

#include "runtime/cli/report.hpp"

namespace endure::cli {

CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& summary,
                   const std::string& examples) {
  CLI::App* verb = parent.add_subcommand(name, summary);
  verb->footer("Examples:\n" + examples);
  return verb;
}

CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& summary) {
  CLI::App* group = parent.add_subcommand(name, summary);
  group->require_subcommand(1);
  return group;
}

void on_run(CLI::App* verb, Context& context, std::function<int()> run) {
  verb->callback([&context, run = std::move(run)] {
    try {
      context.exit_code = run();
    } catch (const ExitWith& end) {
      context.exit_code = end.code;
    }
  });
}

void add_namespace(CLI::App* verb, std::string& ns) {
  verb->add_option("-n,--namespace", ns, "The namespace, where the name does not begin with one")
      ->capture_default_str();
}

}  // namespace endure::cli
