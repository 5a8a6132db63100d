#include <string>

#include "workflow/parse/reusable.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

std::optional<Template> take_text(Context& context, Fields& fields, const std::string& key) {
  const auto found = fields.take(key);
  if (!found) return std::nullopt;
  return read_text_template(context, *found, "text");
}

}  // namespace

ErrorTemplate read_error(Context& context, const Node& node) {
  Fields fields(context, node, "an error");
  ErrorTemplate error;
  if (const auto type = fields.require("type", "a URI that identifies the kind of error")) {
    if (auto read = read_text_template(context, *type, "text (a URI)")) error.type = *read;
    if (type->json() == Json(""))
      context.problems.add(type->pointer, "expected a URI, found empty text");
  }
  if (const auto status = fields.require("status", "a number such as 400 or 503")) {
    if (status->json().is_string() && enclosed(status->json().get<std::string>())) {
      if (auto read = read_template(context, *status)) error.status = *read;
    } else if (const auto number = read_integer(context, *status, 100, 999)) {
      error.status = constant(Json(*number));
    }
  }
  error.title = take_text(context, fields, "title");
  error.detail = take_text(context, fields, "detail");
  error.instance = take_text(context, fields, "instance");
  fields.finish();
  return error;
}

ErrorTemplate read_error_or_name(Context& context, const Node& node) {
  if (!node.json().is_string()) return read_error(context, node);
  const auto name = node.json().get<std::string>();
  if (const auto declared = context.reusable("errors", name)) return read_error(context, *declared);
  context.note_undeclared(node, "errors", name);
  return {};
}

}  // namespace endure::workflow::parse
