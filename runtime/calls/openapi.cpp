#include "runtime/calls/openapi.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <vector>

#include "runtime/calls/openapi_parameters.hpp"
#include "runtime/http_call/request.hpp"
#include "workflow/json_reason.hpp"

namespace endure::calls {

using workflow::Json;

namespace {

constexpr std::array<const char*, 8> methods = {"get",     "put",  "post",  "delete",
                                                "options", "head", "patch", "trace"};
constexpr int most_references = 32;

struct Operation {
  std::string method;
  std::string path;
  const Json* item = nullptr;       // the path item
  const Json* operation = nullptr;  // within it
};

const Json* find_member(const Json& json, const char* key) {
  if (!json.is_object()) return nullptr;
  const auto it = json.find(key);
  return it == json.end() ? nullptr : &*it;
}

std::string text_member(const Json& json, const char* key) {
  const auto* member = find_member(json, key);
  return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

std::vector<std::string> texts_of(const Json* list) {
  std::vector<std::string> texts;
  if (list == nullptr || !list->is_array()) return texts;
  for (const auto& item : *list) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

Result<Operation> find_operation(const Json& document, const std::string& id) {
  const auto* paths = find_member(document, "paths");
  std::string known;
  if (paths != nullptr && paths->is_object()) {
    for (const auto& [path, stands] : paths->items()) {
      auto item = resolve_reference(document, stands);
      if (!item) continue;
      for (const char* method : methods) {
        const auto* operation = find_member(**item, method);
        if (operation == nullptr) continue;
        const auto name = text_member(*operation, "operationId");
        if (name == id) return Operation{method, path, *item, operation};
        if (!name.empty() && known.size() < 300) known += (known.empty() ? "" : ", ") + name;
      }
    }
  }
  return fail(
      Code::invalid,
      "the document has no operation '" + id + "'" + (known.empty() ? "" : "; it has " + known),
      "operationId");
}

// -- where the service is -----------------------------------------------------

Result<std::string> swagger_server(const Json& document, const std::string& uri) {
  const auto scheme_end = uri.find("://");
  const auto host_at = scheme_end == std::string::npos ? 0 : scheme_end + 3;
  const auto schemes = texts_of(find_member(document, "schemes"));
  std::string scheme = uri.substr(0, scheme_end == std::string::npos ? 0 : scheme_end);
  const auto offers = [&](const std::string& one) {
    return std::find(schemes.begin(), schemes.end(), one) != schemes.end();
  };
  if (!schemes.empty() && !offers(scheme)) scheme = offers("https") ? "https" : schemes.front();
  std::string host = text_member(document, "host");
  if (host.empty()) host = uri.substr(host_at, uri.find_first_of("/?#", host_at) - host_at);
  std::string base = text_member(document, "basePath");
  while (base.ends_with('/')) base.pop_back();
  return scheme + "://" + host + base;
}

Result<std::string> server_of(const Json& document, const Operation& found,
                              const std::string& uri) {
  if (!text_member(document, "swagger").empty()) return swagger_server(document, uri);
  for (const Json* place : {found.operation, found.item, &document}) {
    const auto* servers = find_member(*place, "servers");
    if (servers == nullptr || !servers->is_array() || servers->empty()) continue;
    const auto& server = servers->front();
    const auto* variables = find_member(server, "variables");
    auto url = fill_server_url(text_member(server, "url"),
                               variables == nullptr ? Json() : *variables, Json());
    if (!url) return url;
    std::string base = resolved_uri(uri, *url);
    while (base.ends_with('/')) base.pop_back();
    return base;
  }
  std::string root = resolved_uri(uri, "/");
  root.pop_back();
  return root;
}

// -- the request --------------------------------------------------------------

class RequestBuilder {
 public:
  RequestBuilder(const Json& document, const Operation& operation, const Json& given)
      : document_(document),
        operation_(operation),
        swagger_(!text_member(document, "swagger").empty()),
        left_(given.is_object() ? given : Json::object()),
        path_(operation.path) {}

  Result<Json> build(const std::string& server);

 private:
  Result<void> gather(const Json* list);
  Result<void> place(const Json& parameter);
  Result<void> put(const Parameter& parameter, const Json& value);
  Result<void> add_body();
  Result<void> swagger_body();
  std::vector<std::string> consumed() const;
  Result<void> set_body(const Json& value, const std::vector<std::string>& types);

  const Json& document_;
  const Operation& operation_;
  const bool swagger_;
  Json left_;  // of the given parameters, those that have no place yet
  std::string path_;
  std::string query_;
  std::string cookie_;
  Json headers_ = Json::object();
  std::map<std::pair<std::string, std::string>, const Json*> declared_;  // by place and name
  const Json* body_parameter_ = nullptr;                                 // 2.0
  Json form_ = Json::object();                                           // 2.0: formData
  bool has_form_ = false;
  std::optional<Body> body_;
};

// Those of the operation go before those of its path.
Result<void> RequestBuilder::gather(const Json* list) {
  if (list == nullptr || !list->is_array()) return {};
  for (const auto& stands : *list) {
    auto parameter = resolve_reference(document_, stands);
    if (!parameter) return Failure(parameter.error());
    const auto in = text_member(**parameter, "in");
    if (in == "body") {
      body_parameter_ = *parameter;
    } else {
      declared_[{in, text_member(**parameter, "name")}] = *parameter;
    }
  }
  return {};
}

Result<void> RequestBuilder::place(const Json& json) {
  auto parameter = read_parameter(json, swagger_);
  if (!parameter) return Failure(parameter.error());
  Json value;
  if (left_.contains(parameter->name) && !left_[parameter->name].is_null()) {
    value = left_[parameter->name];
    left_.erase(parameter->name);
  } else {
    const bool required = parameter->in == "path" || json.value("required", false);
    if (!required) return {};
    const auto* schema = find_member(json, "schema");
    const auto* fallback = find_member(schema != nullptr ? *schema : json, "default");
    if (fallback == nullptr) {
      return fail(
          Code::invalid,
          "the operation needs the parameter '" + parameter->name + "' (" + parameter->in + ")",
          "parameters");
    }
    value = *fallback;
  }
  return put(*parameter, value);
}

Result<void> RequestBuilder::put(const Parameter& parameter, const Json& value) {
  const auto append = [](std::string& to, const std::vector<std::string>& pairs, const char* by) {
    for (const auto& pair : pairs) to += (to.empty() ? "" : by) + pair;
  };
  if (parameter.in == "query") {
    append(query_, pairs_of(parameter, value), "&");
  } else if (parameter.in == "cookie") {
    append(cookie_, pairs_of(parameter, value), "; ");
  } else if (parameter.in == "header") {
    headers_[parameter.name] = simple_text(parameter, value);
  } else if (parameter.in == "formData") {
    form_[parameter.name] = value;
    has_form_ = true;
  } else if (parameter.in == "path") {
    const std::string mark = "{" + parameter.name + "}";
    const std::string text = simple_text(parameter, value);
    for (auto at = path_.find(mark); at != std::string::npos; at = path_.find(mark, at)) {
      path_.replace(at, mark.size(), text);
      at += text.size();
    }
  } else {
    return fail(Code::invalid, "the parameter '" + parameter.name +
                                   "' of the document is in no place that is known: '" +
                                   parameter.in + "'");
  }
  return {};
}

std::vector<std::string> RequestBuilder::consumed() const {
  auto types = texts_of(find_member(*operation_.operation, "consumes"));
  if (types.empty()) types = texts_of(find_member(document_, "consumes"));
  return types;
}

Result<void> RequestBuilder::set_body(const Json& value, const std::vector<std::string>& types) {
  auto body = encode_body(value, types);
  if (!body) return Failure(body.error());
  body_ = std::move(*body);
  return {};
}

Result<void> RequestBuilder::swagger_body() {
  if (has_form_) {
    auto types = consumed();
    std::erase_if(types, [](const std::string& type) { return type.find("json") != type.npos; });
    if (types.empty()) types = {"application/x-www-form-urlencoded"};
    return set_body(form_, types);
  }
  if (body_parameter_ == nullptr) return {};
  const auto name = text_member(*body_parameter_, "name");
  for (const auto& key : {name, std::string("body")}) {
    if (!left_.contains(key)) continue;
    const Json value = left_[key];
    left_.erase(key);
    return set_body(value, consumed());
  }
  if (!left_.empty()) {
    const Json value = std::exchange(left_, Json::object());
    return set_body(value, consumed());
  }
  if (!body_parameter_->value("required", false)) return {};
  return fail(Code::invalid, "the operation needs the parameter '" + name + "' (body)",
              "parameters");
}

Result<void> RequestBuilder::add_body() {
  if (swagger_) return swagger_body();
  const auto* stands = find_member(*operation_.operation, "requestBody");
  if (stands == nullptr) return {};
  auto request_body = resolve_reference(document_, *stands);
  if (!request_body) return Failure(request_body.error());
  std::vector<std::string> types;
  if (const auto* content = find_member(**request_body, "content"); content != nullptr) {
    for (const auto& [type, schema] : content->items()) types.push_back(type);
  }
  if (left_.contains("body")) {
    const Json value = left_["body"];
    left_.erase("body");
    return set_body(value, types);
  }
  if (!left_.empty()) {
    const Json value = std::exchange(left_, Json::object());
    return set_body(value, types);
  }
  if (!(*request_body)->value("required", false)) return {};
  return fail(Code::invalid,
              "the operation needs a body: give the parameter 'body', or the body's "
              "members as parameters",
              "parameters");
}

Result<Json> RequestBuilder::build(const std::string& server) {
  auto done = gather(find_member(*operation_.item, "parameters")).and_then([&] {
    return gather(find_member(*operation_.operation, "parameters"));
  });
  for (const auto& [place_and_name, parameter] : declared_) {
    if (done) done = place(*parameter);
  }
  if (done) done = add_body();
  if (!done) return Failure(done.error());
  if (!left_.empty()) {
    return fail(Code::invalid, "the operation has no parameter '" + left_.begin().key() + "'",
                "parameters");
  }
  if (!cookie_.empty()) headers_["Cookie"] = cookie_;
  Json request{{"method", operation_.method},
               {"uri", http_call::with_query(server + path_, query_)}};
  if (body_) {
    headers_["Content-Type"] = body_->type;
    request["body"] = body_->text;
  }
  if (!headers_.contains("Accept")) headers_["Accept"] = "application/json, */*;q=0.5";
  request["headers"] = std::move(headers_);
  return request;
}

}  // namespace

Result<const Json*> resolve_reference(const Json& document, const Json& json) {
  const Json* at = &json;
  for (int i = 0; i < most_references; ++i) {
    const auto* reference = find_member(*at, "$ref");
    if (reference == nullptr || !reference->is_string()) return at;
    const auto& text = reference->get_ref<const std::string&>();
    if (!text.starts_with("#/")) {
      return fail(Code::invalid, "the document refers to another one, which is not read: " + text);
    }
    try {
      const Json::json_pointer pointer(text.substr(1));
      if (!document.contains(pointer)) {
        return fail(Code::invalid, "the document refers to what it does not have: " + text);
      }
      at = &document.at(pointer);
    } catch (const Json::exception&) {
      return fail(Code::invalid, "the document has a reference that is none: " + text);
    }
  }
  return fail(Code::invalid, "the document's references go round in a circle");
}

std::string resolved_uri(const std::string& base, const std::string& reference) {
  if (reference.find("://") != std::string::npos) return reference;
  const auto scheme_end = base.find("://");
  const auto host_at = scheme_end == std::string::npos ? 0 : scheme_end + 3;
  if (reference.starts_with("//")) return base.substr(0, host_at - 2) + reference;
  const auto path_at = base.find_first_of("/?#", host_at);
  const std::string origin = base.substr(0, path_at);
  if (reference.starts_with('/')) return origin + reference;
  std::string path = path_at == std::string::npos ? "/" : base.substr(path_at);
  path = path.substr(0, path.find_first_of("?#"));
  std::string rest = reference;
  path.erase(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  while (rest.starts_with("./") || rest.starts_with("../")) {
    if (rest.starts_with("../")) {
      path.erase(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
    }
    rest.erase(0, rest.find('/') + 1);
  }
  return origin + path + "/" + rest;
}

Result<std::string> fill_server_url(std::string url, const Json& variables, const Json& given) {
  std::string out;
  std::size_t from = 0;
  while (true) {
    const auto open = url.find('{', from);
    const auto close = open == std::string::npos ? open : url.find('}', open);
    if (close == std::string::npos) break;
    const auto name = url.substr(open + 1, close - open - 1);
    const auto* own = find_member(given, name.c_str());
    const auto* declared = find_member(variables, name.c_str());
    if (own == nullptr && declared != nullptr) own = find_member(*declared, "default");
    if (own == nullptr || own->is_structured() || own->is_null()) {
      return fail(Code::invalid, "the server's URL has a variable without a value: '" + name + "'",
                  "server");
    }
    out.append(url, from, open - from);
    out += http_call::scalar_text(*own);
    from = close + 1;
  }
  return out.append(url, from);
}

Result<Json> openapi_request(const Json& document, const std::string& uri,
                             const std::string& operation_id, const Json& parameters) {
  const auto version = text_member(document, "openapi");
  if (text_member(document, "swagger") != "2.0" && !version.starts_with("3.")) {
    return fail(Code::invalid,
                "the document is neither OpenAPI 3.x (`openapi: 3…`) nor Swagger 2.0", "document");
  }
  const auto operation = find_operation(document, operation_id);
  if (!operation) return Failure(operation.error());
  const auto server = server_of(document, *operation, uri);
  if (!server) return Failure(server.error());
  try {
    return RequestBuilder(document, *operation, parameters).build(*server);
  } catch (const Json::exception& error) {
    return fail(Code::invalid,
                "the document is not as it should be: " + workflow::json_reason(error), "document");
  }
}

}  // namespace endure::calls
