// What an AsyncAPI document (2.x or 3.0) says of an operation over HTTP. Pure.
#pragma once

#include <string>

#include "base/result.hpp"
#include "workflow/value/value.hpp"

namespace endure::calls {

struct AsyncOperation {
  std::string uri;
  std::string method;                // of a publication
  std::string content_type;          // of its payload
  std::string correlation_location;  // "$message.header#/id"; empty: none
};

// `call`: {channel or operation, server: {name, variables}, protocol}. Code::invalid: no such
// channel, operation or server, another protocol than http and https, an address with parameters
// that have no value.
Result<AsyncOperation> asyncapi_operation(const workflow::Json& document,
                                          const std::string& document_uri,
                                          const workflow::Json& call);

// The part of {payload, headers} that the location names, as text; null where there is none.
workflow::Json correlation_of(const workflow::Json& message, const std::string& location);

}  // namespace endure::calls
