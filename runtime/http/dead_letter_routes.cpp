#include <algorithm>

#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"

namespace endure::http {

namespace {

using persistence::StepKey;

Result<std::optional<StepKey>> cursor_key(const Arguments& query) {
  const auto text = query.text("cursor");
  if (!text) return std::nullopt;
  auto token = actors::token_from(*text);
  if (!token) {
    return fail(Code::invalid, "the cursor is not one that a page before gave", "cursor");
  }
  return token->key;
}

// The queues that hold dead letters, from the cursor's on, in their order.
Result<std::vector<std::string>> queues_with_dead(Services& services,
                                                  const std::optional<StepKey>& after) {
  auto rows = services.store.queues();
  if (!rows) return Failure(rows.error());
  std::vector<std::string> names;
  for (const auto& row : *rows) {
    if (row.counts.dead > 0 && (!after || row.queue >= after->queue)) names.push_back(row.queue);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Response page_of(Services& services, const Call& call, const std::vector<std::string>& queues,
                 const std::optional<StepKey>& after) {
  const auto limit = static_cast<std::size_t>(call.query.integer("limit").value_or(50));
  Json items = Json::array();
  std::optional<StepKey> last;
  for (const auto& queue : queues) {
    if (items.size() == limit) break;
    const auto from = after && after->queue == queue ? after : std::nullopt;
    auto steps = services.store.dead_steps(queue, from, limit - items.size());
    if (!steps) return problem(steps.error());
    for (const auto& step : *steps) {
      auto item = dead_letter(step);
      if (!item) return problem(item.error());
      items.push_back(std::move(*item));
      last = step.key;
    }
  }
  const bool full = items.size() == limit && last.has_value();
  return json_response(
      200, {{"items", std::move(items)}, {"next_cursor", full ? Json(step_name(*last)) : Json()}});
}

Response list_queue(Services& services, const Call& call) {
  auto after = cursor_key(call.query);
  if (!after) return problem(after.error());
  if (*after && (*after)->queue != call["queue"]) {
    return problem({Code::invalid, "the cursor belongs to another queue", "cursor"});
  }
  return page_of(services, call, {call["queue"]}, *after);
}

Response list_all(Services& services, const Call& call) {
  auto after = cursor_key(call.query);
  if (!after) return problem(after.error());
  auto queues = queues_with_dead(services, *after);
  if (!queues) return problem(queues.error());
  return page_of(services, call, *queues, *after);
}

// The dead letter that a path names. Code::not_found where there is none (any more).
Result<persistence::StepRecord> find(Services& services, const Call& call) {
  auto token = actors::token_from(call["step"]);
  if (!token) {
    return fail(Code::invalid, "the step is not one that a list of dead letters gave", "step");
  }
  auto step = services.store.find_dead_step(token->key);
  if (!step) return Failure(step.error());
  if (!step->has_value()) {
    return fail(Code::not_found, "there is no such dead letter; it was redriven or dropped",
                "step");
  }
  return **step;
}

Response redrive(Services& services, const Call& call) {
  auto step = find(services, call);
  if (!step) return problem(step.error());
  auto done = await<void>(services.patience(call.request), [&](auto reply) {
    services.engine.redrive(step->key, std::move(reply));
  });
  if (!done) return problem(done.error());
  return json_response(200, {{"step", call["step"]}, {"redriven", 1}});
}

Response drop(Services& services, const Call& call) {
  const auto reason = call.body.text("reason").value_or("");
  if (reason.size() > services.limits.max_reason_bytes) {
    return problem({Code::invalid, "the reason has more than 1000 bytes", "/reason"});
  }
  auto step = find(services, call);
  if (!step) return problem(step.error());
  auto done = await<void>(services.patience(call.request), [&](auto reply) {
    services.engine.drop(step->key, reason, std::move(reply));
  });
  if (!done) return problem(done.error());
  return json_response(200, {{"step", call["step"]}, {"dropped", 1}});
}

// Redrives one slice of a queue's dead letters at once, so that the journal commits them together.
// Those that somebody else redrove meanwhile (Code::conflict, Code::not_found) are passed over.
Result<std::size_t> redrive_slice(Services& services, const Patience& patience,
                                  const std::vector<persistence::StepRecord>& steps) {
  std::vector<std::shared_ptr<ReplyCell<void>>> cells;
  for (const auto& step : steps) {
    auto cell = std::make_shared<ReplyCell<void>>();
    services.engine.redrive(step.key, [cell](Result<void> r) { cell->set(std::move(r)); });
    cells.push_back(std::move(cell));
  }
  std::size_t redriven = 0;
  for (auto& cell : cells) {
    auto done = cell->wait(patience);
    if (!done) return fail(Code::retry_later, "no answer in time; some may have been redriven");
    if (*done) ++redriven;
    const bool passed_over =
        !*done && (done->error().code == Code::conflict || done->error().code == Code::not_found);
    if (!*done && !passed_over) return Failure(done->error());
  }
  return redriven;
}

Response redrive_all(Services& services, const Call& call) {
  constexpr std::size_t slice = 256;
  std::size_t redriven = 0;
  std::optional<StepKey> after;
  bool more = true;
  while (more && redriven < services.limits.max_redriven) {
    auto steps = services.store.dead_steps(call["queue"], after, slice);
    if (!steps) return problem(steps.error());
    more = steps->size() == slice;
    if (steps->empty()) break;
    after = steps->back().key;
    auto done = redrive_slice(services, services.patience(call.request), *steps);
    if (!done) return problem(done.error(), {{"redriven", redriven}});
    redriven += *done;
  }
  if (!after) {  // no dead letter was there; nor is the queue, perhaps
    auto known = await<actors::QueueView>(services.patience(call.request), [&](auto reply) {
      services.engine.queue(call["queue"], std::move(reply));
    });
    if (!known) return problem(known.error());
  }
  return json_response(200, {{"redriven", redriven}, {"more", more}});
}

std::vector<Field> page_fields(const Services& services) {
  return {{.name = "limit",
           .type = Field::Type::integer,
           .doc = "Dead letters in the page; default 50.",
           .min = 1,
           .max = static_cast<std::int64_t>(services.limits.max_page)},
          {.name = "cursor", .type = Field::Type::text, .doc = "next_cursor of the page before."}};
}

}  // namespace

Routes dead_letter_routes(Services& services) {
  Routes routes;
  routes.push_back({.method = "GET",
                    .pattern = "/v1/queues/{queue}/dead",
                    .name = "list_queue_dead_letters",
                    .summary = "A queue's dead letters: steps out of attempts.",
                    .reach = Reach::dead,
                    .query = page_fields(services),
                    .answers = {200},
                    .handler = [&](const Call& call) { return list_queue(services, call); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/queues/{queue}/dead/redrive",
                    .name = "redrive_queue",
                    .summary = "Puts all dead letters of a queue back on it.",
                    .reach = Reach::redrive,
                    .body_kind = BodyKind::fields,
                    .answers = {200, 404},
                    .handler = [&](const Call& call) { return redrive_all(services, call); }});
  routes.push_back({.method = "GET",
                    .pattern = "/v1/dead",
                    .name = "list_dead_letters",
                    .summary = "The dead letters of all queues.",
                    .reach = Reach::dead,
                    .query = page_fields(services),
                    .answers = {200},
                    .handler = [&](const Call& call) { return list_all(services, call); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/dead/{step}/redrive",
                    .name = "redrive_dead_letter",
                    .summary = "Puts a dead letter back on its queue, attempts counted anew.",
                    .reach = Reach::dead_step,
                    .body_kind = BodyKind::fields,
                    .answers = {200, 404, 409},
                    .handler = [&](const Call& call) { return redrive(services, call); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/dead/{step}/drop",
                    .name = "drop_dead_letter",
                    .summary = "Gives a dead letter up: its task raises the error.",
                    .reach = Reach::dead_step,
                    .body_kind = BodyKind::fields,
                    .body = {{.name = "reason",
                              .type = Field::Type::text,
                              .doc = "A sentence for the history; at most 1000 bytes."}},
                    .answers = {200, 404, 409},
                    .handler = [&](const Call& call) { return drop(services, call); }});
  return routes;
}

}  // namespace endure::http
