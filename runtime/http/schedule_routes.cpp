#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"

namespace endure::http {

namespace {

Response list(Services& services, const Call& call) {
  auto views = await<std::vector<actors::ScheduleView>>(
      services.patience(call.request),
      [&](auto reply) { services.engine.schedules(std::move(reply)); });
  if (!views) return problem(views.error());
  Json items = Json::array();
  for (const auto& view : *views) items.push_back(shape(view));
  return json_response(200, {{"items", std::move(items)}});
}

Response show(Services& services, const Call& call) {
  auto view = await<actors::ScheduleView>(services.patience(call.request), [&](auto reply) {
    services.engine.schedule(call["ns"], call["name"], std::move(reply));
  });
  if (!view) return problem(view.error());
  return json_response(200, shape(*view));
}

Response control(Services& services, const Call& call, actors::ScheduleVerb verb) {
  auto done = await<void>(services.patience(call.request), [&](auto reply) {
    services.engine.control_schedule(call["ns"], call["name"], verb, std::move(reply));
  });
  if (!done) return problem(done.error());
  if (verb != actors::ScheduleVerb::remove) return show(services, call);
  return json_response(200, {{"namespace", call["ns"]}, {"name", call["name"]}, {"deleted", true}});
}

Response trigger(Services& services, const Call& call) {
  actors::TriggerRequest request{call["ns"], call["name"], call.body.text("id"),
                                 call.body.value("input", Json::object())};
  if (request.id && request.id->size() > services.limits.max_id_length) {
    return problem({Code::invalid,
                    "the workflow id has " + std::to_string(request.id->size()) +
                        " bytes; this node allows " + std::to_string(services.limits.max_id_length),
                    "id"});
  }
  auto receipt = await<actors::StartReceipt>(services.patience(call.request), [&](auto reply) {
    services.engine.trigger_schedule(std::move(request), std::move(reply));
  });
  if (!receipt) return problem(receipt.error());
  return json_response(201, shape(receipt->workflow));
}

}  // namespace

Routes schedule_routes(Services& services) {
  using Verb = actors::ScheduleVerb;
  Routes routes;
  routes.push_back({.method = "GET",
                    .pattern = "/v1/schedules",
                    .name = "list_schedules",
                    .summary = "The schedules of all deployed definitions.",
                    .reach = Reach::schedules,
                    .answers = {200},
                    .handler = [&](const Call& call) { return list(services, call); }});
  routes.push_back({.method = "GET",
                    .pattern = "/v1/schedules/{ns}/{name}",
                    .name = "show_schedule",
                    .summary = "One definition's schedule: what comes next, what was, counts.",
                    .reach = Reach::schedule,
                    .answers = {200, 404},
                    .handler = [&](const Call& call) { return show(services, call); }});
  routes.push_back(
      {.method = "POST",
       .pattern = "/v1/schedules/{ns}/{name}/pause",
       .name = "pause_schedule",
       .summary = "Nothing is started until it is resumed.",
       .reach = Reach::schedule,
       .body_kind = BodyKind::fields,
       .answers = {200, 404},
       .handler = [&](const Call& call) { return control(services, call, Verb::pause); }});
  routes.push_back(
      {.method = "POST",
       .pattern = "/v1/schedules/{ns}/{name}/resume",
       .name = "resume_schedule",
       .summary = "Goes on with the next run after now.",
       .reach = Reach::schedule,
       .body_kind = BodyKind::fields,
       .answers = {200, 404},
       .handler = [&](const Call& call) { return control(services, call, Verb::resume); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/schedules/{ns}/{name}/trigger",
                    .name = "trigger_schedule",
                    .summary = "Starts a workflow now, beside those that the schedule starts.",
                    .reach = Reach::schedule,
                    .body_kind = BodyKind::fields,
                    .body = {{.name = "id",
                              .type = Field::Type::text,
                              .doc = "The workflow's id; else made from the name and a number."},
                             {.name = "input", .doc = "Its input; default {}."}},
                    .answers = {201, 404, 409},
                    .handler = [&](const Call& call) { return trigger(services, call); }});
  routes.push_back(
      {.method = "POST",
       .pattern = "/v1/schedules/{ns}/{name}/delete",
       .name = "delete_schedule",
       .summary = "Ends the schedule; a newer version of the definition may bring one again.",
       .reach = Reach::schedule,
       .body_kind = BodyKind::fields,
       .answers = {200, 404},
       .handler = [&](const Call& call) { return control(services, call, Verb::remove); }});
  return routes;
}

}  // namespace endure::http
