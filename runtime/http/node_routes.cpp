#include "persistence/codec.hpp"
#include "runtime/http/fellows.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/request_counters.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"
#include "runtime/metrics.hpp"

namespace endure::http {

namespace {

Response ready(const Services& services) {
  if (services.ready) return json_response(200, {{"status", "ready"}});
  return problem({Code::retry_later, "the node is starting or stopping", ""});
}

Response metrics(Services& services, const RequestCounters& counters, const Call& call) {
  auto queues = await<std::vector<actors::QueueView>>(
      services.patience(call.request),
      [&](auto reply) { services.engine.queues(std::move(reply)); });
  if (!queues) return problem(queues.error());
  runtime::MetricsInput input;
  input.version = services.version;
  input.stats = services.engine.stats();
  input.queues = std::move(*queues);
  input.events = services.engine.events();
  input.sinks = services.engine.sinks();
  input.stuck = services.engine.watchdog().stuck();
  input.stuck_total = services.engine.watchdog().reports();
  input.tree = services.engine.tree();
  input.requests = counters.totals();
  if (services.fellows != nullptr) input.cluster = services.fellows->status();
  input.long_polls = services.long_polls.count();
  input.ready = services.ready;
  input.now = services.clock.now();
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = runtime::write_metrics(input);
  return response;
}

Response tree(Services& services) {
  Json items = Json::array();
  for (const auto& view : services.engine.tree()) items.push_back(shape(view));
  return json_response(200, {{"items", std::move(items)}});
}

Response stuck(Services& services) {
  Json items = Json::array();
  for (const auto& job : services.engine.watchdog().stuck()) {
    items.push_back({{"who", job.who}, {"job", job.job}, {"since", to_rfc3339(job.since)}});
  }
  return json_response(200, {{"items", std::move(items)}});
}

// The workflow by its name, where its snapshot can be read.
Json name_of(Services& services, WorkflowNumber number) {
  const auto stored = services.store.load_workflow(number);
  if (!stored || !*stored) return {};
  const auto summary = persistence::decode_summary((*stored)->snapshot);
  if (!summary) return {};
  return {{"namespace", summary->name.ns}, {"id", summary->name.id}};
}

Response damage(Services& services) {
  Json items = Json::array();
  for (const auto& row : services.store.damage().rows()) {
    items.push_back({{"table", row.table},
                     {"key", row.key},
                     {"what", row.what},
                     {"number", row.workflow == 0 ? Json() : Json(row.workflow)},
                     {"workflow", row.workflow == 0 ? Json() : name_of(services, row.workflow)}});
  }
  return json_response(200, {{"items", std::move(items)}});
}

}  // namespace

Routes node_routes(Services& services, const RequestCounters& counters) {
  Routes routes;
  routes.push_back({.method = "GET",
                    .pattern = "/healthz",
                    .name = "health",
                    .summary = "The process lives and answers.",
                    .answers = {200},
                    .handler =
                        [](const Call&) {
                          return json_response(200, {{"status", "ok"}});
                        },
                    .needs_token = false});
  routes.push_back({.method = "GET",
                    .pattern = "/readyz",
                    .name = "readiness",
                    .summary = "The node takes work.",
                    .answers = {200},
                    .handler = [&](const Call&) { return ready(services); },
                    .needs_token = false});
  routes.push_back({.method = "GET",
                    .pattern = "/v1/version",
                    .name = "version",
                    .summary = "The node's version and the API's.",
                    .answers = {200},
                    .handler = [&](const Call&) {
                      return json_response(200, {{"version", services.version}, {"api", "v1"}});
                    }});
  routes.push_back({.method = "GET",
                    .pattern = "/v1/actors",
                    .name = "list_actors",
                    .summary = "The supervision tree.",
                    .answers = {200},
                    .handler = [&](const Call&) { return tree(services); }});
  routes.push_back({.method = "GET",
                    .pattern = "/v1/stuck",
                    .name = "list_stuck",
                    .summary = "Threads and actors that are busy with one job for too long.",
                    .answers = {200},
                    .handler = [&](const Call&) { return stuck(services); }});
  routes.push_back({.method = "GET",
                    .pattern = "/v1/damage",
                    .name = "list_damage",
                    .summary = "Rows of the volume that cannot be read, met since the start.",
                    .answers = {200},
                    .handler = [&](const Call&) { return damage(services); }});
  routes.push_back(
      {.method = "GET",
       .pattern = "/v1/stats",
       .name = "stats",
       .summary = "Counters of the engine, the journal and the store.",
       .answers = {200},
       .handler = [&](const Call&) { return json_response(200, shape(services.engine.stats())); }});
  routes.push_back(
      {.method = "GET",
       .pattern = "/metrics",
       .name = "metrics",
       .summary = "Prometheus' text format.",
       .answers = {200},
       .handler = [&](const Call& call) { return metrics(services, counters, call); }});
  return routes;
}

}  // namespace endure::http
