// Started: the root list begins with the workflow's input.
#include "workflow/interpreter/events.hpp"
#include "workflow/interpreter/schema_check.hpp"

namespace endure::workflow::interpreter {

void start(Machine& machine, const Value& input) {
  auto& draft = machine.draft;
  auto& next = draft.next;
  // A child's input and status wait in its snapshot and its definition since it was created.
  if (!input.is_null()) next.input = input;
  if (next.input.is_null()) next.input = Json::object();
  if (next.parent && next.status.empty()) next.status = machine.definition.initial_status;
  next.phase = Phase::running;
  draft.note(HistoryEntry::Kind::started, {}, to_string(machine.definition.ref));
  if (!next.status.empty()) draft.note(HistoryEntry::Kind::status_changed, {}, next.status);

  auto fits =
      check_schema(machine.definition.schemas.input, next.input, "input.schema", "/input/schema");
  if (!fits) return machine.fault_workflow(std::move(fits).error());

  Value root_input = next.input;
  if (machine.definition.input_from) {
    auto transformed = machine.evaluator.render(*machine.definition.input_from, next.input, Site{});
    if (!transformed) {
      auto fault = std::move(transformed).error();
      fault.instance = "/input/from";
      return machine.fault_workflow(std::move(fault));
    }
    root_input = *std::move(transformed);
  }
  next.context = root_input;
  if (machine.definition.timeout) {
    const auto ms = machine.evaluator.duration_ms(*machine.definition.timeout, root_input, Site{});
    if (!ms) {
      auto fault = ms.error();
      fault.instance = "/timeout/after";
      return machine.fault_workflow(std::move(fault));
    }
    next.timeout = draft.new_wait();
    draft.arm(next.timeout, draft.now + *ms);
  }
  next.branches.push_back(Branch{});
  machine.push(0, Enter{0, std::move(root_input)});
}

Result<Fate> on(Machine& machine, const Started& event) {
  const auto& next = machine.draft.next;
  if (is_held(next) && next.resume_to == Phase::pending) return Fate::kept;
  if (next.phase != Phase::pending) {
    return fail(Code::conflict, "The workflow has been started already.");
  }
  start(machine, event.input);
  return Fate::taken;
}

}  // namespace endure::workflow::interpreter
