// An operation of an OpenAPI document (2.0, which was Swagger, or 3.x) as an HTTP request. Pure.
#pragma once

#include <string>

#include "base/result.hpp"
#include "workflow/value/value.hpp"

namespace endure::calls {

// The arguments of an HTTP call: {method, uri, headers, body}. `uri` of the document is what its
// relative servers are relative to. Parameters go by name where the document puts them; `body`, or
// what is left over, is the request's body.
// Code::invalid: no such operation, a required parameter is missing, one that the operation does
// not have, a document that is none.
Result<workflow::Json> openapi_request(const workflow::Json& document, const std::string& uri,
                                       const std::string& operation_id,
                                       const workflow::Json& parameters);

// What `$ref` within the document leads to, or `json` itself. Code::invalid where it leads nowhere,
// out of the document, or in a circle.
Result<const workflow::Json*> resolve_reference(const workflow::Json& document,
                                                const workflow::Json& json);

// `reference` (absolute, or a path) as it is meant at `base`.
std::string resolved_uri(const std::string& base, const std::string& reference);

// `{name}` parts of a server's URL filled from `variables`: {name: {default}}, and `given` before
// them. Code::invalid where one has no value.
Result<std::string> fill_server_url(std::string url, const workflow::Json& variables,
                                    const workflow::Json& given);

}  // namespace endure::calls
