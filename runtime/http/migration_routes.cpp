// Moves workflows to another version of their definition, a page at a time. What cannot move is
// said with its reasons, in a dry run and in a real one.
#include <charconv>

#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"
#include "workflow/migrate.hpp"

namespace endure::http {

namespace {

using DefinitionPtr = std::shared_ptr<const workflow::Definition>;
using workflow::Phase;

struct Candidate {
  persistence::WorkflowSummary workflow;
  std::vector<workflow::MigrationObstacle> obstacles;  // empty: it can move
  bool moved = false;
};

struct Page {
  std::vector<Candidate> candidates;
  std::optional<WorkflowNumber> next;
};

// What stands in the way of one workflow, by what is stored now; pure but for the reads.
Result<void> look(Services& services, const workflow::Definition& to, Candidate& candidate) {
  auto& summary = candidate.workflow;
  auto stored = services.store.load_workflow(summary.number);
  if (!stored) return Failure(stored.error());
  if (!stored->has_value()) {
    candidate.obstacles.push_back({"", "the workflow has just been removed"});
    return {};
  }
  auto snapshot = persistence::decode_snapshot((*stored)->snapshot);
  if (!snapshot) return Failure(snapshot.error());
  summary.phase = snapshot->phase;
  summary.transition = snapshot->transition;
  const auto& ref = snapshot->definition;
  const auto from = services.engine.definition(ref.ns, ref.name, ref.version);
  if (!from) {
    candidate.obstacles.push_back({"", from.error().what});
    return {};
  }
  auto outcome = workflow::migrate(**from, to, *snapshot, services.clock.now());
  if (!outcome) candidate.obstacles = std::move(outcome.error());
  return {};
}

Result<Page> by_ids(Services& services, const Call& call, const Json& ids) {
  if (ids.size() > services.limits.max_page) {
    return fail(Code::invalid,
                "at most " + std::to_string(services.limits.max_page) + " ids at a time", "/ids");
  }
  Page page;
  for (const Json& id : ids) {
    if (!id.is_string()) return fail(Code::invalid, "an id is text", "/ids");
    const WorkflowName name{call["ns"], id.get<std::string>()};
    auto number = services.store.find_workflow(name);
    if (!number) return Failure(number.error());
    auto stored = number->has_value() ? services.store.load_workflow(**number)
                                      : Result<std::optional<persistence::StoredWorkflow>>();
    if (!stored) return Failure(stored.error());
    Candidate candidate;
    if (stored->has_value()) {
      auto summary = persistence::decode_summary((*stored)->snapshot);
      if (!summary) return Failure(summary.error());
      candidate.workflow = std::move(*summary);
    } else {
      candidate.workflow.name = name;
      candidate.obstacles.push_back({"", "there is no such workflow"});
    }
    page.candidates.push_back(std::move(candidate));
  }
  return page;
}

Result<std::optional<WorkflowNumber>> cursor_of(const Call& call) {
  const auto text = call.body.text("cursor");
  if (!text) return std::nullopt;
  WorkflowNumber number = 0;
  const auto* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error == std::errc() && stop == end) return number;
  return fail(Code::invalid, "the cursor is not one that a page before gave", "/cursor");
}

// Live workflows of the definition that run another version.
Result<Page> by_filter(Services& services, const Call& call, const std::string& to) {
  constexpr int most_reads = 20;
  persistence::WorkflowFilter filter;
  filter.ns = call["ns"];
  filter.definition = call["name"];
  filter.definition_version = call.body.text("from");
  filter.status = call.body.text("status");
  if (const auto phase = call.body.text("phase")) filter.phase = workflow::phase_from(*phase);
  auto after = cursor_of(call);
  if (!after) return Failure(after.error());
  const auto limit = static_cast<std::size_t>(call.body.integer("limit").value_or(100));
  Page page;
  page.next = *after;
  for (int reads = 0; reads < most_reads && page.candidates.size() < limit; ++reads) {
    auto rows = services.store.list_workflows(filter, page.next, limit - page.candidates.size());
    if (!rows) return Failure(rows.error());
    for (auto& row : rows->rows) {
      if (workflow::is_ended(row.phase) || row.definition.version == to) continue;
      page.candidates.push_back({std::move(row), {}, false});
    }
    page.next = rows->next;
    if (!page.next) break;
  }
  return page;
}

// All at once, so that the journal commits them together.
Result<void> move_all(Services& services, const Call& call, const std::string& to, Page& page) {
  using Cell = ReplyCell<persistence::WorkflowSummary>;
  std::vector<std::pair<Candidate*, std::shared_ptr<Cell>>> moves;
  for (Candidate& candidate : page.candidates) {
    if (!candidate.obstacles.empty()) continue;
    auto cell = std::make_shared<Cell>();
    services.engine.migrate(
        {candidate.workflow.name, to, candidate.workflow.transition},
        [cell](Result<persistence::WorkflowSummary> result) { cell->set(std::move(result)); });
    moves.emplace_back(&candidate, std::move(cell));
  }
  const auto patience = services.patience(call.request);
  for (auto& [candidate, cell] : moves) {
    auto done = cell->wait(patience);
    if (!done) return fail(Code::retry_later, "no answer in time; some may have been moved");
    candidate->moved = done->has_value();
    if (!candidate->moved) candidate->obstacles.push_back({"", done->error().what});
  }
  return {};
}

Json shape(const Candidate& candidate, const std::string& to) {
  Json obstacles = Json::array();
  for (const auto& obstacle : candidate.obstacles) {
    obstacles.push_back({{"task", obstacle.task}, {"reason", obstacle.what}});
  }
  const auto& workflow = candidate.workflow;
  return {{"namespace", workflow.name.ns},
          {"id", workflow.name.id},
          {"from", workflow.definition.version},
          {"to", to},
          {"phase", workflow::to_string(workflow.phase)},
          {"status", workflow.status},
          {"transition", workflow.transition},
          {"movable", candidate.obstacles.empty()},
          {"moved", candidate.moved},
          {"obstacles", std::move(obstacles)}};
}

Response migrate(Services& services, const Call& call) {
  auto to = services.engine.definition(call["ns"], call["name"], call.body.text("to"));
  if (!to) return problem(to.error());
  const std::string& version = (*to)->ref.version;
  const auto* ids = call.body.find("ids");
  auto page = ids != nullptr ? by_ids(services, call, *ids) : by_filter(services, call, version);
  if (!page) return problem(page.error());
  for (Candidate& candidate : page->candidates) {
    if (!candidate.obstacles.empty()) continue;
    if (auto looked = look(services, **to, candidate); !looked) return problem(looked.error());
  }
  const bool dry_run = call.body.boolean("dry_run").value_or(false);
  if (!dry_run) {
    if (auto done = move_all(services, call, version, *page); !done) return problem(done.error());
  }
  Json items = Json::array();
  std::size_t movable = 0;
  std::size_t moved = 0;
  for (const Candidate& candidate : page->candidates) {
    items.push_back(shape(candidate, version));
    movable += candidate.obstacles.empty() ? 1 : 0;
    moved += candidate.moved ? 1 : 0;
  }
  return json_response(200,
                       {{"to", version},
                        {"dry_run", dry_run},
                        {"movable", movable},
                        {"moved", moved},
                        {"refused", page->candidates.size() - movable},
                        {"items", std::move(items)},
                        {"next_cursor", page->next ? Json(std::to_string(*page->next)) : Json()}});
}

}  // namespace

