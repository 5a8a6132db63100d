#include "runtime/http_call/response.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "runtime/http/json.hpp"

namespace endure::http_call {

using workflow::Json;
using workflow::Value;

namespace {

constexpr std::size_t max_depth = 64;
constexpr std::size_t most_of_body_in_error = 500;

bool says_json(const Response& response) {
  const auto it = response.headers.find("content-type");
  if (it == response.headers.end()) return false;
  std::string type = it->second.substr(0, it->second.find(';'));
  while (type.ends_with(' ')) type.pop_back();
  for (char& c : type) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return type == "application/json" || type == "text/json" || type.ends_with("+json");
}

// What was sent, without what must not be in a history.
Json shown_request(const Request& request) {
  Json headers = Json::object();
  for (const auto& [name, value] : request.headers) {
    std::string lower = name;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool secret = lower == "authorization" || lower == "proxy-authorization" ||
                        lower == "cookie" || lower == "x-api-key";
    headers[lower] = secret ? "(hidden)" : value;
  }
  return {{"method", request.method}, {"uri", shown_uri(request.uri)}, {"headers", headers}};
}

// The start of an error's body, as one line of UTF-8.
std::string excerpt(const std::string& body) {
  std::string text(utf8_start(body, most_of_body_in_error));
  if (!is_utf8(text)) return {};  // what is no text at all tells nobody anything
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
    };
    const unsigned group = (byte(i) << 16U) | (byte(i + 1) << 8U) | byte(i + 2);
    out += digits[(group >> 18U) & 63U];
    out += digits[(group >> 12U) & 63U];
    out += i + 1 < bytes.size() ? digits[(group >> 6U) & 63U] : '=';
    out += i + 2 < bytes.size() ? digits[group & 63U] : '=';
  }
  return out;
}

workflow::Fault communication_fault(int status, std::string title, std::string detail) {
  return {std::string(communication_error), status, std::move(title), std::move(detail), ""};
}

workflow::Fault configuration_fault(const Error& error) {
  return {std::string(configuration_error), 400, "The call's arguments are wrong",
          error.where.empty() ? error.what : error.where + ": " + error.what, ""};
}

tl::expected<Json, workflow::Fault> content_of(const Request& request, const Response& response) {
  if (response.body.empty()) return Json();
  if (!says_json(response)) {
    return Json(is_utf8(response.body) ? response.body : base64(response.body));
  }
  auto json = http::parse_json(response.body, max_depth);
  if (json) return std::move(*json);
  return tl::make_unexpected(communication_fault(
      502, "Malformed response",
      request.method + " " + shown_uri(request.uri) + ": " + json.error().what));
}

workflow::Fault authentication_fault(std::string detail) {
  return {std::string(authentication_error), 401, "Not authenticated", std::move(detail), ""};
}

workflow::Fault runtime_fault(std::string title, std::string detail) {
  return {std::string(runtime_error), 500, std::move(title), std::move(detail), ""};
}

workflow::Fault status_fault(const Request& request, const Response& response) {
  std::string detail = request.method + " " + shown_uri(request.uri) + " was answered " +
                       std::to_string(response.status);
  const auto text = excerpt(response.body);
  if (!text.empty()) detail += ": " + text;
  return communication_fault(
      response.status,
      response.reason.empty() ? "HTTP status " + std::to_string(response.status) : response.reason,
      std::move(detail));
}

Outcome read_response(const Request& request, const Response& response) {
  const int highest = request.redirect ? 399 : 299;
  if (response.status < 200 || response.status > highest) {
    return tl::make_unexpected(status_fault(request, response));
  }
  if (request.output == Output::raw) return Value(Json(base64(response.body)));
  auto content = content_of(request, response);
  if (!content) return tl::make_unexpected(content.error());
  if (request.output == Output::content) return Value(std::move(*content));
  Json headers = Json::object();
  for (const auto& [name, value] : response.headers) {
    headers[name] = is_utf8(value) ? value : base64(value);
  }
  return Value(Json{{"request", shown_request(request)},
                    {"statusCode", response.status},
                    {"headers", std::move(headers)},
                    {"content", std::move(*content)}});
}

}  // namespace endure::http_call
