#include <algorithm>
#include <string>
#include <vector>

#include "workflow/parse/names.hpp"
#include "workflow/parse/reusable.hpp"
#include "workflow/parse/runtime_expression.hpp"
#include "workflow/parse/task.hpp"
#include "workflow/parse/uri_template.hpp"

namespace endure::workflow::parse {

namespace {

const std::vector<std::string> methods = {"GET",    "POST", "PUT",    "PATCH",
                                          "DELETE", "HEAD", "OPTIONS"};

std::string read_method(Context& context, const Node& node) {
  auto text = read_text(context, node, "text (an HTTP method)").value_or("GET");
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (std::find(methods.begin(), methods.end(), text) == methods.end()) {
    context.problems.add(node.pointer, shown(text) + " is no method here" + hint(text, methods));
  }
  return text;
}

Template read_uri(Context& context, const Node& node) {
  const auto text = read_text(context, node, "text (a URI)");
  if (!text) return {};
  if (!enclosed(*text)) check_http_endpoint(context, node, *text);
  return read_template(context, node).value_or(Template{});
}

void read_endpoint(Context& context, const Node& node, CallHttpTask& body) {
  if (!node.json().is_object()) {
    body.endpoint = read_uri(context, node);
    return;
  }
  Fields fields(context, node, "an endpoint");
  if (const auto uri = fields.require("uri", "http://… or https://…")) {
    body.endpoint = read_uri(context, *uri);
  }
  if (const auto authentication = fields.take("authentication")) {
    if (auto read = read_authentication_or_use(context, *authentication)) {
      body.authentication = *std::move(read);
    }
  }
  fields.finish();
}

// Headers and query: an object of simple values, or one expression that gives such an object.
Template read_pairs(Context& context, const std::optional<Node>& node, bool numbers) {
  if (!node) return constant(Json::object());
  if (node->json().is_string()) {
    if (!enclosed(node->json().get<std::string>())) {
      context.problems.add(node->pointer, "expected an object or `${ … }`, found plain text");
    }
    return read_template(context, *node).value_or(Template{});
  }
  Fields fields(context, *node, "names with their values");
  if (!fields.is_object()) return {};
  for (const auto& [name, value] : node->json().items()) {
    if (value.is_string() || (numbers && value.is_primitive() && !value.is_null())) continue;
    context.problems.add(node->below(name),
                         "expected text" +
                             std::string(numbers ? ", a number or a truth value" : "") +
                             ", found " + type_name(value) + (numbers ? "" : "; quote it"));
  }
  return read_template(context, *node).value_or(Template{});
}

}  // namespace

CallHttpTask parse_call_http(Context& context, const std::optional<Node>& with,
                             const std::string& task_pointer) {
  CallHttpTask body;
  if (!with) {
    context.problems.add(task_pointer, "`call: http` needs `with`: its method and endpoint");
    return body;
  }
  Fields fields(context, *with, "`with` of an HTTP call");
  if (const auto method = fields.require("method", "an HTTP method such as get")) {
    body.method = read_method(context, *method);
  }
  if (const auto endpoint = fields.require("endpoint", "a URI or {uri, authentication}")) {
    read_endpoint(context, *endpoint, body);
  }
  body.headers = read_pairs(context, fields.take("headers"), false);
  body.query = read_pairs(context, fields.take("query"), true);
  if (const auto content = fields.take("body")) body.body = read_template(context, *content);
  if (const auto output = fields.take("output")) {
    using Output = CallHttpTask::Output;
    constexpr Output outputs[] = {Output::content, Output::response, Output::raw};
    body.output =
        outputs[read_choice(context, *output, {"content", "response", "raw"}).value_or(0)];
  }
  if (const auto redirect = fields.take("redirect")) {
    body.redirect = read_boolean(context, *redirect).value_or(false);
  }
  fields.finish();
  return body;
}

}  // namespace endure::workflow::parse
