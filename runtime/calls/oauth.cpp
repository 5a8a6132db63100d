#include "runtime/calls/oauth.hpp"

#include <algorithm>

#include "base/instant.hpp"
#include "base/percent.hpp"
#include "base/sha256.hpp"
#include "runtime/http/json.hpp"
#include "runtime/http/uuid.hpp"

namespace endure::calls {

namespace {

constexpr std::int64_t spare_ms = 10'000;
constexpr std::int64_t lasts_unsaid_ms = 60'000;
constexpr std::int64_t assertion_lasts_s = 60;
constexpr std::size_t max_depth = 16;

std::string text_of(const Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || object[key].is_null()) return {};
  return object[key].is_structured() ? std::string() : http_call::scalar_text(object[key]);
}

Json member(const Json& object, const char* key) {
  return object.is_object() ? object.value(key, Json()) : Json();
}

// Texts of a list, or the one text that stands in place of a list.
std::vector<std::string> texts_of(const Json& object, const char* key) {
  std::vector<std::string> texts;
  const Json list = member(object, key);
  if (list.is_string()) texts.push_back(list.get<std::string>());
  for (const auto& item : list.is_array() ? list : Json::array()) {
    if (item.is_primitive() && !item.is_null()) texts.push_back(http_call::scalar_text(item));
  }
  return texts;
}

std::string without_slash(std::string uri) {
  while (uri.ends_with('/')) uri.pop_back();
  return uri;
}

std::string base64url(std::string_view bytes) {
  std::string text = http_call::base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::string from_base64url(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    unsigned value = 0;
    if (c >= 'A' && c <= 'Z')
      value = static_cast<unsigned>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      value = static_cast<unsigned>(c - 'a' + 26);
    else if (c >= '0' && c <= '9')
      value = static_cast<unsigned>(c - '0' + 52);
    else if (c == '-')
      value = 62;
    else if (c == '_')
      value = 63;
    else
      return {};
    bits = bits << 6U | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(bits >> static_cast<unsigned>(held) & 255U);
    }
  }
  return bytes;
}

