// A request and its response as plain structs, so that every handler is tested without a socket.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace endure::http {

struct Request {
  std::string method;
  std::string target;                          // as sent: path and query, percent-encoded
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string from_node;      // the node of the cluster that passed it on; empty: a client
  std::stop_token ending;     // the node is stopping: long polls end
  std::stop_token abandoned;  // its grace has passed: every wait ends

  // Empty where the header is absent.
  std::string_view header(const std::string& lower_case_name) const {
    const auto it = headers.find(lower_case_name);
    return it == headers.end() ? std::string_view() : std::string_view(it->second);
  }
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

}  // namespace endure::http
