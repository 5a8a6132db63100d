// Starting workflows, one or many in one call.
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

Response start(Services& services, const Call& call) {
  auto request = request_of(services, call.body);
  if (!request) return problem(request.error());
  auto receipt = await<actors::StartReceipt>(services.patience(call.request), [&](auto reply) {
    services.engine.start(std::move(*request), std::move(reply));
  });
  if (!receipt) return problem(receipt.error());
  auto response = json_response(receipt->existed ? 200 : 201, shape(*receipt));
  const auto& name = receipt->workflow.name;
  return with_header(std::move(response), "Location", "/v1/workflows/" + name.ns + "/" + name.id);
}

// Each start stands for itself: what is wrong with one does not concern the others.
Response start_many(Services& services, Call& call) {
  auto items = call.body.take_list("items");
  const auto most = services.limits.max_starts;
  if (items.empty() || items.size() > most) {
    return problem({Code::invalid,
                    "there are " + std::to_string(items.size()) + " starts; 1 to " +
                        std::to_string(most) + " are taken in one call",
                    "/items"});
  }
  std::vector<Result<actors::StartRequest>> requests;
  requests.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto body = read_body(std::move(items[i]), start_fields(), "/items/" + std::to_string(i));
    requests.push_back(body ? request_of(services, *body) : Failure(body.error()));
  }
  const auto receipts = await_all<actors::StartReceipt>(
      services.patience(call.request), requests.size(), [&](std::size_t i, auto reply) {
        if (!requests[i]) return reply(Failure(requests[i].error()));
        services.engine.start(std::move(*requests[i]), std::move(reply));
      });
  Json answers = Json::array();
  std::size_t refused = 0;
  for (const auto& receipt : receipts) {
    if (!receipt) ++refused;
    answers.push_back(receipt ? Json{{"workflow", shape(*receipt)}}
                              : Json{{"error", problem_document(receipt.error())}});
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
                    .body_kind = BodyKind::fields,
                    .body = start_fields(),
                    .answers = {201, 200, 404, 409, 429},
                    .handler = [&](const Call& call) { return start(services, call); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/workflows/batch",
                    .name = "start_workflows",
                    .summary = "Starts many workflows; answered once all starts are durable.",
                    .body_kind = BodyKind::fields,
                    .body = {{.name = "items",
                              .type = Type::list,
                              .doc = "Starts, each as for POST /v1/workflows.",
                              .required = true,
                              .items = start_fields()}},
                    .answers = {200, 429},
                    .handler = [&](Call& call) { return start_many(services, call); }});
  return routes;
}

}  // namespace endure::http
