// run of a shell command, a script or a container: a step on the node's own queue, whose arguments
// are all that its runner needs.
#include "workflow/interpreter/tasks.hpp"
#include "workflow/interpreter/text.hpp"

namespace endure::workflow::interpreter {
namespace {

const char* kind_name(RunProcessTask::Kind kind) {
  switch (kind) {
    case RunProcessTask::Kind::shell: return "shell";
    case RunProcessTask::Kind::javascript: return "javascript";
    case RunProcessTask::Kind::python: return "python";
    case RunProcessTask::Kind::container: return "container";
  }
  return "shell";
}

// A process takes texts: any other value is handed over as JSON; no value, as empty text.
Json as_text(const Json& value) {
  return value.is_null() ? Json("") : Json(to_text(value));
}

Evaluated<Json> render_request(const Machine& machine, const Branch& branch,
                               const RunProcessTask& task) {
  auto rendered =
      machine.evaluator.render(task.request, branch.frames.back().input, machine.top_site(branch));
  if (!rendered) return tl::make_unexpected(std::move(rendered).error());
  Json request = rendered->json();
  for (const char* key : {"arguments", "values"}) {
    if (!request.contains(key)) continue;
    for (Json& item : request[key]) item = as_text(item);
  }
  if (request.contains("environment")) {
    for (Json& item : request["environment"]) item = as_text(item);
  }
  if (request.contains("stdin")) request["stdin"] = as_text(request["stdin"]);
  for (const char* key : {"command", "code", "source", "image", "name"}) {
    if (!request.contains(key) || request[key].is_string()) continue;
    return tl::make_unexpected(standard_fault(
        Standard::expression, std::string("`") + key + "` of a run must give text."));
  }
  if (task.kind == RunProcessTask::Kind::container) {
    request["workflow"] = machine.definition.ref.name;
    request["task"] = machine.top_task(branch).name;
  }
  request["kind"] = kind_name(task.kind);
  request["return"] = to_string(task.output);
  return request;
}

}  // namespace

Move begin(Machine& machine, Branch& branch, const RunProcessTask& task) {
  auto request = render_request(machine, branch, task);
  if (!request) return Raised{std::move(request).error()};
  const WaitId wait = machine.draft.new_wait();
  machine.draft.open_step(
      {wait, run_queue, machine.top_task(branch).pointer, StepPolicy{}, Value(*std::move(request))},
      !task.await);
  if (!task.await) return Done{branch.frames.back().input, {}};
  branch.wait = wait;
  return Blocked{};
}

}  // namespace endure::workflow::interpreter
