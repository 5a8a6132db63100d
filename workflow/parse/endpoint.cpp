#include "workflow/parse/endpoint.hpp"

#include <string>

#include "workflow/parse/fields.hpp"
#include "workflow/parse/reusable.hpp"
#include "workflow/parse/runtime_expression.hpp"
#include "workflow/parse/uri_template.hpp"

namespace endure::workflow::parse {

namespace {

Template read_uri(Context& context, const Node& node) {
  const auto text = read_text(context, node, "text (a URI)");
  if (!text) return {};
  if (!enclosed(*text)) check_http_endpoint(context, node, *text);
  return read_template(context, node).value_or(Template{});
}

}  // namespace

Endpoint read_endpoint(Context& context, const Node& node) {
  Endpoint endpoint;
  if (!node.json().is_object()) {
    endpoint.uri = read_uri(context, node);
    return endpoint;
  }
  Fields fields(context, node, "an endpoint");
  if (const auto uri = fields.require("uri", "http://… or https://…")) {
    endpoint.uri = read_uri(context, *uri);
  }
  if (const auto authentication = fields.take("authentication")) {
    if (auto read = read_authentication_or_use(context, *authentication)) {
      endpoint.authentication = *std::move(read);
    }
  }
  fields.finish();
  return endpoint;
}

Endpoint read_resource(Context& context, const Node& node, const std::string& what) {
  Endpoint endpoint;
  Fields fields(context, node, what);
  if (!fields.is_object()) return endpoint;
  if (const auto name = fields.take("name")) read_text(context, *name, "text");
  if (const auto found = fields.require("endpoint", "a URI or {uri, authentication}")) {
    endpoint = read_endpoint(context, *found);
  }
  fields.finish();
  return endpoint;
}

}  // namespace endure::workflow::parse
