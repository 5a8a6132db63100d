// Calls by other protocols than plain HTTP (OpenAPI, AsyncAPI, MCP, A2A): steps on the node's own
// queues, made by the node itself.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "workflow/expression.hpp"

namespace endure::workflow {

// Where a service is, and how to authenticate there.
struct Endpoint {
  Template uri;  // text; `{name}` parts of a literal one are filled from the task's input
  Template authentication;  // null where there is none
};

struct CallProtocolTask {
  enum class Protocol : std::uint8_t { openapi, asyncapi, mcp, a2a };

  Protocol protocol = Protocol::openapi;
  std::string queue;   // `endure.http`, or `endure.mcp` where the call runs a program
  Template arguments;  // an object; what the protocol's part of the parser made of `with`
  // Members that are added to the arguments as {uri, authentication}.
  std::vector<std::pair<std::string, Endpoint>> endpoints;
};

}  // namespace endure::workflow
