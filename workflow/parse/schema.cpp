#include "workflow/parse/schema.hpp"

#include <string>

#include "workflow/parse/fields.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/resources.hpp"

namespace endure::workflow::parse {

namespace {

void read_format(Context& context, const Node& node) {
  const auto text = read_text(context, node, "text (json)");
  if (!text || *text == "json" || *text == "json:2020-12") return;
  context.problems.unsupported(node.pointer, "the schema format " + shown(*text) +
                                                 " (expected json, which is JSON Schema 2020-12)");
}

std::shared_ptr<const JsonSchema> compiled(Context& context, const Json& document,
                                           const Node& place, const std::string& inside) {
  const auto known = context.schemas.find(&document);
  if (known != context.schemas.end()) return known->second;
  auto schema = JsonSchema::compile(document);
  if (!schema) {
    for (const auto& finding : schema.error()) {
      if (inside.empty()) {
        context.problems.add(place.pointer + finding.pointer, finding.what);
      } else {
        context.problems.add(place.pointer, inside + (finding.pointer.empty() ? "" : ", ") +
                                                finding.pointer + ": " + finding.what);
      }
    }
  }
  auto result = schema ? *schema : nullptr;
  context.schemas.emplace(&document, result);
  return result;
}

std::shared_ptr<const JsonSchema> read_external(Context& context, const Node& node) {
  Fields fields(context, node, "`resource`");
  if (const auto name = fields.take("name")) read_text(context, *name, "text");
  const auto endpoint = fields.require("endpoint", "a URI or {uri, authentication}");
  fields.finish();
  if (!endpoint) return nullptr;
  const auto address = read_address(context, *endpoint);
  if (!address) return nullptr;
  const Document* document = read_resource(context, *endpoint, *address, "the schema");
  if (document == nullptr) return nullptr;
  return compiled(context, document->json, *endpoint, "the schema at " + address->uri);
}

}  // namespace

std::shared_ptr<const JsonSchema> read_schema(Context& context, const Node& node) {
  Fields fields(context, node, "`schema`");
  if (!fields.is_object()) return nullptr;
  if (const auto format = fields.take("format")) read_format(context, *format);
  const auto document = fields.take("document");
  const auto resource = fields.take("resource");
  fields.finish();
  if (document && resource) {
    context.problems.add(node.pointer,
                         "expected either `document` or `resource`; here it is not clear which of "
                         "them counts");
    return nullptr;
  }
  if (document) return compiled(context, document->json(), *document, {});
  if (resource) return read_external(context, *resource);
  context.problems.add(node.pointer, "`schema` needs `document` (the schema itself) or `resource`");
  return nullptr;
}

}  // namespace endure::workflow::parse
