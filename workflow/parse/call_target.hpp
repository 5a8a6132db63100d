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
  url,       // a function that stands at a URL
  declared,  // one of `use.functions`
  catalog,   // `name:version@catalog`
  step,      // any other name: the step queue of that name
};

CallTarget call_target(const Context& context, const std::string& name);

// A step on the queue that `name` or the metadata gives.
CallFunctionTask parse_step(Context& context, const Node& name, const std::optional<Node>& with,
                            const std::optional<Node>& metadata);

// A call of the function at a URL, or of one in a catalog. It is read at deployment.
TaskBody parse_url_call(Context& context, TaskSource& task, const std::optional<Node>& with);
TaskBody parse_catalog_call(Context& context, TaskSource& task, const std::optional<Node>& with);

// The arguments of a call: an object that is a template, or `${ … }` that gives an object; none is
// the empty object.
Template read_arguments(Context& context, const std::optional<Node>& with);

}  // namespace endure::workflow::parse