Routes migration_routes(Services& services) {
  using Type = Field::Type;
  Routes routes;
  routes.push_back(
      {.method = "POST",
       .pattern = "/v1/definitions/{ns}/{name}/migrate",
       .name = "migrate_workflows",
       .summary = "Moves live workflows of a definition to one of its versions.",
       .reach = Reach::migration,
       .body_kind = BodyKind::fields,
       .body = {{.name = "to", .type = Type::text, .doc = "The version; default: the latest."},
                {.name = "from", .type = Type::text, .doc = "Only workflows of this version."},
                {.name = "phase",
                 .type = Type::text,
                 .doc = "Only in this phase.",
                 .one_of = {"pending", "running", "waiting", "suspended"}},
                {.name = "status", .type = Type::text, .doc = "Only with this business status."},
                {.name = "ids", .type = Type::list, .doc = "These workflows, whatever they are."},
                {.name = "dry_run", .type = Type::boolean, .doc = "Only say what would happen."},
                {.name = "limit",
                 .type = Type::integer,
                 .doc = "Workflows in this batch; default 100.",
                 .min = 1,
                 .max = static_cast<std::int64_t>(services.limits.max_page)},
                {.name = "cursor", .type = Type::text, .doc = "next_cursor of the batch before."}},
       .answers = {200, 404},
       .handler = [&](const Call& call) { return migrate(services, call); }});
  return routes;
}

}  // namespace endure::http
