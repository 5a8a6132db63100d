#include "runtime/cli/api_client.hpp"

#include <httplib.h>

namespace endure::cli {
namespace {

constexpr int connect_timeout_s = 5;
// The API answers a waiting call after a minute at most.
constexpr int read_timeout_s = 90;

std::string reason(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection: return "it cannot be connected to";
    case httplib::Error::ConnectionTimeout: return "connecting took too long";
    case httplib::Error::Read: return "the connection broke, or no answer came in time";
    case httplib::Error::Write: return "the connection broke while sending";
    default: return httplib::to_string(error);
  }
}

ApiError no_answer(const std::string& url, httplib::Error error) {
  return {0, "unreachable", "no node answers at " + url + ": " + reason(error), "", nullptr};
}

std::string member(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ApiError problem_of(const httplib::Response& response) {
  ApiError error{response.status, "", "", "", nullptr};
  const Json body = Json::parse(response.body, nullptr, false);
  if (body.is_object()) {
    error.code = member(body, "code");
    error.detail = member(body, "detail");
    error.where = member(body, "where");
    if (error.detail.empty()) error.detail = member(body, "title");
    error.problem = body;
  }
  if (error.detail.empty()) {
    error.detail = "the node answered with HTTP status " + std::to_string(response.status);
  }
  return error;
}

ApiResult<std::string> body_of(const std::string& url, httplib::Result result) {
  if (!result) return tl::make_unexpected(no_answer(url, result.error()));
  if (result->status < 200 || result->status > 299) {
    return tl::make_unexpected(problem_of(*result));
  }
  return std::move(result->body);
}

ApiResult<Json> json_of(const ApiResult<std::string>& body) {
  if (!body) return tl::make_unexpected(body.error());
  Json json = Json::parse(*body, nullptr, false);
  if (json.is_discarded()) {
    return tl::make_unexpected(ApiError{
        200, "io", "what answered is no Endure node: its answer is not JSON", "", nullptr});
  }
  return json;
}

std::string with_query(const std::string& path, const Query& query) {
  std::string out = path;
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    out += separator + name + "=" + percent_encoded(value);
    separator = '&';
  }
  return out;
}

}  // namespace

struct ApiClient::Http {
  explicit Http(const std::string& url) : client(url) {}
  httplib::Client client;
};

ApiClient::ApiClient(std::string url, std::string token)
    : url_(std::move(url)), http_(std::make_unique<Http>(url_)) {
  http_->client.set_connection_timeout(connect_timeout_s);
  http_->client.set_read_timeout(read_timeout_s);
  http_->client.set_keep_alive(true);
  // Nagle's algorithm adds 40 ms to every call on a kept connection.
  http_->client.set_tcp_nodelay(true);
  if (!token.empty()) http_->client.set_bearer_token_auth(token);
}

ApiClient::~ApiClient() = default;

ApiResult<Json> ApiClient::get(const std::string& path, const Query& query) {
  return json_of(get_text(with_query(path, query)));
}

ApiResult<std::string> ApiClient::get_text(const std::string& path) {
  return body_of(url_, http_->client.Get(path));
}

ApiResult<Json> ApiClient::post(const std::string& path, const Json& body) {
  // Text that is no UTF-8 cannot come out of parsed JSON, but it can out of arguments.
  return post_text(path, "application/json",
                   body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

ApiResult<Json> ApiClient::post_text(const std::string& path, const std::string& content_type,
                                     const std::string& text) {
  return json_of(body_of(url_, http_->client.Post(path, text, content_type)));
}

std::string workflow_path(const std::string& ns, const std::string& id, const std::string& rest) {
  return "/v1/workflows/" + percent_encoded(ns) + "/" + percent_encoded(id) + rest;
}

}  // namespace endure::cli
