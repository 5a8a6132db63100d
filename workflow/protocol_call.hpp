// Calls by other protocols than plain HTTP (OpenAPI, AsyncAPI, MCP, A2A): steps on the node's own
// queues, made by the node itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
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

// A subscription of `call: asyncapi`: steps that each fetch the next messages, until enough are
// consumed. Every batch is one transition, so that none that was consumed is lost or handled twice.
struct SubscribeTask {
  CallProtocolTask call;
  std::optional<Expression> filter;
  std::optional<std::int64_t> amount;
  std::optional<Expression> while_;
  std::optional<Expression> until;
  std::variant<std::monostate, std::int64_t, Template> for_;  // ms, or what gives a duration
  // `foreach`
  std::string item = "item";
  std::string at = "index";
  std::optional<std::uint32_t> body;  // a DoTask
  std::optional<Template> output_as;
  std::optional<Template> export_as;
};

}  // namespace endure::workflow
