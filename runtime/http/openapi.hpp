// The table of routes as an OpenAPI 3.1 document.
#pragma once

#include <span>
#include <string>

#include "runtime/http/route.hpp"

namespace endure::http {

std::string write_openapi(std::span<const Route> routes, const std::string& version,
                          bool with_tokens);

}  // namespace endure::http
