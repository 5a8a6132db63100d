#include "runtime/http/cloud_event.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"

namespace endure::http {

namespace {

Response send(Services& services, const Call& call) {
  auto event = read_cloud_event(call.request, services.clock.now(), services.limits.max_depth);
  if (!event) return problem(event.error());
  auto summary =
      await<persistence::WorkflowSummary>(services.patience(call.request), [&](auto reply) {
        services.engine.send({call["ns"], call["id"]}, std::move(*event), std::move(reply));
      });
  if (!summary) return problem(summary.error());
  return json_response(202, shape(*summary));
}

Response publish(Services& services, const Call& call) {
  auto event = read_cloud_event(call.request, services.clock.now(), services.limits.max_depth);
  if (!event) return problem(event.error());
  auto sequence = await<std::uint64_t>(services.patience(call.request), [&](auto reply) {
    services.engine.publish(std::move(*event), std::move(reply));
  });
  if (!sequence) return problem(sequence.error());
  return json_response(202, {{"sequence", *sequence}});
}

}  // namespace

Routes event_routes(Services& services) {
  Routes routes;
  routes.push_back({.method = "POST",
                    .pattern = "/v1/workflows/{ns}/{id}/events",
                    .name = "send_event",
                    .summary = "Sends an event to one workflow; kept until a listener takes it.",
                    .body_kind = BodyKind::cloud_event,
                    .answers = {202, 404, 409, 429},
                    .handler = [&](const Call& call) { return send(services, call); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/events",
                    .name = "publish_event",
                    .summary = "Sends an event to every workflow that listens for it.",
                    .body_kind = BodyKind::cloud_event,
                    .answers = {202, 429},
                    .handler = [&](const Call& call) { return publish(services, call); }});
  return routes;
}

}  // namespace endure::http
