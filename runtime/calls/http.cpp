#include "runtime/calls/http.hpp"

#include "runtime/calls/a2a.hpp"
#include "runtime/calls/asyncapi.hpp"
#include "runtime/calls/mcp.hpp"
#include "runtime/calls/openapi.hpp"

namespace endure::calls {

namespace {

constexpr const char* authorization_marker = "endure-secret.~24authorization.";

bool mentions_authorization(const Json& json) {
  if (json.is_string()) {
    return json.get_ref<const std::string&>().find(authorization_marker) != std::string::npos;
  }
  for (const auto& item : json.is_structured() ? json : Json::array()) {
    if (mentions_authorization(item)) return true;
  }
  return false;
}

}  // namespace

Fault configuration(std::string what) {
  return http_call::configuration_fault(Error{Code::invalid, std::move(what), ""});
}

// -- http ---------------------------------------------------------------------

void HttpCall::begin() {
  if (!arguments_.is_object()) return line_.end(tl::make_unexpected(configuration("no arguments")));
  const Json authentication = arguments_.value("authentication", Json());
  arguments_.erase("authentication");
  arguments_.erase("call");
  if (!mentions_authorization(arguments_)) return send(authentication);
  auto authorizer = std::make_shared<Authorizer>(line_, authentication);
  authorizer->parameter([this, authorizer, authentication](Faulty<std::string> parameter) {
    if (!parameter) return line_.end(tl::make_unexpected(std::move(parameter).error()));
    line_.hide(*parameter);
    arguments_ = line_.with_authorization(arguments_, *parameter);
    send(authentication);
  });
}

void HttpCall::send(const Json& authentication) {
  auto request = http_call::read_request(arguments_, line_.idempotency_key());
  if (!request) {
    return line_.end(tl::make_unexpected(http_call::configuration_fault(request.error())));
  }
  const Request sent = *request;
  std::make_shared<Authorizer>(line_, authentication)
      ->send(std::move(*request), [this, sent](Reply reply) {
        if (!reply) return line_.end(tl::make_unexpected(std::move(reply).error()));
        line_.end(http_call::read_response(sent, *reply));
      });
}

// -- openapi ------------------------------------------------------------------

void OpenapiCall::begin() {
  fetch_document(line_, arguments_.value("document", Json::object()), "The OpenAPI document",
                 [this](Faulty<Document> document) {
                   if (!document) {
                     return line_.end(tl::make_unexpected(std::move(document).error()));
                   }
                   on_document(*document);
                 });
}

void OpenapiCall::on_document(const Document& document) {
  const auto operation = arguments_.value("operationId", Json());
  auto request = openapi_request(*document, arguments_["document"].value("uri", ""),
                                 operation.is_string() ? operation.get<std::string>() : "",
                                 arguments_.value("parameters", Json::object()));
  if (!request) {
    return line_.end(tl::make_unexpected(http_call::configuration_fault(request.error())));
  }
  for (const char* key : {"output", "redirect", "authentication"}) {
    if (arguments_.contains(key)) (*request)[key] = arguments_[key];
  }
  call_ = std::make_unique<HttpCall>(line_, std::move(*request));
  call_->begin();
}

std::unique_ptr<Call> make_call(Line& line, Json arguments) {
  const auto kind = arguments.is_object() ? arguments.value("call", Json()) : Json();
  if (kind == "openapi") return std::make_unique<OpenapiCall>(line, std::move(arguments));
  if (kind == "asyncapi") return std::make_unique<AsyncapiCall>(line, std::move(arguments));
  if (kind == "mcp") return std::make_unique<McpCall>(line, std::move(arguments));
  if (kind == "a2a") return std::make_unique<A2aCall>(line, std::move(arguments));
  return std::make_unique<HttpCall>(line, std::move(arguments));
}

}  // namespace endure::calls