// A JWT (RFC 7523) that the client signs with its secret.
std::string signed_assertion(const std::string& id, const std::string& secret,
                             const std::string& audience, std::int64_t now_s) {
  const Json header{{"alg", "HS256"}, {"typ", "JWT"}};
  const Json claims{{"iss", id},       {"sub", id},
                    {"aud", audience}, {"jti", http::new_uuid(Instant{now_s * 1000})},
                    {"iat", now_s},    {"exp", now_s + assertion_lasts_s}};
  const std::string body = base64url(http::dump(header)) + "." + base64url(http::dump(claims));
  const Sha256 mac = hmac_sha256(secret, body);
  return body + "." + base64url({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

using Form = std::vector<std::pair<std::string, std::string>>;

Result<void> add_client(const Json& client, const std::string& endpoint, std::int64_t now_s,
                        Form& form, Request& request) {
  const auto id = text_of(client, "id");
  const auto secret = text_of(client, "secret");
  auto method = text_of(client, "authentication");
  if (method.empty()) method = "client_secret_post";
  if (id.empty() && method != "none") {
    return fail(Code::invalid, "the client has no id", "/authentication/client/id");
  }
  if (method == "client_secret_basic") {
    request.credentials = {http_call::Credentials::Scheme::basic, percent_encoded(id),
                           percent_encoded(secret)};
    return {};
  }
  if (!id.empty()) form.emplace_back("client_id", id);
  if (method == "client_secret_post") {
    if (!secret.empty()) form.emplace_back("client_secret", secret);
    return {};
  }
  if (method == "none") return {};
  std::string assertion = text_of(client, "assertion");
  if (method == "client_secret_jwt") assertion = signed_assertion(id, secret, endpoint, now_s);
  if (assertion.empty()) {
    return fail(Code::invalid, "`" + method + "` needs an assertion",
                "/authentication/client/assertion");
  }
  form.emplace_back("client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  form.emplace_back("client_assertion", assertion);
  return {};
}

Result<void> add_grant(const Json& policy, Form& form) {
  const auto grant = text_of(policy, "grant");
  const auto need = [&](const Json& from, const char* key, const char* name) -> Result<void> {
    const auto text = text_of(from, key);
    if (text.empty()) {
      return fail(Code::invalid, "the grant '" + grant + "' needs a " + name, "/authentication");
    }
    form.emplace_back(name, text);
    return {};
  };
  if (grant.empty() || grant == "authorization_code") {
    return fail(Code::invalid, "the grant '" + grant + "' cannot be used", "/authentication/grant");
  }
  form.emplace_back("grant_type", grant);
  const Json subject = member(policy, "subject");
  if (grant == "password") {
    return need(policy, "username", "username").and_then([&] {
      return need(policy, "password", "password");
    });
  }
  if (grant == "refresh_token") return need(subject, "token", "refresh_token");
  if (!grant.ends_with(":token-exchange")) return {};
  auto added = need(subject, "token", "subject_token").and_then([&] {
    return need(subject, "type", "subject_token_type");
  });
  const Json actor = member(policy, "actor");
  if (!added || actor.is_null()) return added;
  return need(actor, "token", "actor_token").and_then([&] {
    return need(actor, "type", "actor_token_type");
  });
}

std::string form_text(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form) {
    text += (text.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
  }
  return text;
}

Json form_json(const Form& form) {
  Json json = Json::object();
  for (const auto& [name, value] : form) {
    if (!json.contains(name)) {
      json[name] = value;
    } else {
      if (!json[name].is_array()) json[name] = Json::array({json[name]});
      json[name].push_back(value);
    }
  }
  return json;
}

// Who issued a JWT; empty where the token is none.
std::string issuer_of(const std::string& token) {
  const auto first = token.find('.');
  const auto second = first == std::string::npos ? first : token.find('.', first + 1);
  if (second == std::string::npos) return {};
  const auto claims =
      http::parse_json(from_base64url(token.substr(first + 1, second - first - 1)), max_depth);
  return claims ? text_of(*claims, "iss") : std::string();
}

}  // namespace

std::string token_endpoint(const Json& policy) {
  auto path = text_of(member(policy, "endpoints"), "token");
  if (path.empty()) path = "/oauth2/token";
  if (path.find("://") != std::string::npos) return path;
  return without_slash(text_of(policy, "authority")) + (path.starts_with('/') ? "" : "/") + path;
}

std::string discovery_uri(const Json& policy) {
  constexpr std::string_view well_known = "/.well-known/openid-configuration";
  auto authority = without_slash(text_of(policy, "authority"));
  if (!authority.ends_with(well_known)) authority += well_known;
  return authority;
}

Result<Request> token_request(const Json& policy, const std::string& endpoint, std::int64_t now_s) {
  auto request = http_call::read_request({{"method", "POST"}, {"uri", endpoint}}, "");
  if (!request) return request;
  Form form;
  if (auto added = add_grant(policy, form); !added) return Failure(added.error());
  const Json client = member(policy, "client");
  if (auto added = add_client(client, endpoint, now_s, form, *request); !added) {
    return Failure(added.error());
  }
  std::string scopes;
  for (const auto& scope : texts_of(policy, "scopes"))
    scopes += (scopes.empty() ? "" : " ") + scope;
  if (!scopes.empty()) form.emplace_back("scope", scopes);
  for (const auto& audience : texts_of(policy, "audiences"))
    form.emplace_back("audience", audience);
  const bool json = text_of(member(policy, "request"), "encoding") == "application/json";
  request->has_body = true;
  request->body = json ? http::dump(form_json(form)) : form_text(form);
  request->headers.emplace_back("Content-Type",
                                json ? "application/json" : "application/x-www-form-urlencoded");
  request->headers.emplace_back("Accept", "application/json");
  return request;
}

Faulty<Token> read_token(const Json& policy, const Request& request, const Response& response) {
  const std::string where = "the token endpoint " + http_call::shown_uri(request.uri);
  const auto refused = [&](const std::string& why) {
    return tl::make_unexpected(http_call::authentication_fault(where + " " + why));
  };
  const auto answer = http::parse_json(response.body, max_depth);
  if (response.status < 200 || response.status > 299) {
    std::string why = "answered " + std::to_string(response.status);
    if (answer) {
      const auto error = text_of(*answer, "error");
      const auto detail = text_of(*answer, "error_description");
      if (!error.empty()) why += ": " + error + (detail.empty() ? "" : ", " + detail);
    }
    return refused(why.substr(0, 500));
  }
  if (!answer) return refused("answered no JSON");
  Token token{text_of(*answer, "access_token"), lasts_unsaid_ms};
  if (token.text.empty()) return refused("gave no access_token");
  const Json expires = member(*answer, "expires_in");
  if (expires.is_number()) {
    const auto ms =
        static_cast<std::int64_t>(std::clamp(expires.get<double>(), 0.0, 365.0 * 24 * 3600) * 1000);
    token.lasts_ms = ms > 2 * spare_ms ? ms - spare_ms : ms / 2;
  }
  const auto issuers = texts_of(policy, "issuers");
  if (!issuers.empty()) {
    const auto issuer = issuer_of(token.text);
    if (issuer.empty()) return refused("gave a token that does not tell its issuer");
    if (std::find(issuers.begin(), issuers.end(), issuer) == issuers.end()) {
      return refused("gave a token of the issuer " + issuer + ", which is none of `issuers`");
    }
  }
  return token;
}

}  // namespace endure::calls
