#include "runtime/http/shapes.hpp"

#include "runtime/http/json.hpp"

namespace endure::http {

Response json_response(int status, const Json& json) {
  Response response;
  response.status = status;
  response.body = dump(json);
  return response;
}

// Member by member: a braced list makes an array of each of its pairs first, and this is what
// starts and lists are answered with.
Json shape(const persistence::WorkflowSummary& summary) {
  Json::object_t definition;
  definition.emplace("namespace", summary.definition.ns);
  definition.emplace("name", summary.definition.name);
  definition.emplace("version", summary.definition.version);
  Json::object_t json;
  json.emplace("namespace", summary.name.ns);
  json.emplace("id", summary.name.id);
  json.emplace("number", summary.number);
  json.emplace("definition", std::move(definition));
  json.emplace("phase", workflow::to_string(summary.phase));
  json.emplace("status", summary.status);
  json.emplace("cause", summary.cause);
  json.emplace("transition", summary.transition);
  json.emplace("created", to_rfc3339(summary.created));
  json.emplace("updated", to_rfc3339(summary.updated));
  json.emplace("parent", summary.parent ? Json{{"namespace", summary.parent->name.ns},
                                               {"id", summary.parent->name.id},
                                               {"awaits", summary.parent->awaited}}
                                        : Json());
  return json;
}

Json shape(const workflow::Fault& fault) {
  Json json = {{"type", fault.type}, {"status", fault.status}, {"title", fault.title}};
  if (!fault.detail.empty()) json["detail"] = fault.detail;
  if (!fault.instance.empty()) json["instance"] = fault.instance;
  return json;
}

Json shape(const persistence::HistoryRecord& record) {
  Json entries = Json::array();
  for (const auto& entry : record.entries) {
    Json item = {{"kind", workflow::to_string(entry.kind)}, {"task", entry.task}};
    if (!entry.detail.empty()) item["detail"] = entry.detail;
    if (!entry.data.is_null()) item["data"] = entry.data.json();
    entries.push_back(std::move(item));
  }
  Json json = {{"transition", record.transition}, {"at", to_rfc3339(record.at)},
               {"event", record.event},           {"phase", workflow::to_string(record.phase)},
               {"status", record.status},         {"entries", std::move(entries)}};
  if (!record.worker.empty()) json["worker"] = record.worker;
  if (record.attempt > 0) json["attempt"] = record.attempt;
  return json;
}

Json shape(const actors::QueueView& view, Instant now) {
  const auto& counts = view.counts;
  const bool has_oldest = view.oldest.has_value();
  return {
      {"queue", view.queue},
      {"paused", view.paused},
      {"depth", counts.ready + counts.delayed},
      {"leased", view.leased},
      {"delayed", counts.delayed},
      {"dead", counts.dead},
      {"consumers", view.consumers},
      {"oldest", has_oldest ? Json(to_rfc3339(*view.oldest)) : Json()},
      {"oldest_age_ms", has_oldest ? Json(std::max<std::int64_t>(0, now - *view.oldest)) : Json()},
      {"delivered", view.delivered},
      {"completed", view.completed},
      {"failed", view.failed},
      {"redelivered", view.redelivered}};
}

Json shape(const actors::ScheduleView& view) {
  const auto& row = view.row;
  const auto time = [](Instant t) { return t.ms == 0 ? Json() : Json(to_rfc3339(t)); };
  Json upcoming = Json::array();
  for (const Instant t : view.upcoming) upcoming.push_back(to_rfc3339(t));
  Json json = {{"namespace", row.ns},
               {"name", row.name},
               {"version", row.version},
               {"kind", view.kind},
               {"schedule", view.text},
               {"paused", row.paused},
               {"due", row.due ? Json(to_rfc3339(*row.due)) : Json()},
               {"upcoming", std::move(upcoming)},
               {"last",
                {{"id", row.last_id.empty() ? Json() : Json(row.last_id)},
                 {"due", time(row.last_due)},
                 {"started", time(row.last_start)}}},
               {"started", row.started},
               {"triggered", row.triggered},
               {"skipped", row.skipped},
               {"missed", row.missed},
               {"error", view.error}};
  if (!view.time_zone.empty()) json["time_zone"] = view.time_zone;
  if (!view.missed.empty()) {
    json["policy"] = {{"missed", view.missed}, {"overlap", view.overlap}};
    json["queued"] = row.queued.size();
  }
  if (view.kind == "on") {
    json["waiting_events"] = view.waiting_events;
    json["dropped_events"] = view.dropped_events;
  }
  return json;
}

Json shape(const actors::ActorView& view) {
  return {{"path", view.path},
          {"children", view.children},
          {"mailbox", view.mailbox},
          {"restarts", view.restarts},
          {"last_failure", view.last_failure},
          {"stuck_since", view.stuck_since ? Json(to_rfc3339(*view.stuck_since)) : Json()}};
}

Json shape(const actors::EventTypeView& view) {
  return {{"type", view.type},
          {"kept", view.kept},
          {"offered", view.offered},
          {"expired", view.expired},
          {"dropped", view.dropped}};
}

Json shape(const actors::SinkView& view) {
  return {{"sink", view.sink},
          {"backlog", view.backlog},
          {"sent", view.sent},
          {"failed", view.failed},
          {"refused", view.refused},
          {"dropped", view.dropped},
          {"failing_since", view.failing_since ? Json(to_rfc3339(*view.failing_since)) : Json()},
          {"last_error", view.last_error}};
}

Json shape(const actors::EngineStats& stats) {
  return {{"workflows",
           {{"active", stats.active_workflows},
            {"started", stats.started},
            {"completed", stats.completed},
            {"faulted", stats.faulted},
            {"transitions", stats.transitions},
            {"restarts", stats.restarts},
            {"step_wait_ms", stats.step_wait_ms}}},
          {"schedules",
           {{"runs", stats.schedules.runs},
            {"skipped", stats.schedules.skipped},
            {"missed", stats.schedules.missed},
            {"failed", stats.schedules.failed},
            {"dropped_events", stats.schedules.dropped_events}}},
          {"journal",
           {{"commits", stats.journal.commits},
            {"changes", stats.journal.changes},
            {"pending", stats.journal.pending},
            {"largest_batch", stats.journal.largest_batch},
            {"last_commit_us", stats.journal.last_commit_us},
            {"commit_us_total", stats.journal.commit_us_total}}},
          {"store",
           {{"map_bytes", stats.store.room.map_bytes},
            {"used_bytes", stats.store.room.used_bytes},
            {"readers", stats.store.readers},
            {"reader_behind", stats.store.reader_behind},
            {"damaged", stats.store.damaged},
            {"workflows", stats.store.workflows},
            {"timers", stats.store.timers},
            {"outbox", stats.store.outbox},
            {"schedules", stats.store.schedules},
            {"waiting_events", stats.store.triggers},
            {"kept_events", stats.store.kept_events},
            {"sink_events", stats.store.sink_events},
            {"commits", stats.store.commits},
            {"changes", stats.store.changes}}}};
}

namespace {

// Where a wait of a snapshot was begun: its task and since when.
struct Origin {
  std::string task;
  std::optional<Instant> since;
  std::string_view purpose = "wait";
};

std::string task_pointer(workflow::TaskId task, const workflow::Definition* definition) {
  if (definition == nullptr || task >= definition->tasks.size()) return {};
  return definition->tasks[task].pointer;
}

Origin origin_of(workflow::WaitId wait, const workflow::Snapshot& snapshot,
                 const workflow::Definition* definition) {
  if (wait != 0 && wait == snapshot.timeout) return {{}, snapshot.created, "workflow_timeout"};
  for (const auto& branch : snapshot.branches) {
    if (branch.frames.empty()) continue;
    if (branch.wait == wait) {
      const auto& frame = branch.frames.back();
      return {task_pointer(frame.task, definition), frame.started, "wait"};
    }
    for (const auto& frame : branch.frames) {
      if (wait != 0 && frame.timeout == wait) {
        return {task_pointer(frame.task, definition), frame.started, "timeout"};
      }
    }
  }
  return {};
}

Json waiting_item(std::string_view kind, const Origin& origin) {
  Json item = {{"kind", kind}, {"task", origin.task}};
  if (origin.since) item["since"] = to_rfc3339(*origin.since);
  return item;
}

Json waiting_for(const workflow::Snapshot& snapshot, const workflow::Definition* definition) {
  Json items = Json::array();
  for (const auto& step : snapshot.steps) {
    auto item = waiting_item("step", origin_of(step.wait, snapshot, definition));
    item["queue"] = step.queue;
    item["dead"] = step.dead;
    if (step.detached) item["detached"] = true;
    item["since"] = to_rfc3339(step.enqueued);
    items.push_back(std::move(item));
  }
  for (const auto& timer : snapshot.timers) {
    const auto origin = origin_of(timer.wait, snapshot, definition);
    auto item = waiting_item("timer", origin);
    item["due"] = to_rfc3339(timer.due);
    item["purpose"] = origin.purpose;
    items.push_back(std::move(item));
  }
  for (const auto& listener : snapshot.listeners) {
    auto item = waiting_item("event", origin_of(listener.wait, snapshot, definition));
    item["type"] = listener.type;
    items.push_back(std::move(item));
  }
  for (const auto& child : snapshot.children) {
    auto item = waiting_item("child", origin_of(child.wait, snapshot, definition));
    item["child"] = child.name.ns + "/" + child.name.id;
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

Json shape(const actors::WorkflowView& view, const workflow::Definition* definition) {
  const auto& snapshot = view.snapshot;
  Json json = shape(view.summary);
  json["input"] = snapshot.input.json();
  json["context"] = snapshot.context.json();
  json["output"] = snapshot.output.json();
  json["error"] = snapshot.fault ? shape(*snapshot.fault) : Json();
  json["waiting_for"] = waiting_for(snapshot, definition);
  return json;
}

std::string step_name(const persistence::StepKey& key) {
  return actors::to_text(actors::StepToken{key, 0, 0});
}

Result<Json> dead_letter(const persistence::StepRecord& step) {
  auto arguments = persistence::decode_value(step.arguments);
  if (!arguments) return Failure(arguments.error());
  return Json{{"step", step_name(step.key)},
              {"queue", step.key.queue},
              {"namespace", step.name.ns},
              {"workflow", step.name.id},
              {"task", step.task},
              {"attempts", step.attempts},
              {"error", shape(step.last_fault)},
              {"since", to_rfc3339(step.buried)},
              {"arguments", arguments->json()}};
}

}  // namespace endure::http
