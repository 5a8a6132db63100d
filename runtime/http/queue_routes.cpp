#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"

namespace endure::http {

namespace {

Response list(Services& services, const Call& call) {
  auto views = await<std::vector<actors::QueueView>>(
      services.patience(call.request),
      [&](auto reply) { services.engine.queues(std::move(reply)); });
  if (!views) return problem(views.error());
  Json items = Json::array();
  for (const auto& view : *views) items.push_back(shape(view, services.clock.now()));
  return json_response(200, {{"items", std::move(items)}});
}

Response show(Services& services, const Call& call) {
  auto view = await<actors::QueueView>(services.patience(call.request), [&](auto reply) {
    services.engine.queue(call["queue"], std::move(reply));
  });
  if (!view) return problem(view.error());
  return json_response(200, shape(*view, services.clock.now()));
}

Response pause(Services& services, const Call& call, bool paused) {
  auto done = await<void>(services.patience(call.request), [&](auto reply) {
    services.engine.pause_queue(call["queue"], paused, std::move(reply));
  });
  if (!done) return problem(done.error());
  return show(services, call);
}

}  // namespace

Routes queue_routes(Services& services) {
  Routes routes;
  routes.push_back({.method = "GET",
                    .pattern = "/v1/queues",
                    .name = "list_queues",
                    .summary = "All step queues.",
                    .reach = Reach::queues,
                    .answers = {200},
                    .handler = [&](const Call& call) { return list(services, call); }});
  routes.push_back({.method = "GET",
                    .pattern = "/v1/queues/{queue}",
                    .name = "show_queue",
                    .summary = "One step queue.",
                    .reach = Reach::queue,
                    .answers = {200, 404},
                    .handler = [&](const Call& call) { return show(services, call); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/queues/{queue}/pause",
                    .name = "pause_queue",
                    .summary = "No step of the queue is handed out until it is resumed.",
                    .reach = Reach::queue,
                    .body_kind = BodyKind::fields,
                    .answers = {200, 404},
                    .handler = [&](const Call& call) { return pause(services, call, true); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/queues/{queue}/resume",
                    .name = "resume_queue",
                    .summary = "Steps of the queue are handed out again.",
                    .reach = Reach::queue,
                    .body_kind = BodyKind::fields,
                    .answers = {200, 404},
                    .handler = [&](const Call& call) { return pause(services, call, false); }});
  return routes;
}

}  // namespace endure::http
