#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "workflow/parse/call_protocol.hpp"
#include "workflow/parse/call_target.hpp"
#include "workflow/parse/metadata.hpp"
#include "workflow/parse/runtime_expression.hpp"
#include "workflow/parse/task.hpp"
#include "workflow/parse/use_functions.hpp"

namespace endure::workflow::parse {

CallTarget call_target(const Context& context, const std::string& name) {
  static constexpr std::array<std::string_view, 4> protocols = {"asyncapi", "openapi", "a2a",
                                                                "mcp"};
  if (name == "http") return CallTarget::http;
  if (name == "grpc") return CallTarget::grpc;
  if (std::find(protocols.begin(), protocols.end(), name) != protocols.end()) {
    return CallTarget::protocol;
  }
  if (context.reusable("functions", name)) return CallTarget::declared;
  if (name.find("://") != std::string::npos) return CallTarget::url;
  if (name.find('@') != std::string::npos) return CallTarget::catalog;
  return CallTarget::step;
}

Template read_arguments(Context& context, const std::optional<Node>& with) {
  if (!with) return constant(Json::object());
  if (with->json().is_string() && enclosed(with->json().get<std::string>())) {
    return read_template(context, *with).value_or(Template{});
  }
  if (!Fields(context, *with, "arguments by name").is_object()) return {};
  return read_template(context, *with).value_or(Template{});
}

CallFunctionTask parse_step(Context& context, const Node& name, const std::optional<Node>& with,
                            const std::optional<Node>& metadata) {
  CallFunctionTask body;
  StepMetadata step = read_step_metadata(context, metadata);
  body.function = name.json().get<std::string>();
  if (!step.queue) step.queue = read_queue(context, name);
  body.queue = step.queue.value_or("");
  body.policy = step.policy;
  body.with = read_arguments(context, with);
  return body;
}

TaskBody parse_call(Context& context, TaskSource& task) {
  const Node node = task.fields.node().member("call");
  const auto with = task.fields.take("with");
  const auto name = read_text(context, node, "text (http, or a function's name)");
  if (!name) return DoTask{};
  switch (call_target(context, *name)) {
    case CallTarget::http:
      refuse_step_metadata(context, task.metadata);
      return parse_call_http(context, with, task.fields.node().pointer);
    case CallTarget::step: return parse_step(context, node, with, task.metadata);
    case CallTarget::declared: return parse_declared_call(context, task, *name, with);
    case CallTarget::protocol:
      refuse_step_metadata(context, task.metadata);
      return parse_call_protocol(context, task, *name, with);
    case CallTarget::grpc:
      context.problems.unsupported(node.pointer, "`call: grpc`");
      return DoTask{};
    case CallTarget::url: return parse_url_call(context, task, with);
    case CallTarget::catalog: return parse_catalog_call(context, task, with);
  }
  return DoTask{};
}

}  // namespace endure::workflow::parse
