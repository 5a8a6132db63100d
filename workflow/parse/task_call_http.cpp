#include <algorithm>
#include <string>
#include <vector>

#include "workflow/parse/endpoint.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/runtime_expression.hpp"
#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

namespace {

const std::vector<std::string> methods = {"GET",    "POST", "PUT",    "PATCH",
                                          "DELETE", "HEAD", "OPTIONS"};

std::string read_method(Context& context, const Node& node, Template& from) {
  auto text = read_text(context, node, "text (an HTTP method)").value_or("GET");
  if (enclosed(text)) {
    from = read_template(context, node).value_or(Template{});
    return {};
  }
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (std::find(methods.begin(), methods.end(), text) == methods.end()) {
    context.problems.add(node.pointer, shown(text) + " is no method here" + hint(text, methods));
  }
  return text;
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
    body.method = read_method(context, *method, body.method_from);
  }
  if (const auto endpoint = fields.require("endpoint", "a URI or {uri, authentication}")) {
    body.endpoint = read_endpoint(context, *endpoint);
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
