#include "runtime/http/router.hpp"

#include <algorithm>

#include "base/ids.hpp"
#include "config/nearest.hpp"
#include "runtime/http/json.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/spread.hpp"

namespace endure::http {

namespace {

bool is_parameter(const std::string& segment) {
  return segment.front() == '{';
}

std::string parameter_name(const std::string& segment) {
  return segment.substr(1, segment.size() - 2);
}

std::vector<std::string> split(std::string_view pattern) {
  std::vector<std::string> segments;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);  // the slash
    const auto slash = std::min(pattern.find('/'), pattern.size());
    segments.emplace_back(pattern.substr(0, slash));
    pattern.remove_prefix(slash);
  }
  return segments;
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  return std::equal(
      pattern.begin(), pattern.end(), segments.begin(), segments.end(),
      [](const std::string& p, const std::string& s) { return is_parameter(p) || p == s; });
}

std::string join(const std::vector<std::string>& segments) {
  std::string path;
  for (const auto& segment : segments) path += "/" + segment;
  return path;
}

bool same_method(const Route& route, const std::string& method) {
  return route.method == (method == "HEAD" ? "GET" : method);
}

// A path with a name that the store could never hold is told so, not "not found".
Result<void> check_path(const std::map<std::string, std::string>& path) {
  for (const auto& [name, value] : path) {
    Result<void> fine;
    if (name == "ns") fine = check_namespace(value);
    if (name == "id") fine = check_workflow_id(value);
    if (name == "queue") fine = check_queue(value);
    if (!fine) return fine;
  }
  return {};
}

Result<Arguments> body_of(const Route& route, const Request& request, const Limits& limits) {
  if (route.body_kind == BodyKind::none && !request.body.empty()) {
    return fail(Code::invalid, "this call takes no body");
  }
  if (route.body_kind != BodyKind::fields) return Arguments();
  if (request.body.empty()) return read_body(workflow::Json::object(), route.body);
  auto json = parse_json(request.body, limits.max_depth);
  if (!json) return Failure(json.error());
  return read_body(std::move(*json), route.body);
}

}  // namespace

Router::Router(std::vector<Route> routes, Limits limits, Spread* spread)
    : routes_(std::move(routes)), limits_(limits), spread_(spread) {
  for (const auto& route : routes_) patterns_.push_back(split(route.pattern));
}

std::variant<Router::Match, Response> Router::find(const Request& request, const Url& url) const {
  const std::string_view asked = request.method;  // a view: `?:` with a string makes a temporary
  const std::string_view method = asked == "HEAD" ? "GET" : asked;
  std::string allowed;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (!fits(patterns_[i], url.segments)) continue;
    if (routes_[i].method != method) {
      allowed += (allowed.empty() ? "" : ", ") + std::string(routes_[i].method);
      if (routes_[i].method == "GET") allowed += ", HEAD";
      continue;
    }
    Match match{&routes_[i], {}};
    for (std::size_t s = 0; s < url.segments.size(); ++s) {
      const auto& segment = patterns_[i][s];
      if (is_parameter(segment)) match.path[parameter_name(segment)] = url.segments[s];
    }
    return match;
  }
  if (allowed.empty()) return not_found(request, url);
  return with_header(problem(405, "invalid",
                             "the method " + request.method.substr(0, 20) +
                                 " is not allowed here; allowed: " + allowed),
                     "Allow", allowed);
}

Response Router::not_found(const Request& request, const Url& url) const {
  // Patterns of the same length are compared with the request's own values in their parameters,
  // so that only the words count.
  std::vector<std::string> concrete;
  for (const auto& pattern : patterns_) {
    auto segments = pattern;
    for (std::size_t s = 0; s < segments.size() && segments.size() == url.segments.size(); ++s) {
      if (is_parameter(segments[s])) segments[s] = url.segments[s];
    }
    concrete.push_back(join(segments).substr(0, 256));
  }
  const auto near = config::nearest(join(url.segments).substr(0, 256), concrete);
  std::string detail =
      "there is no " + request.method.substr(0, 20) + " " + join(url.segments).substr(0, 200);
  if (!near.empty()) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      const bool better = concrete[found] != near || same_method(routes_[i], request.method);
      if (concrete[i] == near && better) found = i;
    }
    const Route& route = routes_[found];
    detail += "; the nearest is " + std::string(route.method) + " " + std::string(route.pattern);
  }
  return problem(404, "not_found", detail + "; all calls are listed at /openapi.json");
}

Response Router::call(const Request& request, const Url& url, Match match) const {
  const Route& route = *match.route;
  if (auto fine = check_path(match.path); !fine) return problem(fine.error());
  auto query = read_query(url.query, route.query);
  if (!query) return problem(query.error());
  if (route.refuse && spread_ == nullptr) {
    if (auto refusal = route.refuse()) return std::move(*refusal);
  }
  auto body = body_of(route, request, limits_);
  if (!body) return problem(body.error());
  Call checked{request, std::move(match.path), std::move(*query), std::move(*body)};
  return spread_ != nullptr ? spread_->answer(route, checked) : route.handler(checked);
}

}  // namespace endure::http
