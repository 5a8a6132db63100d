// What the name in a `call` stands for.
#pragma once

#include <optional>
#include <string>

#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

enum class CallTarget : std::uint8_t {
  http,
  protocol,  // openapi, asyncapi, mcp, a2a
  grpc,      // not run by this version
  url,       // a function to fetch: not run by this version
  declared,  // one of `use.functions`
  catalog,   // `name:version@catalog`: not run by this version
  step,      // any other name: the step queue of that name
};

CallTarget call_target(const Context& context, const std::string& name);

// A step on the queue that `name` or the metadata gives.
CallFunctionTask parse_step(Context& context, const Node& name, const std::optional<Node>& with,
                            const std::optional<Node>& metadata);

// The arguments of a call: an object that is a template; none is the empty object.
Template read_arguments(Context& context, const std::optional<Node>& with);

}  // namespace endure::workflow::parse
