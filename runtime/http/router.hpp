// Finds the route of a request and checks the request against it. Immutable after construction;
// any thread.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "runtime/http/limits.hpp"
#include "runtime/http/route.hpp"
#include "runtime/http/url.hpp"

namespace endure::http {

class Spread;

class Router {
 public:
  // `spread`: the cluster; null: every call is answered here.
  Router(std::vector<Route> routes, Limits limits, Spread* spread = nullptr);

  const std::vector<Route>& routes() const { return routes_; }

  struct Match {
    const Route* route = nullptr;
    std::map<std::string, std::string> path;
  };
  // The route, or the answer: 404 with the nearest route, 405 with Allow. HEAD finds GET.
  std::variant<Match, Response> find(const Request& request, const Url& url) const;

  // Checks path, query and body, then calls the handler.
  Response call(const Request& request, const Url& url, Match match) const;

 private:
  Response not_found(const Request& request, const Url& url) const;

  std::vector<Route> routes_;
  std::vector<std::vector<std::string>> patterns_;  // their segments
  Limits limits_;
  Spread* spread_;
};

}  // namespace endure::http
