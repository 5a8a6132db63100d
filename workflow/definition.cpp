#include "workflow/definition.hpp"

#include <algorithm>
#include <utility>

#include "workflow/parse/context.hpp"
#include "workflow/parse/deploy_expressions.hpp"
#include "workflow/parse/document.hpp"
#include "workflow/parse/extensions.hpp"
#include "workflow/parse/fields.hpp"
#include "workflow/parse/header.hpp"
#include "workflow/parse/reusable.hpp"
#include "workflow/parse/task.hpp"
#include "workflow/parse/use_functions.hpp"

namespace endure::workflow {

namespace {

void read_tasks(parse::Context& context, parse::Fields& workflow) {
  const auto list = workflow.require("do", "a list of named tasks");
  try {
    if (list) parse::parse_body(context, 0, *list);
    parse::check_unused_functions(context);
    parse::read_extensions(context);
  } catch (const parse::TooMany&) {
    // The problem is noted; what follows in the text stays unread.
  }
}

std::vector<std::string> queues_of(const std::vector<Task>& tasks) {
  std::vector<std::string> queues;
  for (const Task& task : tasks) {
    const auto* call = std::get_if<CallFunctionTask>(&task.body);
    if (call == nullptr) continue;
    if (std::find(queues.begin(), queues.end(), call->queue) == queues.end()) {
      queues.push_back(call->queue);
    }
  }
  return queues;
}

}  // namespace

std::string to_string(const DefinitionRef& ref) {
  return ref.ns + "/" + ref.name + ":" + ref.version;
}

std::string to_string(const Problem& problem) {
  std::string where = problem.line > 0 ? "line " + std::to_string(problem.line) : "";
  if (!problem.pointer.empty()) where += (where.empty() ? "" : ", ") + problem.pointer;
  return where.empty() ? problem.what : where + ": " + problem.what;
}

tl::expected<std::shared_ptr<const Definition>, std::vector<Problem>> parse_definition(
    const std::string& text, Expressions& expressions, const ParseLimits& limits,
    ExternalResources* resources) {
  auto document = parse::read_document(text, limits);
  if (!document) return tl::unexpected(std::vector<Problem>{std::move(document.error())});

  parse::Problems problems(document->lines);
  for (Problem& problem : document->problems) problems.add(std::move(problem));
  parse::DeployExpressions compiler(expressions, parse::declared_secrets(document->json));
  parse::Context context{compiler, limits, problems, document->json, resources};
  auto definition = std::make_shared<Definition>();
  parse::Fields workflow(context, {&document->json, ""}, "a definition");
  if (workflow.is_object()) {
    parse::read_header(context, workflow, *definition);
    parse::read_evaluation(context, workflow);
    parse::read_workflow_members(context, workflow, *definition);
    parse::check_reusables(context, workflow);
    read_tasks(context, workflow);
    workflow.finish();
  }
  if (!problems.empty()) return tl::unexpected(problems.take());

  definition->tasks = std::move(context.tasks);
  definition->extensions = std::move(context.extensions);
  definition->resources = std::move(context.resolved);
  definition->queues = queues_of(definition->tasks);
  definition->secrets = parse::declared_secrets(document->json);
  definition->document = Value(std::move(document->json));
  definition->source = text;
  definition->needs_jq = compiler.needs_jq();
  return definition;
}

}  // namespace endure::workflow
