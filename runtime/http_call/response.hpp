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

// What a service answered, or why there is no answer.
using Reply = tl::expected<Response, workflow::Fault>;
using Outcome = tl::expected<workflow::Value, workflow::Fault>;

constexpr std::string_view communication_error =
    "https://open-workflow-specification.org/spec/1.0.0/errors/communication";
constexpr std::string_view configuration_error =
    "https://open-workflow-specification.org/spec/1.0.0/errors/configuration";

constexpr std::string_view authentication_error =
    "https://open-workflow-specification.org/spec/1.0.0/errors/authentication";
constexpr std::string_view runtime_error =
    "https://open-workflow-specification.org/spec/1.0.0/errors/runtime";

// A status outside 200–299 (200–399 with `redirect`) is a communication fault of that status;
// content that says it is JSON and is not, one of status 502.
Outcome read_response(const Request& request, const Response& response);

// No response: 503 not reached, 504 not in time, 502 not to be used.
workflow::Fault communication_fault(int status, std::string title, std::string detail);
// A status that is no success, with the beginning of the body.
workflow::Fault status_fault(const Request& request, const Response& response);
workflow::Fault configuration_fault(const Error& error);
// Credentials that could not be had, or were refused: 401.
workflow::Fault authentication_fault(std::string detail);
// The service did what it should and says that the call failed: 500.
workflow::Fault runtime_fault(std::string title, std::string detail);

// The response's body as its Content-Type says: JSON, else text; bytes that are no text as base64.
tl::expected<workflow::Json, workflow::Fault> content_of(const Request& request,
                                                         const Response& response);

std::string base64(std::string_view bytes);

}  // namespace endure::http_call
