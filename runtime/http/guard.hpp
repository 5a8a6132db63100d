// Who may call. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/http/message.hpp"

namespace endure::http {

struct GuardConfig {
  std::vector<std::string> tokens;  // bearer tokens; none: no authentication
  // Names by which the node may be called, besides "localhost" and plain addresses. Any other name
  // is refused: a web page may have pointed its own name at this machine (DNS rebinding).
  // "*" allows every name.
  std::vector<std::string> allowed_hosts;
};

// Nothing where the request carries one of the tokens, or none is configured; 401 otherwise.
// Takes the same time wherever the difference lies.
std::optional<Response> check_token(const GuardConfig& config, const Request& request);

// 403 for a Host that is not one of the node's names, and for a change that a browser makes for
// another site (its Origin is not the Host).
std::optional<Response> check_origin(const GuardConfig& config, const Request& request);

bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace endure::http
