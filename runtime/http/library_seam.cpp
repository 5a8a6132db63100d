#include "runtime/http/library_seam.hpp"

#include <cctype>

namespace endure::http {

void copy(const Response& from, httplib::Response& to) {
  to.status = from.status;
  to.set_content(from.body, from.content_type);
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
}

Request head_of(const httplib::Request& request) {
  Request out;
  out.method = request.method;
  out.target = request.target;
  for (const auto& [name, value] : request.headers) {
    if (name == "REMOTE_ADDR" || name == "REMOTE_PORT" || name == "LOCAL_ADDR" ||
        name == "LOCAL_PORT") {
      continue;
    }
    std::string lower = name;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    out.headers.try_emplace(std::move(lower), value);
  }
  return out;
}

}  // namespace endure::http
