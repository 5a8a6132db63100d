// Between our requests and responses and those of cpp-httplib.
#pragma once

#include <httplib.h>

#include "runtime/http/message.hpp"

namespace endure::http {

void copy(const Response& from, httplib::Response& to);

// Method, target and headers. What the library added itself is dropped; of a header that came
// several times the first one counts.
Request head_of(const httplib::Request& request);

}  // namespace endure::http
