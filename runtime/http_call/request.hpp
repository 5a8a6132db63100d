// The request of an HTTP call, from the arguments of its step. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "workflow/value.hpp"

namespace endure::http_call {

enum class Output : std::uint8_t { content, response, raw };

struct Request {
  std::string method = "GET";
  std::string uri;  // absolute, http or https, with the query
  std::vector<std::pair<std::string, std::string>> headers;
  bool has_body = false;
  std::string body;
  Output output = Output::content;
  bool redirect = false;
  std::string username;  // basic authentication, where not empty
  std::string password;
};

// {method, uri, headers, query, body, output, redirect, authentication}. A body that is a string is
// sent as it is, any other as JSON. The idempotency key becomes a header unless one is given.
// Code::invalid with the argument's pointer: no http(s) URI, a header that could break out of its
// line, an unknown member.
Result<Request> read_request(const workflow::Json& arguments, const std::string& idempotency_key);

// Without query, fragment and credentials, for errors and logs.
std::string shown_uri(const std::string& uri);

}  // namespace endure::http_call
