#include "runtime/http/guard.hpp"

#include <algorithm>
#include <cctype>

#include "runtime/http/problem.hpp"

namespace endure::http {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// "name:port" or "[address]:port" without the port.
std::string host_name(std::string_view host) {
  if (host.starts_with('[')) return lower(host.substr(0, host.find(']') + 1));
  return lower(host.substr(0, host.find(':')));
}

bool is_address(std::string_view name) {
  if (name.starts_with('[')) return name.ends_with(']');
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c == '.' || std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

std::string_view bearer_token(const Request& request) {
  auto value = request.header("authorization");
  constexpr std::string_view scheme = "bearer ";
  if (lower(value.substr(0, scheme.size())) != scheme) return {};
  value.remove_prefix(scheme.size());
  while (value.starts_with(' ')) value.remove_prefix(1);
  return value;
}

Response forbidden(std::string_view detail, std::string_view where) {
  return problem(403, "unauthorized", detail, where);
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  // The length of the secret may show, its content may not.
  unsigned difference = a.size() == b.size() ? 0U : 1U;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const char other = i < a.size() ? a[i] : '\0';
    difference |= static_cast<unsigned>(static_cast<unsigned char>(other ^ b[i]));
  }
  const volatile unsigned result = difference;
  return result == 0;
}

std::optional<Response> check_token(const GuardConfig& config, const Request& request) {
  if (config.tokens.empty()) return std::nullopt;
  const auto given = bearer_token(request);
  bool matches = false;
  for (const auto& token : config.tokens) {
    if (equal_in_constant_time(given, token)) matches = true;
  }
  if (matches && !given.empty()) return std::nullopt;
  return with_header(problem(401, "unauthorized",
                             given.empty() ? "a bearer token is needed: Authorization: Bearer …"
                                           : "the bearer token is not one of this node's",
                             "authorization"),
                     "WWW-Authenticate", "Bearer");
}

std::optional<Response> check_origin(const GuardConfig& config, const Request& request) {
  const auto host = request.header("host");
  const auto name = host_name(host);
  const auto& allowed = config.allowed_hosts;
  const auto is_allowed = [&](const std::string& text) {
    return std::find(allowed.begin(), allowed.end(), text) != allowed.end();
  };
  if (!host.empty() && name != "localhost" && !is_address(name) && !is_allowed(name) &&
      !is_allowed("*")) {
    return forbidden("the host '" + name.substr(0, 100) +
                         "' is not a name of this node; the configuration can allow it",
                     "host");
  }
  const auto origin = request.header("origin");
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (reads || origin.empty()) return std::nullopt;
  const auto scheme_end = origin.find("://");
  const auto from = scheme_end == std::string_view::npos ? origin : origin.substr(scheme_end + 3);
  if (lower(from) == lower(host)) return std::nullopt;
  return forbidden("changes from pages of another site are refused", "origin");
}

}  // namespace endure::http
