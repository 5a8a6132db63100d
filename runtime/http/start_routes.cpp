// Starting workflows, one or many in one call.
#include <algorithm>

#include "base/ids.hpp"
#include "runtime/http/await_all.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"
#include "runtime/http/uuid.hpp"

namespace endure::http {

namespace {

using Type = Field::Type;

// The members of a start.
const std::vector<Field>& start_fields() {
  static const std::vector<Field> fields = {
      {.name = "namespace", .type = Type::text, .doc = "Default: default."},
      {.name = "id", .type = Type::text, .doc = "The idempotency key; absent: a fresh UUID."},
      {.name = "definition",
       .type = Type::text,
       .doc = "A definition's name in the same namespace.",
       .required = true},
      {.name = "version", .type = Type::text, .doc = "Absent: the latest."},
      {.name = "input", .doc = "Any JSON; default {}."},
      {.name = "on_conflict",
       .type = Type::text,
       .doc = "What to do where the id is taken; default reject.",
       .one_of = {"reject", "return_existing"}}};
  return fields;
}

Result<actors::StartRequest> request_of(const Services& services, const Arguments& body) {
  actors::StartRequest request;
  request.name.ns = body.text("namespace").value_or("default");
  request.name.id = body.text("id").value_or("");
  if (!body.has("id")) request.name.id = new_uuid(services.clock.now());
  if (auto fine = check_namespace(request.name.ns); !fine) return Failure(fine.error());
  if (auto fine = check_workflow_id(request.name.id); !fine) return Failure(fine.error());
  if (request.name.id.size() > services.limits.max_id_length) {
    return fail(Code::invalid,
                "the workflow id has " + std::to_string(request.name.id.size()) +
                    " bytes; this node allows " + std::to_string(services.limits.max_id_length),
                "id");
  }
  request.definition = *body.text("definition");
  request.version = body.text("version");
  request.input = body.value("input", Json::object());
  const bool return_existing = body.text("on_conflict") == "return_existing";
  request.on_conflict =
      return_existing ? actors::OnConflict::return_existing : actors::OnConflict::reject;
  return request;
}

Json shape(const actors::StartReceipt& receipt) {
  auto json = http::shape(receipt.workflow);
  json["existed"] = receipt.existed;
  return json;
}

constexpr std::string_view slow_down =
    "more starts are under way than the node can answer soon; slow down and try again";

std::optional<Response> refusal(Services& services) {
  if (!services.start_gate->refuses(services.clock.steady_ms())) return std::nullopt;
  return problem(429, "retry_later", slow_down);
}

// Starts what the gate has admitted; it is told when the start is durable or refused.
void start_admitted(Services& services, actors::StartRequest request,
                    actors::Reply<actors::StartReceipt> reply) {
  services.engine.start(
      std::move(request),
      [gate = services.start_gate, &clock = services.clock, entered_ms = services.clock.steady_ms(),
       reply = std::move(reply)](Result<actors::StartReceipt> receipt) {
        gate->leave(entered_ms, clock.steady_ms());
        reply(std::move(receipt));
      });
}

Response start(Services& services, const Call& call) {
  auto request = request_of(services, call.body);
  if (!request) return problem(request.error());
  if (services.start_gate->enter(1, services.clock.steady_ms()) == 0) {
    return problem(429, "retry_later", slow_down);
  }
  auto receipt = await<actors::StartReceipt>(services.patience(call.request), [&](auto reply) {
    start_admitted(services, std::move(*request), std::move(reply));
  });
  if (!receipt) return problem(receipt.error());
  auto response = json_response(receipt->existed ? 200 : 201, shape(*receipt));
  const auto& name = receipt->workflow.name;
  return with_header(std::move(response), "Location", "/v1/workflows/" + name.ns + "/" + name.id);
}

// Reads the starts of a batch; what is wrong with one does not concern the others.
std::vector<Result<actors::StartRequest>> requests_of(const Services& services,
                                                      std::vector<Json> items) {
  std::vector<Result<actors::StartRequest>> requests;
  requests.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto body = read_body(std::move(items[i]), start_fields(), "/items/" + std::to_string(i));
    requests.push_back(body ? request_of(services, *body) : Failure(body.error()));
  }
  return requests;
}

// Which of the starts the gate turns away: the last of those that are sound.
std::vector<bool> turned_away(Services& services,
                              const std::vector<Result<actors::StartRequest>>& requests) {
  const auto sound = static_cast<std::size_t>(
      std::count_if(requests.begin(), requests.end(), [](const auto& r) { return r.has_value(); }));
  std::size_t admitted = services.start_gate->enter(sound, services.clock.steady_ms());
  std::vector<bool> away(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (!requests[i]) continue;
    away[i] = admitted == 0;
    if (admitted > 0) --admitted;
  }
  return away;
}

Response start_many(Services& services, Call& call) {
  auto items = call.body.take_list("items");
  const auto most = services.limits.max_starts;
  if (items.empty() || items.size() > most) {
    return problem({Code::invalid,
                    "there are " + std::to_string(items.size()) + " starts; 1 to " +
                        std::to_string(most) + " are taken in one call",
                    "/items"});
  }
  auto requests = requests_of(services, std::move(items));
  const std::vector<bool> away = turned_away(services, requests);
  if (std::find(away.begin(), away.end(), false) == away.end()) {
    return problem(429, "retry_later", slow_down);
  }
  const auto receipts = await_all<actors::StartReceipt>(
      services.patience(call.request), requests.size(), [&](std::size_t i, auto reply) {
        if (!requests[i]) return reply(Failure(requests[i].error()));
        if (away[i]) return reply(fail(Code::retry_later, std::string(slow_down)));
        start_admitted(services, std::move(*requests[i]), std::move(reply));
      });
  Json answers = Json::array();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    if (receipts[i]) {
      Json::object_t answer;
      answer.emplace("workflow", shape(*receipts[i]));
      answers.emplace_back(std::move(answer));
      continue;
    }
    ++refused;
    answers.push_back({{"error", away[i] ? problem_document(429, "retry_later", slow_down)
                                         : problem_document(receipts[i].error())}});
  }
  return json_response(200, {{"items", std::move(answers)}, {"refused", refused}});
}

}  // namespace

Routes start_routes(Services& services) {
  Routes routes;
  routes.push_back({.method = "POST",
                    .pattern = "/v1/workflows",
                    .name = "start_workflow",
                    .summary = "Starts a workflow; answered once the start is durable.",
                    .reach = Reach::start,
                    .body_kind = BodyKind::fields,
                    .body = start_fields(),
                    .answers = {201, 200, 404, 409, 429},
                    .handler = [&](const Call& call) { return start(services, call); },
                    .refuse = [&] { return refusal(services); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/workflows/batch",
                    .name = "start_workflows",
                    .summary = "Starts many workflows; answered once all starts are durable.",
                    .reach = Reach::starts,
                    .body_kind = BodyKind::fields,
                    .body = {{.name = "items",
                              .type = Type::list,
                              .doc = "Starts, each as for POST /v1/workflows.",
                              .required = true,
                              .items = start_fields()}},
                    .answers = {200, 429},
                    .handler = [&](Call& call) { return start_many(services, call); },
                    .refuse = [&] { return refusal(services); }});
  return routes;
}

}  // namespace endure::http
