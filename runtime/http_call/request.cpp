#include "runtime/http_call/request.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "base/percent.hpp"
#include "runtime/http/fields.hpp"
#include "runtime/http/json.hpp"

namespace endure::http_call {

using workflow::Json;

namespace {

const std::vector<http::Field>& fields() {
  using Type = http::Field::Type;
  static const std::vector<http::Field> all = {
      {.name = "method", .type = Type::text},
      {.name = "uri", .type = Type::text, .required = true},
      {.name = "headers", .type = Type::object},
      {.name = "query", .type = Type::object},
      {.name = "body"},
      {.name = "output", .type = Type::text, .one_of = {"content", "response", "raw"}},
      {.name = "redirect", .type = Type::boolean}};
  return all;
}

bool is_token(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_header_value(const std::string& text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

bool same_name(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

Result<void> read_headers(const Json& headers, Request& request) {
  for (const auto& [name, value] : headers.items()) {
    const std::string where = "/headers/" + name;
    if (value.is_null()) continue;
    if (value.is_structured()) return fail(Code::invalid, "a header's value is a text", where);
    auto text = scalar_text(value);
    if (!is_token(name) || !is_header_value(text)) {
      return fail(Code::invalid, "a header may not hold control characters", where);
    }
    request.headers.emplace_back(name, std::move(text));
  }
  return {};
}

Result<void> check_uri(const std::string& uri) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  char* scheme = nullptr;
  const bool parsed = curl_url_set(url.get(), CURLUPART_URL, uri.c_str(), 0) == CURLUE_OK &&
                      curl_url_get(url.get(), CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK;
  const std::string name = parsed ? scheme : "";
  curl_free(scheme);
  if (name != "http" && name != "https") {
    return fail(Code::invalid, "the URI '" + shown_uri(uri) + "' is not an http or https URL",
                "/uri");
  }
  return {};
}

std::string content_type(const Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (same_name(name, "Content-Type")) return value;
  }
  return {};
}

Result<void> read_body(const http::Arguments& arguments, Request& request) {
  const auto* body = arguments.find("body");
  if (body == nullptr) return {};
  request.has_body = true;
  const auto type = content_type(request);
  if (body->is_object() && type.starts_with("application/x-www-form-urlencoded")) {
    auto form = query_text(*body);
    if (!form) return fail(Code::invalid, "a form's members are texts, numbers or lists", "/body");
    request.body = std::move(*form);
    return {};
  }
  request.body = scalar_text(*body);
  if (!type.empty()) return {};
  request.headers.emplace_back(
      "Content-Type", body->is_string() ? "text/plain; charset=utf-8" : "application/json");
  return {};
}

}  // namespace

bool has_header(const Request& request, const std::string& name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const auto& header) { return same_name(header.first, name); });
}

std::string scalar_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : http::dump(value);
}

Result<std::string> query_text(const Json& query) {
  std::string out;
  const auto add = [&](const std::string& name, const Json& value) {
    out += (out.empty() ? "" : "&") + percent_encoded(name) + "=" +
           percent_encoded(scalar_text(value));
  };
  for (const auto& [name, value] : query.items()) {
    if (value.is_null()) continue;
    if (value.is_object()) {
      return fail(Code::invalid, "a query value is a text, number or list", "/query/" + name);
    }
    if (!value.is_array()) add(name, value);
    for (const auto& item : value.is_array() ? value : Json::array()) {
      if (item.is_structured()) {
        return fail(Code::invalid, "a list in the query holds texts", "/query/" + name);
      }
      add(name, item);
    }
  }
  return out;
}

std::string with_query(std::string uri, const std::string& query) {
  const auto fragment = uri.find('#');
  if (fragment != std::string::npos) uri.erase(fragment);
  if (query.empty()) return uri;
  const auto mark = uri.find('?');
  if (mark == std::string::npos) return uri + "?" + query;
  const bool open = mark + 1 == uri.size() || uri.back() == '&';
  return uri + (open ? "" : "&") + query;
}

Result<void> set_header(Request& request, const std::string& name, const std::string& value) {
  if (!is_token(name) || !is_header_value(value)) {
    return fail(Code::invalid, "a header may not hold control characters", "/headers/" + name);
  }
  std::erase_if(request.headers, [&](const auto& header) { return same_name(header.first, name); });
  request.headers.emplace_back(name, value);
  return {};
}

Result<void> add_credentials(const Json& authentication, Request& request) {
  const auto text = [&](const char* scheme, const char* member) {
    const auto& part = authentication.at(scheme);
    const bool given = part.is_object() && part.contains(member) && !part[member].is_null();
    return given ? scalar_text(part[member]) : std::string();
  };
  for (const char* scheme : {"basic", "digest"}) {
    if (!authentication.contains(scheme)) continue;
    request.credentials = {std::string_view(scheme) == "basic" ? Credentials::Scheme::basic
                                                               : Credentials::Scheme::digest,
                           text(scheme, "username"), text(scheme, "password")};
    if (!request.credentials.username.empty()) return {};
    return fail(Code::invalid,
                std::string(scheme) + " authentication needs a username and a password",
                std::string("/authentication/") + scheme);
  }
  if (authentication.contains("bearer")) {
    const auto& bearer = authentication["bearer"];
    const auto token = bearer.is_string() ? bearer.get<std::string>() : text("bearer", "token");
    if (token.empty() || !is_header_value(token)) {
      return fail(Code::invalid, "bearer authentication needs a token", "/authentication/bearer");
    }
    return set_header(request, "Authorization", "Bearer " + token);
  }
  return fail(Code::invalid, "the authentication is none of basic, bearer, digest, oauth2, oidc",
              "/authentication");
}

std::string shown_uri(const std::string& uri) {
  auto shown = uri.substr(0, uri.find_first_of("?#"));
  const auto scheme_end = shown.find("://");
  const auto host = scheme_end == std::string::npos ? 0 : scheme_end + 3;
  const auto at = shown.substr(0, shown.find('/', host)).rfind('@');
  if (at != std::string::npos && at >= host) shown.erase(host, at + 1 - host);
  return shown.substr(0, 200);
}

Result<Request> read_request(const Json& arguments, const std::string& idempotency_key) {
  auto given = http::read_body(arguments, fields());
  if (!given) return Failure(given.error());
  Request request;
  request.method = given->text("method").value_or("GET");
  for (char& c : request.method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!is_token(request.method)) return fail(Code::invalid, "this is no HTTP method", "/method");
  auto query = query_text(given->value("query", Json::object()));
  if (!query) return Failure(query.error());
  request.uri = with_query(*given->text("uri"), *query);
  if (auto fine = check_uri(request.uri); !fine) return Failure(fine.error());
  if (auto fine = read_headers(given->value("headers", Json::object()), request); !fine) {
    return Failure(fine.error());
  }
  if (auto fine = read_body(*given, request); !fine) return Failure(fine.error());
  if (!idempotency_key.empty() && is_header_value(idempotency_key) &&
      !has_header(request, "Idempotency-Key")) {
    request.headers.emplace_back("Idempotency-Key", idempotency_key);
  }
  const auto output = given->text("output").value_or("content");
  request.output = output == "raw"        ? Output::raw
                   : output == "response" ? Output::response
                                          : Output::content;
  request.redirect = given->boolean("redirect").value_or(false);
  return request;
}

}  // namespace endure::http_call
