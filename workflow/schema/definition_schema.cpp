#include "workflow/definition_schema.hpp"

#include <utility>

#include "workflow/schema/definition_parts.hpp"

namespace endure::workflow {
namespace {

// What every task may have.
Json common_members() {
  return Json::parse(R"json({
    "if": {"$ref": "#/$defs/expression", "description": "The task runs only if this holds for its raw input."},
    "input": {"$ref": "#/$defs/input"},
    "output": {"$ref": "#/$defs/output"},
    "export": {"$ref": "#/$defs/export"},
    "timeout": {"$ref": "#/$defs/timeout"},
    "then": {"$ref": "#/$defs/flow"},
    "metadata": {"$ref": "#/$defs/taskMetadata"}
  })json");
}

// A task is one of the kinds: its members, those of every task, and no others.
Json task() {
  Json kinds = Json::array();
  const Json parts = Json::parse(schema::task_kinds);
  for (const auto& [kind, part] : parts.items()) {
    Json one = part;
    one["type"] = "object";
    one["title"] = kind;
    one["properties"].update(common_members());
    one["additionalProperties"] = false;
    kinds.push_back(std::move(one));
  }
  return {{"oneOf", std::move(kinds)}};
}

Json whole() {
  Json json = Json::parse(schema::workflow_parts);
  json["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  json["title"] = "Definition of a workflow";
  json["description"] =
      "A definition in the Open Workflow DSL 1.0, as this version of Endure accepts it.";
  json["$defs"] = Json::parse(schema::shared_parts);
  json["$defs"]["task"] = task();
  return json;
}

}  // namespace

const Json& definition_schema() {
  static const Json schema = whole();
  return schema;
}

}  // namespace endure::workflow
