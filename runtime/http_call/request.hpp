// The request of an HTTP call, from the arguments of its step. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "workflow/value/value.hpp"

namespace endure::http_call {

enum class Output : std::uint8_t { content, response, raw };

// How the request is authenticated, beyond its headers.
struct Credentials {
  enum class Scheme : std::uint8_t { none, basic, digest };
  Scheme scheme = Scheme::none;
  std::string username;
  std::string password;
};

struct Request {
  std::string method = "GET";
  std::string uri;  // absolute, http or https, with the query
  std::vector<std::pair<std::string, std::string>> headers;
  bool has_body = false;
  std::string body;
  Output output = Output::content;
  bool redirect = false;
  Credentials credentials;
};

// {method, uri, headers, query, body, output, redirect}. A body that is a string is sent as it is,
// an object whose Content-Type is a form's as such, any other as JSON. The idempotency key becomes
// a header unless it is empty or one is given. Code::invalid with the argument's pointer: no
// http(s) URI, a header that could break out of its line, an unknown member.
Result<Request> read_request(const workflow::Json& arguments, const std::string& idempotency_key);

// {basic: {username, password}}, {digest: {username, password}} or {bearer: {token}}, whose token
// may stand without its object (a secret that is text). Code::invalid.
Result<void> add_credentials(const workflow::Json& authentication, Request& request);

// Replaces a header of that name, in any case. Code::invalid where it could break out of its line.
Result<void> set_header(Request& request, const std::string& name, const std::string& value);
bool has_header(const Request& request, const std::string& name);

// "a=1&b=2", percent-encoded; a list gives its name once for each item, null nothing. Code::invalid
// for objects.
Result<std::string> query_text(const workflow::Json& query);
// Strings without quotes, numbers and truth values as JSON writes them.
std::string scalar_text(const workflow::Json& value);
// `uri` without its fragment, with `query` behind what it has. An empty query changes nothing.
std::string with_query(std::string uri, const std::string& query);

// Without query, fragment and credentials, for errors and logs.
std::string shown_uri(const std::string& uri);

}  // namespace endure::http_call
