// The result of an HTTP call, or the fault that it raises. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "runtime/http_call/request.hpp"
#include "workflow/event.hpp"

namespace endure::http_call {

struct Response {
  int status = 0;
  std::string reason;                          // of the status line, may be empty
  std::map<std::string, std::string> headers;  // names in lower case; repeated ones joined by ", "
  std::string body;
};

using Outcome = tl::expected<workflow::Value, workflow::Fault>;

constexpr std::string_view communication_error =
    "https://serverlessworkflow.io/spec/1.0.0/errors/communication";
constexpr std::string_view configuration_error =
    "https://serverlessworkflow.io/spec/1.0.0/errors/configuration";

// A status outside 200–299 (200–399 with `redirect`) is a communication fault of that status;
// content that says it is JSON and is not, one of status 502.
Outcome read_response(const Request& request, const Response& response);

// No response: 503 not reached, 504 not in time, 502 not to be used.
workflow::Fault communication_fault(int status, std::string title, std::string detail);
workflow::Fault configuration_fault(const Error& error);

std::string base64(std::string_view bytes);

}  // namespace endure::http_call
