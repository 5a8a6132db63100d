// emit: publishes a CloudEvent with this transition's commit; the event is the task's output.
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {

Move begin(Machine& machine, Branch& branch, const EmitTask& task) {
  auto rendered =
      machine.evaluator.render(task.event, branch.frames.back().input, machine.top_site(branch));
  if (!rendered) return Raised{std::move(rendered).error()};
  Json event = rendered->json();
  if (!event.is_object() || !event.contains("type") || !event.at("type").is_string()) {
    return Raised{
        standard_fault(Standard::expression, "An event needs a `type`, which is a string.")};
  }
  const auto add = [&event](const char* name, std::string value) {
    if (!event.contains(name) || event.at(name).is_null()) event[name] = std::move(value);
  };
  const auto& name = machine.draft.next.name;
  const auto& ref = machine.definition.ref;
  // The number makes the id unique within the workflow, and the same should this be decided again.
  add("id", name.ns + "/" + name.id + "/" + std::to_string(machine.draft.new_wait()));
  add("source", "/" + ref.ns + "/" + ref.name + "/" + ref.version);
  add("specversion", "1.0");
  add("time", to_rfc3339(machine.draft.now));

  const Value published(std::move(event));
  machine.draft.note(HistoryEntry::Kind::event_published, machine.top_task(branch).pointer,
                     published->at("type").get<std::string>(), published);
  machine.draft.publish(published);
  return Done{published, {}};
}

}  // namespace endure::workflow::interpreter
