#include "runtime/http/openapi.hpp"

#include <limits>

#include "runtime/http/json.hpp"

namespace endure::http {

using workflow::Json;

namespace {

Json object_schema(std::span<const Field> fields);

Json schema_of(const Field& field) {
  Json schema = Json::object();
  if (field.type != Field::Type::any) schema["type"] = to_string(field.type);
  if (field.type == Field::Type::integer) {
    using Limits = std::numeric_limits<std::int64_t>;
    if (field.min != Limits::min()) schema["minimum"] = field.min;
    if (field.max != Limits::max()) schema["maximum"] = field.max;
  }
  if (!field.items.empty()) schema["items"] = object_schema(field.items);
  if (!field.one_of.empty()) schema["enum"] = field.one_of;
  if (!field.doc.empty()) schema["description"] = field.doc;
  return schema;
}

Json parameters_of(const Route& route) {
  Json parameters = Json::array();
  std::string_view rest = route.pattern;
  for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    const auto close = rest.find('}', open);
    parameters.push_back({{"name", rest.substr(open + 1, close - open - 1)},
                          {"in", "path"},
                          {"required", true},
                          {"schema", {{"type", "string"}}}});
    rest.remove_prefix(close + 1);
  }
  for (const auto& field : route.query) {
    parameters.push_back({{"name", field.name},
                          {"in", "query"},
                          {"required", field.required},
                          {"schema", schema_of(field)}});
  }
  return parameters;
}

Json object_schema(std::span<const Field> fields) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const auto& field : fields) {
    properties[std::string(field.name)] = schema_of(field);
    if (field.required) required.push_back(field.name);
  }
  Json schema = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

Json body_of(const Route& route) {
  switch (route.body_kind) {
    case BodyKind::none: return {};
    case BodyKind::fields: {
      const auto schema = object_schema(route.body);
      return {{"required", schema.contains("required")},
              {"content", {{"application/json", {{"schema", schema}}}}}};
    }
    case BodyKind::definition: {
      const Json text = {{"schema", {{"type", "string"}}}};
      return {
          {"required", true},
          {"content",
           {{"application/yaml", text}, {"application/json", {{"schema", {{"type", "object"}}}}}}}};
    }
    case BodyKind::cloud_event: {
      const Json event = {{"schema", {{"$ref", "#/components/schemas/CloudEvent"}}}};
      return {{"required", true},
              {"content", {{"application/cloudevents+json", event}, {"application/json", event}}}};
    }
  }
  return {};
}

std::string_view meaning(int status) {
  switch (status) {
    case 200: return "Done.";
    case 201: return "Created.";
    case 202: return "Durably accepted.";
    case 404: return "It does not exist.";
    case 409: return "It exists already, or its state forbids this.";
    case 429: return "A limit is reached; see Retry-After.";
    case 504: return "It has not happened in the time given.";
    default: return "See the problem document.";
  }
}

Json answers_of(const Route& route) {
  const Json problem = {
      {"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}};
  Json answers = Json::object();
  for (const int status : route.answers) {
    Json answer = {{"description", meaning(status)}};
    if (status >= 400) answer["content"] = problem;
    answers[std::to_string(status)] = answer;
  }
  answers["default"] = {{"description", "Any other error."}, {"content", problem}};
  return answers;
}

Json components() {
  const Json text = {{"type", "string"}};
  const Json whole = {{"type", "integer"}};
  return {{"schemas",
           {{"Problem",
             {{"type", "object"},
              {"description", "RFC 9457."},
              {"required", {"type", "title", "status", "detail", "code"}},
              {"properties",
               {{"type", text},
                {"title", text},
                {"status", whole},
                {"detail", text},
                {"code",
                 {{"type", "string"},
                  {"enum",
                   {"not_found", "conflict", "invalid", "retry_later", "full", "corrupt", "io",
                    "too_large", "unauthorized"}}}},
                {"where", text},
                {"errors",
                 {{"type", "array"},
                  {"items",
                   {{"type", "object"},
                    {"properties", {{"pointer", text}, {"line", whole}, {"detail", text}}}}}}}}}}},
            {"CloudEvent",
             {{"type", "object"},
              {"description", "CloudEvents 1.0; extension attributes are allowed."},
              {"required", Json::array({"type"})},
              {"properties",
               {{"type", text},
                {"source", text},
                {"id", text},
                {"specversion", {{"const", "1.0"}}},
                {"subject", text},
                {"time", {{"type", "string"}, {"format", "date-time"}}},
                {"data", Json::object()}}}}}}}};
}

}  // namespace

std::string write_openapi(std::span<const Route> routes, const std::string& version,
                          bool with_tokens) {
  Json document = {{"openapi", "3.1.0"},
                   {"info", {{"title", "Endure"}, {"version", version}}},
                   {"paths", Json::object()},
                   {"components", components()}};
  if (with_tokens) {
    document["components"]["securitySchemes"] = {
        {"bearer", {{"type", "http"}, {"scheme", "bearer"}}}};
    document["security"] = Json::array({{{"bearer", Json::array()}}});
  }
  for (const auto& route : routes) {
    Json call = {{"operationId", route.name},
                 {"summary", route.summary},
                 {"parameters", parameters_of(route)},
                 {"responses", answers_of(route)}};
    if (route.body_kind != BodyKind::none) call["requestBody"] = body_of(route);
    if (!route.needs_token) call["security"] = Json::array();
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    document["paths"][std::string(route.pattern)][method] = std::move(call);
  }
  return dump(document);
}

}  // namespace endure::http
