#include "workflow/interpreter/secret_scope.hpp"

#include <algorithm>

#include "workflow/secret_placeholder.hpp"

namespace endure::workflow::interpreter {
namespace {

// The policy's one member names its scheme; which one is known before it is rendered.
std::string scheme_of(const Template& authentication) {
  if (const auto* value = std::get_if<Value>(&authentication.node)) {
    return (*value)->is_object() && !(*value)->empty() ? (*value)->begin().key() : "";
  }
  const auto* object = std::get_if<Template::Object>(&authentication.node);
  return object != nullptr && !object->empty() ? object->front().key : "";
}

std::string scheme_of(const CallProtocolTask& call) {
  if (const auto* members = std::get_if<Template::Object>(&call.arguments.node)) {
    for (const auto& member : *members) {
      if (member.key == "authentication") return scheme_of(member.value);
    }
  }
  for (const auto& [name, endpoint] : call.endpoints) {
    if (auto scheme = scheme_of(endpoint.authentication); !scheme.empty()) return scheme;
  }
  return {};
}

std::string scheme_of(const Definition& definition, const Task& task) {
  if (const auto* around = std::get_if<ExtendTask>(&task.body)) {
    return scheme_of(definition, definition.task(around->inner));
  }
  if (const auto* call = std::get_if<CallHttpTask>(&task.body)) {
    return scheme_of(call->endpoint.authentication);
  }
  if (const auto* call = std::get_if<CallProtocolTask>(&task.body)) return scheme_of(*call);
  if (const auto* call = std::get_if<SubscribeTask>(&task.body)) return scheme_of(call->call);
  return {};
}

bool holds_placeholder(const Json& json, WorkflowNumber workflow, std::string_view key) {
  if (json.is_string()) {
    return find_placeholder(json.get_ref<const std::string&>(), workflow, key).has_value();
  }
  return json.is_structured() && std::any_of(json.begin(), json.end(), [&](const Json& item) {
           return holds_placeholder(item, workflow, key);
         });
}

void hide_placeholders(Json& json, WorkflowNumber workflow, std::string_view key) {
  if (json.is_structured()) {
    for (auto& item : json) hide_placeholders(item, workflow, key);
  }
  if (!json.is_string()) return;
  auto& text = json.get_ref<std::string&>();
  while (const auto found = find_placeholder(text, workflow, key)) {
    text.replace(found->at, found->size, "(hidden)");
  }
}

}  // namespace

Event without_placeholders(Event event, WorkflowNumber workflow, std::string_view key) {
  Value* data = nullptr;
  if (auto* completed = std::get_if<StepCompleted>(&event)) data = &completed->result;
  if (auto* received = std::get_if<EventReceived>(&event)) data = &received->event;
  if (data == nullptr || !holds_placeholder(data->json(), workflow, key)) return event;
  Json hidden = data->json();
  hide_placeholders(hidden, workflow, key);
  *data = std::move(hidden);
  return event;
}

Result<Value> SecretExpressions::evaluate(const Expression& expression, const Scope& scope) {
  if (expression.kind == Expression::Kind::path) {
    if (expression.variable != "secrets") return inner_.evaluate(expression, scope);
    return Value(Json(make_placeholder(expression.path, workflow_, key_)));
  }
  const auto paths = secrets_named(expression.text);
  if (!paths || paths->empty()) return inner_.evaluate(expression, scope);
  Json secrets = Json::object();
  for (const auto& path : *paths) {
    Json* at = &secrets;
    for (const auto& key : path) at = &(*at)[key];
    *at = make_placeholder(path, workflow_, key_);
  }
  Scope with_secrets = scope;
  with_secrets.variables.emplace_back("secrets", std::move(secrets));
  return inner_.evaluate(expression, with_secrets);
}

Json authorization_descriptor(const Definition& definition, const Task& task,
                              WorkflowNumber workflow, std::string_view key) {
  const auto scheme = scheme_of(definition, task);
  if (scheme.empty()) return {};
  const char* name = scheme == "basic" ? "Basic" : scheme == "digest" ? "Digest" : "Bearer";
  return {{"scheme", name}, {"parameter", make_placeholder({"$authorization"}, workflow, key)}};
}

}  // namespace endure::workflow::interpreter
