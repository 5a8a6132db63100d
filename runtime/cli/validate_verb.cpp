// validate: checks definitions without a node.
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/resource_reader.hpp"
#include "workflow/definition.hpp"
#include "workflow/definition_schema.hpp"
#include "workflow/expressions.hpp"

namespace endure::cli {
namespace {

Json to_json(const std::string& file, const std::vector<workflow::Problem>& problems) {
  Json errors = Json::array();
  for (const workflow::Problem& problem : problems) {
    errors.push_back(
        {{"pointer", problem.pointer}, {"line", problem.line}, {"detail", problem.what}});
  }
  return Json{{"file", file}, {"valid", problems.empty()}, {"errors", errors}};
}

struct ValidateOptions {
  std::vector<std::string> files;
  bool schema = false;
  bool fetch = false;
  std::string resources, catalog;
};

// What a node would read while it deploys is read here only where that is asked for.
std::optional<runtime::ResourceReader> reader_of(const ValidateOptions& options) {
  if (!options.fetch && options.resources.empty() && options.catalog.empty()) return std::nullopt;
  runtime::ResourceConfig config;
  config.fetch = options.fetch;
  config.folder = options.resources;
  config.catalog = options.catalog;
  return runtime::ResourceReader(config);
}

int validate(Context& context, const ValidateOptions& options) {
  if (options.schema) {
    context.out << workflow::definition_schema().dump(2) << '\n';
    return exit_ok;
  }
  const auto& files = options.files;
  if (files.empty())
    return report(context, exit_usage, "FILE is missing", "endure validate --help");
  auto reader = reader_of(options);
  const auto expressions = workflow::make_expressions();
  int code = exit_ok;
  Json items = Json::array();
  for (const std::string& file : files) {
    const auto definition = workflow::parse_definition(file_text(context, file), *expressions, {},
                                                       reader ? &*reader : nullptr);
    std::vector<workflow::Problem> problems;
    if (!definition) problems = definition.error();
    if (!definition) code = exit_usage;
    if (context.json) {
      items.push_back(to_json(file, problems));
      continue;
    }
    for (const workflow::Problem& problem : problems) {
      context.err << file << ": " << one_line(workflow::to_string(problem), 2'000) << '\n';
    }
    if (definition) {
      context.out << file << ": valid (" << workflow::to_string((*definition)->ref) << ")\n";
    }
  }
  if (context.json) print_json(context, Json{{"items", items}});
  return code;
}

}  // namespace

void add_validate_verb(Verb app, Context& context) {
  const auto options = std::make_shared<ValidateOptions>();
  const Verb verb = app.verb("validate", "Check definitions without a node",
                             "  endure validate hello.yaml\n"
                             "  endure validate - < hello.yaml\n"
                             "  endure validate --schema > workflow.schema.json");
  verb.option("FILE", options->files, "Definitions, YAML or JSON; - is standard input");
  verb.flag("--schema", options->schema,
            "Print the JSON Schema of definitions, for editors, and check nothing");
  verb.flag("--fetch", options->fetch,
            "Read the functions and schemas that they name over http and https");
  verb.option("--resources", options->resources, "The folder below which file:// is read");
  verb.option("--catalog", options->catalog, "The folder of the catalog `default`");
  verb.on_run(context, [&context, options] { return validate(context, *options); });
}

}  // namespace endure::cli
