// Fresh ids for what a client did not name.
#pragma once

#include <string>

#include "base/instant.hpp"

namespace endure::http {

// A UUID of version 7 (RFC 9562): the time in front, so that ids sort by creation, then 74 random
// bits from the operating system. Any thread.
std::string new_uuid(Instant now);

}  // namespace endure::http
