// `schema` of input, output and export.
#pragma once

#include <memory>

#include "workflow/json_schema.hpp"
#include "workflow/parse/context.hpp"

namespace endure::workflow::parse {

// {format: json, document} or {format: json, resource: {endpoint}}. A schema that stands in several
// places of the model (a function that is called twice) is compiled once. Null, and a problem,
// where it cannot be used.
std::shared_ptr<const JsonSchema> read_schema(Context& context, const Node& node);

}  // namespace endure::workflow::parse
