#include "runtime/http/api.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "runtime/cpu_load.hpp"
#include "runtime/http/openapi.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"

namespace endure::http {

namespace {

constexpr std::string_view no_route = "none";

void append(Routes& all, Routes family) {
  all.insert(all.end(), std::make_move_iterator(family.begin()),
             std::make_move_iterator(family.end()));
}

Response too_large(std::size_t limit) {
  return problem(413, "too_large", "the body has more than " + std::to_string(limit) + " bytes",
                 "body");
}

std::optional<std::size_t> announced_bytes(const Request& head) {
  const auto text = head.header("content-length");
  std::size_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return bytes;
}

// What is wrong with the announced body, if anything is.
std::optional<Response> check_body_headers(const Request& head, const Limits& limits) {
  const auto bytes = announced_bytes(head);
  if (!head.header("content-length").empty() && !bytes) {
    return problem(400, "invalid", "the Content-Length is not a number", "content-length");
  }
  if (bytes && *bytes > limits.max_body_bytes) return too_large(limits.max_body_bytes);
  const auto encoding = head.header("content-encoding");
  if (!encoding.empty() && encoding != "identity") {
    return problem(415, "invalid", "compressed bodies are not taken; send it plain",
                   "content-encoding");
  }
  const auto transfer = head.header("transfer-encoding");
  if (!transfer.empty() && transfer != "chunked") {
    return problem(501, "invalid", "the only transfer encoding taken is chunked",
                   "transfer-encoding");
  }
  if (!transfer.empty() && bytes) {
    return problem(400, "invalid",
                   "a request has a Content-Length or a Transfer-Encoding, not both",
                   "transfer-encoding");
  }
  return std::nullopt;
}

// Steps that wait longer than this while the processors are all taken wait for this machine.
constexpr std::int64_t longest_step_wait_ms = 50;

StartGateConfig gate_config(const Limits& limits, actors::Engine& engine, Clock& clock) {
  StartGateConfig config;
  config.strained = [&engine, &clock, load = std::make_shared<runtime::CpuLoad>()] {
    const bool saturated = load->is_saturated(clock.steady_ms());
    return saturated && engine.step_wait_ms() > longest_step_wait_ms;
  };
  config.most = limits.max_pending_starts;
  config.first = std::min(config.first, config.most);
  config.least = std::min(limits.max_starts, config.most);
  return config;
}

}  // namespace

Api::Api(ApiConfig config, actors::Engine& engine, persistence::Store& store,
         workflow::Expressions& expressions, Clock& clock)
    : guard_(std::move(config.guard)),
      services_{engine,
                store,
                expressions,
                clock,
                config.limits,
                config.version,
                config.resources,
                {},
                {},
                config.run,
                std::make_shared<StartGate>(gate_config(config.limits, engine, clock)),
                config.fellows},
      leases_(engine, clock) {
  if (config.fellows != nullptr) services_.spread = &spread_.emplace(*config.fellows, services_);
  Routes routes;
  append(routes, definition_routes(services_));
  append(routes, schema_routes());
  append(routes, start_routes(services_));
  append(routes, workflow_routes(services_));
  append(routes, migration_routes(services_));
  append(routes, schedule_routes(services_));
  append(routes, event_routes(services_));
  append(routes, queue_routes(services_));
  append(routes, dead_letter_routes(services_));
  append(routes, step_routes(services_, leases_));
  append(routes, node_routes(services_, counters_));
  append(routes, cluster_routes(services_));
  append(routes, member_routes(services_));
  routes.push_back({.method = "GET",
                    .pattern = "/openapi.json",
                    .name = "openapi",
                    .summary = "This API as an OpenAPI 3.1 document.",
                    .answers = {200},
                    .handler = [this](const Call&) {
                      Response response;
                      response.body = openapi_;
                      return response;
                    }});
  openapi_ = write_openapi(routes, services_.version, !guard_.tokens.empty());
  router_.emplace(std::move(routes), services_.limits, services_.spread);
}

std::variant<Api::Checked, Response> Api::check(const Request& head) const {
  // What another node has passed on has been checked there, and that node is known by its key.
  const bool from_client = head.from_node.empty();
  if (from_client) {
    if (auto refusal = check_origin(guard_, head)) return std::move(*refusal);
  }
  const auto& limits = services_.limits;
  const auto mark = head.target.find('?');
  const bool long_query =
      mark != std::string::npos && head.target.size() - mark - 1 > limits.max_query_bytes;
  auto url = parse_target(head.target);
  auto found = url ? router_->find(head, *url) : std::variant<Router::Match, Response>();
  const auto* match = url ? std::get_if<Router::Match>(&found) : nullptr;
  // Without a token nothing is told, not even which routes exist.
  if (from_client && (match == nullptr || match->route->needs_token)) {
    if (auto refusal = check_token(guard_, head)) return std::move(*refusal);
  }
  if (!url) return problem(url.error());
  if (match == nullptr) return std::get<Response>(std::move(found));
  if (long_query) {
    return problem(414, "too_large",
                   "the query has more than " + std::to_string(limits.max_query_bytes) + " bytes",
                   "query");
  }
  if (auto refusal = check_body_headers(head, limits)) return std::move(*refusal);
  return Checked{std::move(*url), std::move(std::get<Router::Match>(found))};
}

std::optional<Response> Api::refuse(const Request& head) {
  auto checked = check(head);
  if (std::holds_alternative<Checked>(checked)) return std::nullopt;
  auto response = std::get<Response>(std::move(checked));
  counters_.count(std::string(no_route), response.status, 0);
  return response;
}

Response Api::handle(const Request& request) {
  const auto begun_ms = services_.clock.steady_ms();
  auto checked = check(request);
  std::string route(no_route);
  Response response;
  if (auto* fine = std::get_if<Checked>(&checked)) {
    route = fine->match.route->name;
    response = answer(request, fine->url, std::move(fine->match));
  } else {
    response = std::get<Response>(std::move(checked));
  }
  counters_.count(std::move(route), response.status,
                  (services_.clock.steady_ms() - begun_ms) * 1'000);
  return response;
}

Response Api::answer(const Request& request, const Url& url, Router::Match match) {
  if (request.body.size() > services_.limits.max_body_bytes) {
    return too_large(services_.limits.max_body_bytes);
  }
  // An exception here is a fault of ours or of a library; it must cost this request alone.
  try {
    return router_->call(request, url, std::move(match));
  } catch (const std::exception& e) {
    return problem({Code::io, std::string("the node failed to answer: ") + e.what(), ""});
  }
}

}  // namespace endure::http
