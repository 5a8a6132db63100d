#include "runtime/calls/json_rpc.hpp"

#include "runtime/calls/sse.hpp"
#include "runtime/http/json.hpp"

namespace endure::calls {

namespace {

constexpr std::size_t max_depth = 128;

bool is_stream(const Response& response) {
  const auto type = response.headers.find("content-type");
  return type != response.headers.end() && type->second.starts_with("text/event-stream");
}

}  // namespace

Json rpc_request(int id, const std::string& method, const Json& parameters) {
  Json request{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}};
  if (!parameters.is_null()) request["params"] = parameters;
  return request;
}

Json rpc_notification(const std::string& method) {
  return {{"jsonrpc", "2.0"}, {"method", method}};
}

bool answers(const Json& message, int id) {
  return message.is_object() && message.value("id", Json()) == id &&
         (message.contains("result") || message.contains("error"));
}

Faulty<Json> rpc_result(const Json& message, const std::string& method) {
  if (message.contains("result")) return message.at("result");
  const Json error = message.value("error", Json());
  std::string detail = method;
  if (error.is_object()) {
    if (error.contains("code")) detail += " failed with " + http::dump(error["code"]);
    if (error.contains("message")) detail += ": " + http_call::scalar_text(error["message"]);
    if (error.contains("data")) detail += " " + http::dump(error["data"]).substr(0, 500);
  }
  return tl::make_unexpected(http_call::runtime_fault("The call failed", detail));
}

Result<Request> rpc_post(const std::string& uri, const Json& message) {
  auto request = http_call::read_request({{"method", "POST"}, {"uri", uri}}, "");
  if (!request) return request;
  request->has_body = true;
  request->body = http::dump(message);
  request->headers.emplace_back("Content-Type", "application/json");
  request->headers.emplace_back("Accept", "application/json, text/event-stream");
  return request;
}

std::optional<Json> find_answer(const Response& response, int id) {
  if (!is_stream(response)) {
    auto json = http::parse_json(response.body, max_depth);
    if (json && answers(*json, id)) return std::move(*json);
    return std::nullopt;
  }
  for (const auto& event : SseParser().take(response.body + "\n\n")) {
    auto json = http::parse_json(event.data, max_depth);
    if (json && answers(*json, id)) return std::move(*json);
  }
  return std::nullopt;
}

}  // namespace endure::calls
