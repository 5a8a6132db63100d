// Endpoints and external resources: a URI, and how to authenticate there.
#pragma once

#include <optional>

#include "workflow/parse/context.hpp"

namespace endure::workflow::parse {

// Text (a literal URI or `${ … }`), or {uri, authentication}.
Endpoint read_endpoint(Context& context, const Node& node);

// {name, endpoint}.
Endpoint read_resource(Context& context, const Node& node, const std::string& what);

}  // namespace endure::workflow::parse
