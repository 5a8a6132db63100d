#include "workflow/parse/call_protocol.hpp"

#include "workflow/parse/names.hpp"
#include "workflow/parse/reusable.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

bool is_expression(const Node& node) {
  return node.json().is_string() && enclosed(node.json().get<std::string>()).has_value();
}

}  // namespace

void ArgumentsBuilder::add(const std::string& key, const std::optional<Node>& node) {
  if (!node) return;
  if (auto read = read_template(context_, *node)) add(key, *std::move(read));
}

void ArgumentsBuilder::add_object(const std::string& key, const std::optional<Node>& node) {
  if (node && !is_expression(*node)) Fields(context_, *node, "`" + key + "`");
  add(key, node);
}

void ArgumentsBuilder::add_text(const std::string& key, const std::optional<Node>& node) {
  if (node && read_text(context_, *node, "text or an expression")) add(key, node);
}

void ArgumentsBuilder::add_texts(const std::string& key, const std::optional<Node>& node) {
  if (!node) return;
  if (!is_expression(*node)) {
    if (!check_list(context_, *node, "a list of texts")) return;
    for (std::size_t i = 0; i < node->json().size(); ++i) {
      read_text(context_, node->item(i), "text or an expression");
    }
  }
  add(key, node);
}

void ArgumentsBuilder::add_pairs(const std::string& key, const std::optional<Node>& node) {
  if (!node) return;
  if (!is_expression(*node)) {
    if (!Fields(context_, *node, "`" + key + "`").is_object()) return;
    for (const auto& [name, value] : node->json().items()) {
      read_text(context_, {&value, node->below(name)}, "text or an expression");
    }
  }
  add(key, node);
}

void ArgumentsBuilder::add_authentication(const std::optional<Node>& node) {
  if (!node) return;
  if (auto read = read_authentication_or_use(context_, *node)) {
    add("authentication", *std::move(read));
  }
}

void ArgumentsBuilder::add_output(Fields& with) {
  if (const auto output = with.take("output")) {
    read_choice(context_, *output, {"content", "response", "raw"});
    add("output", output);
  }
  if (const auto redirect = with.take("redirect")) {
    read_boolean(context_, *redirect);
    add("redirect", redirect);
  }
}

void parse_openapi(Context& context, Fields& with, CallProtocolTask& body) {
  ArgumentsBuilder arguments(context);
  arguments.add("call", constant("openapi"));
  if (const auto document = with.require("document", "{endpoint: …} of an OpenAPI document")) {
    body.endpoints.emplace_back("document", read_resource(context, *document, "`document`"));
  }
  arguments.add_text("operationId", with.require("operationId", "the operation to call"));
  arguments.add_object("parameters", with.take("parameters"));
  arguments.add_authentication(with.take("authentication"));
  arguments.add_output(with);
  body.arguments = arguments.take();
}

TaskBody parse_call_protocol(Context& context, TaskSource& task, const std::string& name,
                             const std::optional<Node>& with) {
  CallProtocolTask body;
  body.queue = "endure.http";
  if (!with) {
    context.problems.add(task.fields.node().pointer, "`call: " + name + "` needs `with`");
    return body;
  }
  Fields fields(context, *with, "`with` of " + shown("call: " + name));
  if (!fields.is_object()) return body;
  if (name == "asyncapi") {
    body.protocol = CallProtocolTask::Protocol::asyncapi;
    return parse_asyncapi(context, task, fields, std::move(body));
  }
  if (name == "openapi") {
    parse_openapi(context, fields, body);
  } else if (name == "mcp") {
    body.protocol = CallProtocolTask::Protocol::mcp;
    parse_mcp(context, fields, body);
  } else {
    body.protocol = CallProtocolTask::Protocol::a2a;
    parse_a2a(context, fields, body);
  }
  fields.finish();
  return body;
}

}  // namespace endure::workflow::parse
