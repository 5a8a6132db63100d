// `call: mcp` and `call: a2a`.
#include <string>
#include <vector>

#include "workflow/parse/call_protocol.hpp"
#include "workflow/parse/duration.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

const std::vector<std::string> mcp_methods = {"tools/list",
                                              "tools/call",
                                              "prompts/list",
                                              "prompts/get",
                                              "resources/list",
                                              "resources/read",
                                              "resources/templates/list"};

const std::vector<std::string> a2a_methods = {"message/send",
                                              "message/stream",
                                              "tasks/get",
                                              "tasks/list",
                                              "tasks/cancel",
                                              "tasks/resubscribe",
                                              "tasks/pushNotificationConfig/set",
                                              "tasks/pushNotificationConfig/get",
                                              "tasks/pushNotificationConfig/list",
                                              "tasks/pushNotificationConfig/delete",
                                              "agent/getAuthenticatedExtendedCard"};

void add_method(Context& context, Fields& with, const std::vector<std::string>& methods,
                ArgumentsBuilder& arguments) {
  const auto method = with.require("method", "the method to call");
  if (method && read_choice(context, *method, methods)) arguments.add("method", method);
}

// An object, or an expression that gives one.
void add_parameters(Context& context, Fields& with, ArgumentsBuilder& arguments) {
  const auto parameters = with.take("parameters");
  if (!parameters) return;
  const auto& json = parameters->json();
  if (json.is_string() && !enclosed(json.get<std::string>())) {
    context.problems.add(parameters->pointer, "expected an object or `${ … }`, found plain text");
    return;
  }
  arguments.add_object("parameters", parameters);
}

void parse_stdio(Context& context, const Node& node, CallProtocolTask& body,
                 ArgumentsBuilder& arguments) {
  Fields fields(context, node, "`stdio`");
  if (!fields.is_object()) return;
  ArgumentsBuilder stdio(context);
  stdio.add_text("command", fields.require("command", "the program to run"));
  stdio.add_texts("arguments", fields.take("arguments"));
  stdio.add_pairs("environment", fields.take("environment"));
  fields.finish();
  body.queue = "endure.mcp";
  arguments.add("stdio", stdio.take());
}

void parse_http(Context& context, const Node& node, CallProtocolTask& body,
                ArgumentsBuilder& arguments) {
  Fields fields(context, node, "`http`");
  if (!fields.is_object()) return;
  if (const auto endpoint = fields.require("endpoint", "a URI or {uri, authentication}")) {
    body.endpoints.emplace_back("endpoint", read_endpoint(context, *endpoint));
  }
  arguments.add_pairs("headers", fields.take("headers"));
  fields.finish();
}

void parse_transport(Context& context, const Node& node, CallProtocolTask& body,
                     ArgumentsBuilder& arguments) {
  Fields transport(context, node, "`transport`");
  if (!transport.is_object()) return;
  const auto http = transport.take("http");
  const auto stdio = transport.take("stdio");
  const auto options = transport.take("options");
  if (options && !options->json().empty()) {
    context.problems.unsupported(options->pointer, "an option of an MCP transport");
  }
  transport.finish();
  if (http.has_value() == stdio.has_value()) {
    context.problems.add(node.pointer, "expected exactly one of http, stdio");
    return;
  }
  if (http) {
    parse_http(context, *http, body, arguments);
  } else {
    parse_stdio(context, *stdio, body, arguments);
  }
}

}  // namespace

void parse_mcp(Context& context, Fields& with, CallProtocolTask& body) {
  ArgumentsBuilder arguments(context);
  arguments.add("call", constant("mcp"));
  arguments.add_text("protocolVersion", with.take("protocolVersion"));
  add_method(context, with, mcp_methods, arguments);
  add_parameters(context, with, arguments);
  if (const auto timeout = with.take("timeout")) {
    read_duration(context, *timeout);
    arguments.add("timeout", timeout);
  }
  if (const auto transport = with.require("transport", "{http: …} or {stdio: …}")) {
    parse_transport(context, *transport, body, arguments);
  }
  if (const auto client = with.take("client")) {
    Fields fields(context, *client, "`client`");
    if (fields.is_object()) {
      for (const char* key : {"name", "version"}) {
        if (const auto text = fields.require(key, "text")) read_text(context, *text, "text");
      }
      fields.finish();
      arguments.add("client", client);
    }
  }
  body.arguments = arguments.take();
}

void parse_a2a(Context& context, Fields& with, CallProtocolTask& body) {
  ArgumentsBuilder arguments(context);
  arguments.add("call", constant("a2a"));
  add_method(context, with, a2a_methods, arguments);
  const auto card = with.take("agentCard");
  const auto server = with.take("server");
  if (card) {
    body.endpoints.emplace_back("agentCard", read_resource(context, *card, "`agentCard`"));
  }
  if (server) {
    auto endpoint = read_endpoint(context, *server);
    if (!card) body.endpoints.emplace_back("server", std::move(endpoint));
  }
  if (!card && !server) {
    context.problems.add(with.node().pointer, "expected `agentCard` or `server`: whom to call");
  }
  add_parameters(context, with, arguments);
  body.arguments = arguments.take();
}

}  // namespace endure::workflow::parse
