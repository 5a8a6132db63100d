#include <map>

#include "runtime/http/lease_hub.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"
#include "runtime/worker_queue.hpp"

namespace endure::http {

namespace {

using actors::StepToken;

// Steps reach a poll from the queue's own thread, so that even a poll that does not want to wait
// gives it a moment to answer.
constexpr std::int64_t least_wait_ms = 50;
constexpr std::size_t max_worker_name = 200;
constexpr std::string_view runtime_error =
    "https://serverlessworkflow.io/spec/1.0.0/errors/runtime";

Result<Json> shape_of(const actors::LeasedStep& step) {
  auto arguments = persistence::decode_value(step.arguments);
  if (!arguments) return Failure(arguments.error());
  return Json{{"token", to_text(step.token)},
              {"namespace", step.name.ns},
              {"workflow", step.name.id},
              {"task", step.task},
              {"attempt", step.token.attempt},
              {"lease_ms", step.lease_ms},
              {"idempotency_key", step.idempotency_key},
              {"arguments", arguments->json()}};
}

Response lease(Services& services, LeaseHub& leases, const Call& call) {
  if (auto fine = check_worker_queue(call["queue"]); !fine) return problem(fine.error());
  const auto worker = *call.body.text("worker");
  if (worker.empty() || worker.size() > max_worker_name) {
    return problem({Code::invalid, "the worker's name must have 1 to 200 bytes", "/worker"});
  }
  const auto max = static_cast<std::uint32_t>(call.body.integer("max").value_or(1));
  const auto wait_ms = std::max(call.body.integer("wait_ms").value_or(0), least_wait_ms);
  auto slot = services.long_polls.enter(services.limits.max_long_polls);
  if (!slot) return problem(slot.error());
  auto steps = leases.lease(call["queue"], worker, max, {wait_ms, call.request.ending});
  if (!steps) return problem(steps.error());
  Json items = Json::array();
  for (const auto& step : *steps) {
    auto item = shape_of(step);
    if (!item) return problem(item.error());
    items.push_back(std::move(*item));
  }
  return json_response(200, {{"steps", std::move(items)}});
}

Result<StepToken> token_of(const std::string& text, const std::string& where) {
  auto token = actors::token_from(text);
  if (!token) return fail(Code::invalid, "this is not a token that a lease gave", where);
  return token;
}

Response complete(Services& services, LeaseHub& leases, const Call& call) {
  auto token = token_of(*call.body.text("token"), "/token");
  if (!token) return problem(token.error());
  workflow::Value result(call.body.value("result", Json()));
  auto done = await<void>(services.patience(call.request), [&](auto reply) {
    services.engine.complete(leases.consumer_of(*token), *token, std::move(result),
                             std::move(reply));
  });
  if (!done) return problem(done.error());
  leases.ended(*token);
  return json_response(200, {{"completed", true}});
}

const std::vector<Field>& error_fields() {
  using Type = Field::Type;
  static const std::vector<Field> fields = {
      {.name = "type", .type = Type::text, .doc = "A URI; default: the DSL's runtime error."},
      {.name = "title", .type = Type::text},
      {.name = "detail", .type = Type::text},
      {.name = "status", .type = Type::integer, .doc = "Default 500.", .min = 100, .max = 599}};
  return fields;
}

Response fail_step(Services& services, LeaseHub& leases, const Call& call) {
  auto token = token_of(*call.body.text("token"), "/token");
  if (!token) return problem(token.error());
  auto error = read_body(*call.body.find("error"), error_fields(), "/error");
  if (!error) return problem(error.error());
  actors::StepFailure failure;
  failure.fault.type = error->text("type").value_or(std::string(runtime_error));
  failure.fault.title = error->text("title").value_or("The step failed");
  failure.fault.detail = error->text("detail").value_or("");
  failure.fault.status = static_cast<int>(error->integer("status").value_or(500));
  failure.retryable = call.body.boolean("retryable").value_or(true);
  if (const auto wanted_ms = call.body.integer("retry_after_ms")) {
    failure.retry_after_ms = std::min(*wanted_ms, longest_retry_ms);
  }
  auto done = await<void>(services.patience(call.request), [&](auto reply) {
    services.engine.fail_step(leases.consumer_of(*token), *token, std::move(failure),
                              std::move(reply));
  });
  if (!done) return problem(done.error());
  leases.ended(*token);
  return json_response(200, {{"failed", true}});
}

Result<std::map<actors::ConsumerId, std::vector<StepToken>>> tokens_by_consumer(
    const Services& services, const LeaseHub& leases, const Json& list) {
  if (list.empty() || list.size() > services.limits.max_heartbeat_tokens) {
    return fail(Code::invalid,
                "a heartbeat names 1 to " + std::to_string(services.limits.max_heartbeat_tokens) +
                    " tokens",
                "/tokens");
  }
  std::map<actors::ConsumerId, std::vector<StepToken>> out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = "/tokens/" + std::to_string(i);
    if (!list[i].is_string()) return fail(Code::invalid, "a token is a string", where);
    auto token = token_of(list[i].get<std::string>(), where);
    if (!token) return Failure(token.error());
    out[leases.consumer_of(*token)].push_back(std::move(*token));
  }
  return out;
}

Response heartbeat(Services& services, LeaseHub& leases, const Call& call) {
  auto groups = tokens_by_consumer(services, leases, *call.body.find("tokens"));
  if (!groups) return problem(groups.error());
  Json lost = Json::array();
  for (const auto& group : *groups) {
    const auto consumer = group.first;
    const auto& tokens = group.second;
    auto gone = await<std::vector<StepToken>>(services.patience(call.request), [&](auto reply) {
      services.engine.heartbeat(consumer, tokens, std::move(reply));
    });
    if (!gone) return problem(gone.error());
    for (const auto& token : tokens) {
      if (std::find(gone->begin(), gone->end(), token) == gone->end()) {
        leases.extended(token);
      } else {
        leases.ended(token);
        lost.push_back(to_text(token));
      }
    }
  }
  return json_response(200, {{"lost", std::move(lost)}});
}

Field token_field() {
  return {
      .name = "token", .type = Field::Type::text, .doc = "As the lease gave it.", .required = true};
}

Route lease_route(Services& services, LeaseHub& leases) {
  using Type = Field::Type;
  return {.method = "POST",
          .pattern = "/v1/queues/{queue}/lease",
          .name = "lease_steps",
          .summary = "Leases steps to a worker; waits for the first.",
          .reach = Reach::lease,
          .body_kind = BodyKind::fields,
          .body = {{.name = "worker",
                    .type = Type::text,
                    .doc = "The worker's name; one for each process.",
                    .required = true},
                   {.name = "max",
                    .type = Type::integer,
                    .doc = "At most so many steps; default 1.",
                    .min = 1,
                    .max = static_cast<std::int64_t>(services.limits.max_lease_steps)},
                   {.name = "wait_ms",
                    .type = Type::integer,
                    .doc = "How long to wait for a step; default 0.",
                    .min = 0,
                    .max = services.limits.max_wait_ms}},
          .answers = {200},
          .handler = [&](const Call& call) { return lease(services, leases, call); }};
}

}  // namespace

