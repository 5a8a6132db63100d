#include "runtime/http/cloud_event.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"

namespace endure::http {

namespace {

const char* name_of(actors::EventFate fate) {
  switch (fate) {
    case actors::EventFate::taken: return "taken";
    case actors::EventFate::kept: return "kept";
    case actors::EventFate::duplicate: return "duplicate";
  }
  return "taken";
}

Response send(Services& services, const Call& call) {
  auto event = read_cloud_event(call.request, services.clock.now(), services.limits.max_depth);
  if (!event) return problem(event.error());
  auto receipt = await<actors::SendReceipt>(services.patience(call.request), [&](auto reply) {
    services.engine.send({call["ns"], call["id"]}, std::move(*event), std::move(reply));
  });
  if (!receipt) return problem(receipt.error());
  Json answer = shape(receipt->workflow);
  answer["event"] = name_of(receipt->fate);
  return json_response(202, answer);
}

Response publish(Services& services, const Call& call) {
  auto event = read_cloud_event(call.request, services.clock.now(), services.limits.max_depth);
  if (!event) return problem(event.error());
  auto receipt = await<actors::PublishReceipt>(services.patience(call.request), [&](auto reply) {
    services.engine.publish(std::move(*event), std::move(reply));
  });
  if (!receipt) return problem(receipt.error());
  return json_response(202, {{"sequence", receipt->sequence},
                             {"duplicate", receipt->duplicate},
                             {"listeners", receipt->listeners}});
}

Response list(Services& services) {
  Json items = Json::array();
  for (const auto& view : services.engine.events()) items.push_back(shape(view));
  Json sinks = Json::array();
  for (const auto& view : services.engine.sinks()) sinks.push_back(shape(view));
  return json_response(200, {{"items", std::move(items)}, {"sinks", std::move(sinks)}});
}

}  // namespace

Routes event_routes(Services& services) {
  Routes routes;
  routes.push_back({.method = "POST",
                    .pattern = "/v1/workflows/{ns}/{id}/events",
                    .name = "send_event",
                    .summary = "Sends an event to one workflow; kept until a listener takes it.",
                    .reach = Reach::workflow,
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
  routes.push_back({.method = "GET",
                    .pattern = "/v1/events",
                    .name = "list_events",
                    .summary = "Broadcast events that are kept, by type; and how the sinks fare.",
                    .reach = Reach::events,
                    .answers = {200},
                    .handler = [&](const Call&) { return list(services); }});
  return routes;
}

}  // namespace endure::http
