#include <charconv>

#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"
#include "runtime/http/workflow_filter.hpp"

namespace endure::http {

namespace {

constexpr std::size_t most_children_shown = 100;

WorkflowName name_of(const Call& call) {
  return {call["ns"], call["id"]};
}

Error no_workflow(const WorkflowName& name) {
  return {Code::not_found, "there is no workflow " + name.ns + "/" + name.id, "id"};
}

// A page of the store may hold fewer rows than asked for while a filter passes over others; reading
// on gives the client a full page, within a bound.
Response list(Services& services, const Call& call) {
  auto filter = workflow_filter(call.query, services.clock.now());
  if (!filter) return problem(filter.error());
  auto after = cursor_number(call.query);
  if (!after) return problem(after.error());
  const auto text = call.query.text("parent");
  if (text && text->starts_with('#') && services.fellows != nullptr) {
    // In a cluster only the parent's own node knows its number, and has been asked.
    WorkflowNumber number = 0;
    std::from_chars(text->data() + 1, text->data() + text->size(), number);
    filter->parent = number;
  } else if (text) {
    const auto name = parent_name(*text, filter->ns.value_or("default"));
    auto number = services.store.find_workflow(name);
    if (!number) return problem(number.error());
    if (!number->has_value()) return problem(no_workflow(name));
    filter->parent = **number;
  }
  const auto limit = static_cast<std::size_t>(call.query.integer("limit").value_or(50));
  constexpr int most_reads = 20;
  Json items = Json::array();
  std::optional<WorkflowNumber> next = *after;
  for (int reads = 0; reads < most_reads && items.size() < limit; ++reads) {
    auto page = services.store.list_workflows(*filter, next, limit - items.size());
    if (!page) return problem(page.error());
    for (const auto& row : page->rows) items.push_back(shape(row));
    next = page->next;
    if (!next) break;
  }
  return json_response(200, {{"items", std::move(items)},
                             {"next_cursor", next ? Json(std::to_string(*next)) : Json()}});
}

// The workflows that this one started, newest first.
Json children_of(Services& services, WorkflowNumber number) {
  persistence::WorkflowFilter filter;
  filter.parent = number;
  Json items = Json::array();
  const auto page = services.store.list_workflows(filter, std::nullopt, most_children_shown);
  if (!page) return items;
  for (const auto& row : page->rows) items.push_back(shape(row));
  return items;
}

Response shown(Services& services, const actors::WorkflowView& view) {
  const auto& ref = view.summary.definition;
  const auto definition = services.engine.definition(ref.ns, ref.name, ref.version);
  Json json = shape(view, definition ? definition->get() : nullptr);
  json["children"] = children_of(services, view.summary.number);
  return json_response(200, json);
}

Response show(Services& services, const Call& call) {
  auto view = services.engine.show(name_of(call));
  if (!view) return problem(view.error());
  return shown(services, *view);
}

// A workflow's input is stored once, in its snapshot; the history shows it where the workflow
// began.
Result<void> show_input(Services& services, WorkflowNumber number,
                        persistence::HistoryRecord& record) {
  for (auto& entry : record.entries) {
    if (entry.kind != workflow::HistoryEntry::Kind::started || !entry.data.is_null()) continue;
    const auto stored = services.store.load_workflow(number);
    if (!stored) return Failure(stored.error());
    if (!stored->has_value()) continue;  // removed a moment ago
    const auto snapshot = persistence::decode_snapshot((*stored)->snapshot);
    if (!snapshot) return Failure(snapshot.error());
    entry.data = snapshot->input;
  }
  return {};
}

Response history(Services& services, const Call& call) {
  auto number = services.store.find_workflow(name_of(call));
  if (!number) return problem(number.error());
  if (!number->has_value()) return problem(no_workflow(name_of(call)));
  const auto after = static_cast<std::uint64_t>(call.query.integer("after").value_or(0));
  const auto limit = static_cast<std::size_t>(call.query.integer("limit").value_or(100));
  auto page = services.store.history(**number, after, limit);
  if (!page) return problem(page.error());
  Json items = Json::array();
  for (const auto& row : page->rows) {
    auto record = persistence::decode_history(row.bytes);
    if (!record) return problem(record.error());
    if (auto shown = show_input(services, **number, *record); !shown) return problem(shown.error());
    items.push_back(shape(*record));
  }
  return json_response(
      200, {{"items", std::move(items)}, {"next_after", page->next ? Json(*page->next) : Json()}});
}

Response result(Services& services, const Call& call) {
  const auto wait_ms = call.query.integer("wait_ms").value_or(30'000);
  auto slot = services.long_polls.enter(services.limits.max_long_polls);
  if (!slot) return problem(slot.error());
  // The engine keeps the time; ours is a second longer, in case it is too busy to.
  const Patience patience{wait_ms + 1'000, call.request.ending};
  auto view = await<actors::WorkflowView>(patience, [&](auto reply) {
    services.engine.await_end(name_of(call), wait_ms, std::move(reply));
  });
  if (view) return shown(services, *view);
  if (view.error().code != Code::retry_later || call.request.ending.stop_requested()) {
    return problem(view.error());
  }
  return problem(504, "retry_later",
                 "the workflow has not ended within " + std::to_string(wait_ms) + " ms");
}

Response control(Services& services, const Call& call, actors::Verb verb) {
  const auto reason = call.body.text("reason").value_or("");
  if (reason.size() > services.limits.max_reason_bytes) {
    return problem({Code::invalid,
                    "the reason has " + std::to_string(reason.size()) + " bytes; at most " +
                        std::to_string(services.limits.max_reason_bytes) + " are allowed",
                    "/reason"});
  }
  auto summary = await<persistence::WorkflowSummary>(
      services.patience(call.request),
      [&](auto reply) { services.engine.control(name_of(call), verb, reason, std::move(reply)); });
  if (!summary) return problem(summary.error());
  return json_response(200, shape(*summary));
}

Route control_route(Services& services, std::string_view pattern, std::string_view name,
                    actors::Verb verb, std::string_view summary) {
  return {.method = "POST",
          .pattern = pattern,
          .name = name,
          .summary = summary,
          .reach = Reach::workflow,
          .body_kind = BodyKind::fields,
          .body = {{.name = "reason",
                    .type = Field::Type::text,
                    .doc = "A sentence for the history; at most 1000 bytes."}},
          .answers = {200, 404, 409},
          .handler = [&services, verb](const Call& call) { return control(services, call, verb); }};
}

Route history_route(Services& services) {
  using Type = Field::Type;
  return {.method = "GET",
          .pattern = "/v1/workflows/{ns}/{id}/history",
          .name = "workflow_history",
          .summary = "The audit trail, oldest first.",
          .reach = Reach::workflow,
          .query = {{.name = "after",
                     .type = Type::integer,
                     .doc = "Only transitions above this number; default 0.",
                     .min = 0},
                    {.name = "limit",
                     .type = Type::integer,
                     .doc = "Records in the page; default 100.",
                     .min = 1,
                     .max = static_cast<std::int64_t>(services.limits.max_page)}},
          .answers = {200, 404},
          .handler = [&](const Call& call) { return history(services, call); }};
}

}  // namespace

Routes workflow_routes(Services& services) {
  const auto most = static_cast<std::int64_t>(services.limits.max_page);
  Routes routes;
  routes.push_back({.method = "GET",
                    .pattern = "/v1/workflows",
                    .name = "list_workflows",
                    .summary = "Workflows, newest first.",
                    .reach = Reach::workflows,
                    .query = workflow_filter_fields(most),
                    .answers = {200, 404},
                    .handler = [&](const Call& call) { return list(services, call); }});
  routes.push_back({.method = "GET",
                    .pattern = "/v1/workflows/{ns}/{id}",
                    .name = "show_workflow",
                    .summary = "One workflow: its summary, documents and what it waits for.",
                    .reach = Reach::workflow,
                    .answers = {200, 404},
                    .handler = [&](const Call& call) { return show(services, call); }});
  routes.push_back(history_route(services));
  routes.push_back({.method = "GET",
                    .pattern = "/v1/workflows/{ns}/{id}/result",
                    .name = "workflow_result",
                    .summary = "Waits for the workflow's end.",
                    .reach = Reach::workflow,
                    .query = {{.name = "wait_ms",
                               .type = Field::Type::integer,
                               .doc = "How long to wait; default 30000.",
                               .min = 0,
                               .max = services.limits.max_wait_ms}},
                    .answers = {200, 404, 504},
                    .handler = [&](const Call& call) { return result(services, call); }});
  using actors::Verb;
  routes.push_back(control_route(services, "/v1/workflows/{ns}/{id}/cancel", "cancel_workflow",
                                 Verb::cancel, "Cancels a workflow."));
  routes.push_back(control_route(services, "/v1/workflows/{ns}/{id}/terminate",
                                 "terminate_workflow", Verb::terminate,
                                 "Ends a workflow whatever state it is in."));
  routes.push_back(control_route(services, "/v1/workflows/{ns}/{id}/pause", "pause_workflow",
                                 Verb::pause, "Suspends a workflow until it is resumed."));
  routes.push_back(control_route(services, "/v1/workflows/{ns}/{id}/resume", "resume_workflow",
                                 Verb::resume, "Lets a suspended workflow go on."));
  return routes;
}

}  // namespace endure::http