Routes step_routes(Services& services, LeaseHub& leases) {
  using Type = Field::Type;
  Routes routes;
  routes.push_back(lease_route(services, leases));
  routes.push_back({.method = "POST",
                    .pattern = "/v1/steps/complete",
                    .name = "complete_step",
                    .summary = "A step's result; answered once the workflow has it durably.",
                    .reach = Reach::step,
                    .body_kind = BodyKind::fields,
                    .body = {token_field(), {.name = "result", .doc = "Any JSON; default null."}},
                    .answers = {200, 409},
                    .handler = [&](const Call& call) { return complete(services, leases, call); }});
  routes.push_back(
      {.method = "POST",
       .pattern = "/v1/steps/fail",
       .name = "fail_step",
       .summary = "A step's error; its queue tries again unless it is not retryable.",
       .reach = Reach::step,
       .body_kind = BodyKind::fields,
       .body = {token_field(),
                {.name = "error",
                 .type = Type::object,
                 .doc = "{type, title, detail, status}.",
                 .required = true},
                {.name = "retryable", .type = Type::boolean, .doc = "Default true."},
                {.name = "retry_after_ms",
                 .type = Type::integer,
                 .doc = "Not tried again before this has passed; at most a day.",
                 .min = 0}},
       .answers = {200, 409},
       .handler = [&](const Call& call) { return fail_step(services, leases, call); }});
  routes.push_back(
      {.method = "POST",
       .pattern = "/v1/steps/heartbeat",
       .name = "heartbeat_steps",
       .summary = "Starts the leases anew; names the steps that are lost.",
       .reach = Reach::steps,
       .body_kind = BodyKind::fields,
       .body = {{.name = "tokens",
                 .type = Type::list,
                 .doc = "Tokens of steps under way.",
                 .required = true}},
       .answers = {200},
       .handler = [&](const Call& call) { return heartbeat(services, leases, call); }});
  return routes;
}

}  // namespace endure::http
