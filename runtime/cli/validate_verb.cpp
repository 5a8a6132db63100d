// validate: checks definitions without a node.
#include <memory>
#include <ostream>
#include <vector>

#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "workflow/definition.hpp"
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

int validate(Context& context, const std::vector<std::string>& files) {
  const auto expressions = workflow::make_expressions();
  int code = exit_ok;
  Json items = Json::array();
  for (const std::string& file : files) {
    const auto definition = workflow::parse_definition(file_text(context, file), *expressions);
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

void add_validate_verb(CLI::App& app, Context& context) {
  const auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* verb = add_verb(app, "validate", "Check definitions without a node",
                            "  endure validate hello.yaml\n  endure validate - < hello.yaml");
  verb->add_option("FILE", *files, "Definitions, YAML or JSON; - is standard input")->required();
  on_run(verb, context, [&context, files] { return validate(context, *files); });
}

}  // namespace endure::cli
