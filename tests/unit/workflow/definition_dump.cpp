#include "tests/unit/workflow/definition_dump.hpp"

#include <type_traits>

#include "workflow/json_schema.hpp"

namespace endure::workflow::test {
namespace {

Json model(const Expression& expression) {
  Json json{{"kind", static_cast<int>(expression.kind)},
            {"text", expression.text},
            {"constant", expression.constant.json()},
            {"variable", expression.variable},
            {"path", expression.path}};
  if (expression.otherwise) json["otherwise"] = *expression.otherwise;
  return json;
}

Json model(const Template& tmpl) {
  if (const auto* value = std::get_if<Value>(&tmpl.node)) return {{"value", value->json()}};
  if (const auto* expression = std::get_if<Expression>(&tmpl.node)) {
    return {{"expression", model(*expression)}};
  }
  Json json;
  if (const auto* items = std::get_if<Template::Array>(&tmpl.node)) {
    json["items"] = Json::array();
    for (const auto& item : *items) json["items"].push_back(model(item));
  } else {
    json["members"] = Json::array();
    for (const auto& member : std::get<Template::Object>(tmpl.node)) {
      json["members"].push_back({member.key, model(member.value)});
    }
  }
  return json;
}

Json model(const Flow& flow) {
  return {static_cast<int>(flow.kind), flow.task};
}

Json model(const Duration& duration) {
  if (const auto* ms = std::get_if<std::int64_t>(&duration.ms_or_template)) return *ms;
  return model(std::get<Template>(duration.ms_or_template));
}

Json model(const RetryPolicy& retry);

template <class T>
Json model(const std::optional<T>& part) {
  if (!part) return nullptr;
  if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
    return *part;
  } else {
    return model(*part);
  }
}

Json model(const ErrorTemplate& error) {
  return {{"type", model(error.type)},
          {"status", model(error.status)},
          {"title", model(error.title)},
          {"detail", model(error.detail)},
          {"instance", model(error.instance)}};
}

Json model(const RetryPolicy& retry) {
  return {{"when", model(retry.when)},
          {"except", model(retry.except_when)},
          {"backoff", static_cast<int>(retry.backoff)},
          {"delay", model(retry.delay)},
          {"multiplier", retry.multiplier},
          {"increment", model(retry.increment)},
          {"max", model(retry.max_delay)},
          {"jitter", {model(retry.jitter_from), model(retry.jitter_to)}},
          {"attempts", model(retry.limit_attempts)},
          {"limits", {model(retry.limit_attempt_duration), model(retry.limit_duration)}}};
}

Json model(const StepPolicy& policy) {
  return {model(policy.priority), model(policy.max_attempts), model(policy.lease_ms),
          model(policy.backoff_ms), model(policy.max_backoff_ms)};
}

Json model(const EventFilter& filter) {
  Json with = Json::array();
  for (const auto& attribute : filter.with) {
    const auto* text = std::get_if<std::string>(&attribute.match);
    with.push_back({attribute.name, attribute.pattern != nullptr,
                    text != nullptr ? Json(*text) : model(std::get<Expression>(attribute.match))});
  }
  return {{"with", with}, {"data", model(filter.data)}, {"type", filter.literal_type}};
}

Json body(const DoTask& task) {
  return task.tasks;
}
Json body(const CallFunctionTask& task) {
  return {task.function, task.queue, model(task.policy), model(task.with)};
}
Json body(const SetTask& task) {
  return model(task.set);
}
Json body(const SwitchTask& task) {
  Json cases = Json::array();
  for (const auto& one : task.cases) {
    cases.push_back({one.name, model(one.when), model(one.then)});
  }
  return cases;
}
Json body(const ForTask& task) {
  const auto* in = std::get_if<Expression>(&task.in);
  return {task.each, task.at, in != nullptr ? model(*in) : model(std::get<Template>(task.in)),
          model(task.while_), task.body};
}
Json body(const ForkTask& task) {
  return {task.branches, task.compete};
}
Json body(const WaitTask& task) {
  return model(task.duration);
}
Json body(const TryTask& task) {
  const auto& caught = task.catch_;
  return {task.body,
          caught.with,
          caught.as,
          model(caught.when),
          model(caught.except_when),
          model(caught.retry),
          model(caught.body),
          model(caught.then)};
}
Json body(const RaiseTask& task) {
  return model(task.error);
}
Json body(const EmitTask& task) {
  return model(task.event);
}
Json body(const ExtendTask& task) {
  return {task.inner, task.extensions};
}
// Of the other kinds the parts that every version of them has; their document is compared whole.
Json body(const CallHttpTask& task) {
  return {task.method, model(task.endpoint.uri), model(task.endpoint.authentication),
          model(task.headers), model(task.query)};
}
Json body(const ListenTask& task) {
  Json filters = Json::array();
  for (const auto& filter : task.filters) filters.push_back(model(filter));
  return {static_cast<int>(task.mode), filters, static_cast<int>(task.read)};
}
template <class Other>
Json body(const Other&) {
  return nullptr;
}

Json model(const DataSchemas& schemas) {
  return {schemas.input != nullptr, schemas.output != nullptr, schemas.exported != nullptr};
}

Json model(const Task& task) {
  return {{"id", task.id},
          {"parent", task.parent},
          {"name", task.name},
          {"pointer", task.pointer},
          {"if", model(task.if_)},
          {"from", model(task.input_from)},
          {"as", model(task.output_as)},
          {"export", model(task.export_as)},
          {"schemas", model(task.schemas)},
          {"timeout", model(task.timeout)},
          {"then", model(task.then)},
          {"status", {model(task.status), model(task.status_after)}},
          {"source", task.source},
          {"kind", task.body.index()},
          {"body", std::visit([](const auto& each) { return body(each); }, task.body)}};
}

}  // namespace

std::string dump(const Definition& definition) {
  Json json{{"ref", to_string(definition.ref)},
            {"title", definition.title},
            {"summary", definition.summary},
            {"document", definition.document.json()},
            {"resources", definition.resources},
            {"from", model(definition.input_from)},
            {"as", model(definition.output_as)},
            {"schemas", model(definition.schemas)},
            {"timeout", model(definition.timeout)},
            {"status", definition.initial_status},
            {"queues", definition.queues},
            {"extensions", Json::array()},
            {"tasks", Json::array()}};
  for (const auto& extension : definition.extensions) {
    json["extensions"].push_back(
        {extension.name, model(extension.when), model(extension.before), model(extension.after)});
  }
  for (const auto& task : definition.tasks) json["tasks"].push_back(model(task));
  return json.dump(1);
}

}  // namespace endure::workflow::test
