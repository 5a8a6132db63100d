#include "workflow/json_schema.hpp"

#include <utility>

#include "workflow/schema/checker.hpp"
#include "workflow/schema/compiler.hpp"
#include "workflow/schema/node.hpp"

namespace endure::workflow {

tl::expected<std::shared_ptr<const JsonSchema>, std::vector<JsonSchema::Finding>>
JsonSchema::compile(const Json& document) {
  schema::Compiler compiler(document);
  auto nodes = std::make_unique<Nodes>();
  nodes->list = compiler.compile();
  if (!compiler.findings().empty()) return tl::unexpected(std::move(compiler.findings()));
  for (const auto& node : nodes->list) {
    nodes->tracks = nodes->tracks || node.unevaluated_items || node.unevaluated_properties;
  }
  return std::shared_ptr<const JsonSchema>(new JsonSchema(std::move(nodes)));
}

JsonSchema::JsonSchema(std::unique_ptr<const Nodes> nodes) : nodes_(std::move(nodes)) {}
JsonSchema::~JsonSchema() = default;

std::vector<JsonSchema::Finding> JsonSchema::check(const Json& value) const {
  return schema::Checker(nodes_->list, nodes_->tracks).check(value);
}

std::string to_string(const std::vector<JsonSchema::Finding>& findings) {
  std::string text;
  for (const auto& finding : findings) {
    if (!text.empty()) text += "; ";
    if (!finding.pointer.empty()) text += finding.pointer + ": ";
    text += finding.what;
  }
  return text;
}

}  // namespace endure::workflow
