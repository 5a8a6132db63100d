#include <algorithm>

#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"
#include "runtime/http/spread.hpp"
#include "workflow/definition_schema.hpp"

namespace endure::http {

namespace {

using DefinitionPtr = std::shared_ptr<const workflow::Definition>;

Json problem_list(const std::vector<workflow::Problem>& problems) {
  Json list = Json::array();
  for (const auto& p : problems) {
    list.push_back({{"pointer", p.pointer}, {"line", p.line}, {"detail", p.what}});
  }
  return list;
}

workflow::ParseLimits parse_limits(const Limits& limits) {
  workflow::ParseLimits out;
  out.max_bytes = std::min(out.max_bytes, limits.max_body_bytes);
  out.max_depth = limits.max_depth;
  return out;
}

// The addresses alone: what was read there is part of the definition from now on.
Json resources_of(const workflow::Definition& definition) {
  Json list = Json::array();
  for (const auto& [uri, text] : definition.resources) list.push_back(uri);
  return list;
}

Json deployed(const workflow::Definition& definition) {
  return {{"namespace", definition.ref.ns},    {"name", definition.ref.name},
          {"version", definition.ref.version}, {"queues", definition.queues},
          {"tasks", definition.tasks.size()},  {"resources", resources_of(definition)}};
}

// Children whose definition is not there yet: it may be deployed later, but before they are
// started.
Json warnings(Services& services, const workflow::Definition& definition) {
  std::vector<workflow::Problem> missing;
  for (const auto& task : definition.tasks) {
    const auto* run = std::get_if<workflow::RunWorkflowTask>(&task.body);
    if (run == nullptr) continue;
    const bool itself = run->ns == definition.ref.ns && run->name == definition.ref.name &&
                        (run->version.empty() || run->version == definition.ref.version);
    const auto version = run->version.empty() ? std::nullopt : std::optional(run->version);
    if (itself || services.engine.definition(run->ns, run->name, version)) continue;
    missing.push_back({task.pointer + "/run/workflow", 0,
                       "there is no definition " + run->ns + "/" + run->name +
                           (version ? ":" + *version : "") +
                           " yet; deploy it before a workflow comes here"});
  }
  return problem_list(missing);
}

Response refused(const std::vector<workflow::Problem>& problems) {
  std::string detail = "the definition has " + std::to_string(problems.size()) +
                       (problems.size() == 1 ? " problem" : " problems");
  if (!problems.empty()) detail += "; the first: " + to_string(problems.front());
  return problem(400, "invalid", detail, problems.empty() ? "" : problems.front().pointer,
                 {{"errors", problem_list(problems)}});
}

Response deploy_here(Services& services, const Call& call, const workflow::Definition& parsed) {
  auto existing = services.store.find_definition(parsed.ref);
  if (!existing) return problem(existing.error());
  const bool is_json = call.request.header("content-type").find("json") != std::string_view::npos;
  const auto format = is_json ? workflow::SourceFormat::json : workflow::SourceFormat::yaml;
  auto definition = await<DefinitionPtr>(services.patience(call.request), [&](auto reply) {
    services.engine.deploy(format, {call.request.body, parsed.resources}, std::move(reply));
  });
  if (!definition) return problem(definition.error());
  auto answer = deployed(**definition);
  answer["warnings"] = warnings(services, **definition);
  if (services.fellows != nullptr) services.fellows->spread_definitions();
  return json_response(existing->has_value() ? 200 : 201, answer);
}

Response deploy(Services& services, const Call& call) {
  const auto& source = call.request.body;
  if (source.empty()) return problem(400, "invalid", "the body is empty; a definition is expected");
  const auto parsed = workflow::parse_definition(source, services.expressions,
                                                 parse_limits(services.limits), services.resources);
  if (!parsed) return refused(parsed.error());
  if (const auto runs = workflow::refused_runs(**parsed, services.run); !runs.empty()) {
    return refused(runs);
  }
  if (services.spread == nullptr) return deploy_here(services, call, **parsed);
  // One node of the cluster decides what a version is, and keeps the definition's schedule.
  if (const auto error = services.fellows->not_yet()) return problem(*error);
  const auto& ref = (*parsed)->ref;
  return services.spread->placed(services.spread->shard_of({ref.ns, ref.name}), call,
                                 passed_on(call.request),
                                 [&] { return deploy_here(services, call, **parsed); });
}

Response validate(Services& services, const Call& call) {
  const auto parsed = workflow::parse_definition(call.request.body, services.expressions,
                                                 parse_limits(services.limits), services.resources);
  if (!parsed) {
    return json_response(200, {{"valid", false}, {"errors", problem_list(parsed.error())}});
  }
  auto answer = deployed(**parsed);
  const auto runs = workflow::refused_runs(**parsed, services.run);
  answer["valid"] = runs.empty();
  answer["errors"] = problem_list(runs);
  answer["warnings"] = warnings(services, **parsed);
  return json_response(200, answer);
}

Response list(Services& services) {
  auto rows = services.store.definitions();
  if (!rows) return problem(rows.error());
  Json items = Json::array();
  for (const auto& row : *rows) {
    Json item = {{"namespace", row.ref.ns},
                 {"name", row.ref.name},
                 {"version", row.ref.version},
                 {"deployed", row.damaged ? Json() : Json(to_rfc3339(row.deployed))},
                 {"queues", Json::array()}};
    if (row.damaged) item["damaged"] = true;
    const auto definition = services.engine.definition(row.ref.ns, row.ref.name, row.ref.version);
    if (definition) item["queues"] = (*definition)->queues;
    items.push_back(std::move(item));
  }
  return json_response(200, {{"items", std::move(items)}});
}

Response source(Services& services, const Call& call) {
  auto row = services.store.find_definition({call["ns"], call["name"], call["version"]});
  if (!row) return problem(row.error());
  if (!row->has_value()) {
    return problem(
        {Code::not_found,
         "there is no definition " + call["ns"] + "/" + call["name"] + ":" + call["version"],
         "version"});
  }
  Response response;
  response.content_type = "application/yaml";  // JSON is YAML, too
  response.body = (*row)->source;
  return response;
}

}  // namespace

Routes schema_routes() {
  Routes routes;
  routes.push_back(
      {.method = "GET",
       .pattern = "/v1/schemas/workflow.json",
       .name = "get_workflow_schema",
       .summary = "The JSON Schema of definitions, for editors.",
       .answers = {200},
       .handler = [](const Call&) { return json_response(200, workflow::definition_schema()); }});
  return routes;
}

Routes definition_routes(Services& services) {
  Routes routes;
  routes.push_back({.method = "POST",
                    .pattern = "/v1/definitions",
                    .name = "deploy_definition",
                    .summary = "Deploys a definition; immutable by namespace, name and version.",
                    .body_kind = BodyKind::definition,
                    .answers = {201, 200, 409},
                    .handler = [&](const Call& call) { return deploy(services, call); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/definitions/validate",
                    .name = "validate_definition",
                    .summary = "Checks a definition and lists every problem; changes nothing.",
                    .body_kind = BodyKind::definition,
                    .answers = {200},
                    .handler = [&](const Call& call) { return validate(services, call); }});
  routes.push_back({.method = "GET",
                    .pattern = "/v1/definitions",
                    .name = "list_definitions",
                    .summary = "All deployed definitions.",
                    .answers = {200},
                    .handler = [&](const Call&) { return list(services); }});
  routes.push_back({.method = "GET",
                    .pattern = "/v1/definitions/{ns}/{name}/{version}",
                    .name = "get_definition",
                    .summary = "The source of a definition, as deployed.",
                    .answers = {200, 404},
                    .handler = [&](const Call& call) { return source(services, call); }});
  return routes;
}

}  // namespace endure::http
