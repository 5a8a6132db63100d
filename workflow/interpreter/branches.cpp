// Branches and frames: how they are found, added and given up; and the end of a workflow.
#include <algorithm>

#include "workflow/interpreter/machine.hpp"
#include "workflow/interpreter/schema_check.hpp"

namespace endure::workflow::interpreter {

using Kind = HistoryEntry::Kind;

// -- branches and frames ------------------------------------------------------

Branch* Machine::find_branch(std::uint32_t id) {
  for (auto& branch : draft.next.branches) {
    if (branch.id == id) return &branch;
  }
  return nullptr;
}

const Branch* Machine::find_branch(std::uint32_t id) const {
  for (const auto& branch : draft.next.branches) {
    if (branch.id == id) return &branch;
  }
  return nullptr;
}

Branch* Machine::find_waiting(WaitId wait) {
  for (auto& branch : draft.next.branches) {
    if (branch.wait == wait && wait != 0) return &branch;
  }
  return nullptr;
}

std::uint32_t Machine::new_branch(std::uint32_t parent) {
  const auto id = next_branch_++;
  Branch branch;
  branch.id = id;
  branch.parent = parent;
  draft.next.branches.push_back(std::move(branch));
  return id;
}

void Machine::drop_children(std::uint32_t parent) {
  auto& branches = draft.next.branches;
  for (std::size_t i = branches.size(); i-- > 0;) {
    if (i >= branches.size() || branches[i].parent != parent || branches[i].id == 0) continue;
    const auto id = branches[i].id;
    unwind(branches[i], 0);  // may drop branches of its own, which stand behind it
    branches.erase(std::find_if(branches.begin(), branches.end(),
                                [id](const Branch& each) { return each.id == id; }));
  }
}

void Machine::unwind(Branch& branch, std::size_t keep) {
  const auto id = branch.id;
  draft.close_wait(branch.wait);
  branch.wait = 0;
  bool forked = false;
  while (branch.frames.size() > keep) {
    draft.disarm(branch.frames.back().timeout);
    if (std::holds_alternative<ListenTask>(top_task(branch).body)) {
      const WaitId busy = branch.frames.back().attempts;
      draft.close_wait(busy);
      draft.empty_queue(busy);
    }
    forked = forked || std::holds_alternative<ForkTask>(top_task(branch).body);
    branch.frames.pop_back();
  }
  if (forked) drop_children(id);
}

Site Machine::site(const Branch& branch, std::size_t index) const {
  const Frame& frame = branch.frames[index];
  const Task& task = task_of(frame);
  Site at{&task, &branch, index + 1, frame.started,
          task.input_from ? &frame.raw_input : &frame.input};
  at.input = &frame.input;
  return at;
}

// -- the workflow's end -------------------------------------------------------

void Machine::complete_workflow(const Value& output) {
  auto result = Evaluated<Value>(output);
  if (definition.output_as) result = evaluator.render(*definition.output_as, output, Site{});
  if (!result) {
    auto fault = std::move(result).error();
    fault.instance = "/output/as";
    return fault_workflow(std::move(fault));
  }
  auto fits = check_schema(definition.schemas.output, *result, "output.schema", "/output/schema");
  if (!fits) return fault_workflow(std::move(fits).error());
  draft.next.output = *std::move(result);
  draft.note(Kind::completed);
  draft.end(Phase::completed, {});
}

void Machine::fault_workflow(Fault fault) {
  auto cause = describe(fault);
  draft.note(Kind::faulted, fault.instance, cause, to_json(fault));
  draft.next.fault = std::move(fault);
  draft.end(Phase::faulted, std::move(cause));
}

}  // namespace endure::workflow::interpreter
