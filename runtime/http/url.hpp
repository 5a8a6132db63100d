// The parts of a request target.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace endure::http {

struct Url {
  std::vector<std::string> segments;                       // decoded, without empty ones
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
};

// Code::invalid for a percent sign without two hexadecimal digits, a NUL or bytes that are not
// UTF-8. A '+' in the query is a space.
Result<Url> parse_target(std::string_view target);

}  // namespace endure::http
