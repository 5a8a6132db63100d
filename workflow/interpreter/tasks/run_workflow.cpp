// run of a workflow: a child, made in this very transition; its output is the task's.
#include "base/ids.hpp"
#include "workflow/interpreter/tasks.hpp"
#include "workflow/interpreter/text.hpp"

namespace endure::workflow::interpreter {
namespace {

// "<parent's id>.<wait>", so that a retry starts another child and nothing has to be drawn. In a
// namespace that is not the parent's, that one goes before it.
Evaluated<WorkflowName> child_name(const Snapshot& parent, const std::string& ns, WaitId wait) {
  WorkflowName name{ns, parent.name.id + "." + std::to_string(wait)};
  if (ns != parent.name.ns) name.id.insert(0, parent.name.ns + ":");
  if (const auto checked = check_workflow_id(name.id); !checked) {
    return tl::make_unexpected(standard_fault(Standard::configuration,
                                              "The child cannot be named: " + checked.error().what +
                                                  ". Start its parent under a "
                                                  "shorter id."));
  }
  return name;
}

Evaluated<DefinitionRef> find_definition(const Decision& decision, const RunWorkflowTask& task) {
  if (decision.definitions != nullptr) {
    if (auto found = decision.definitions->resolve(task.ns, task.name, task.version)) return *found;
  }
  const std::string version = task.version.empty() ? "" : ", version " + task.version;
  return tl::make_unexpected(standard_fault(
      Standard::configuration, "There is no definition " + task.ns + "/" + task.name + version +
                                   ". Deploy it, then start again."));
}

Evaluated<StartChild> prepare_child(Machine& machine, const Branch& branch,
                                    const RunWorkflowTask& task) {
  auto& next = machine.draft.next;
  const std::uint32_t depth = next.parent ? next.parent->depth + 1 : 1;
  if (depth > machine.decision.max_child_depth) {
    return tl::make_unexpected(standard_fault(
        Standard::configuration,
        "There are " + std::to_string(depth) + " workflows above this child; at most " +
            std::to_string(machine.decision.max_child_depth) +
            " may be (engine.max_child_depth). Does the definition run itself without end?"));
  }
  auto definition = find_definition(machine.decision, task);
  if (!definition) return tl::make_unexpected(std::move(definition).error());
  auto input =
      machine.evaluator.render(task.input, branch.frames.back().input, machine.top_site(branch));
  if (!input) return tl::make_unexpected(std::move(input).error());
  auto name = child_name(next, task.ns, next.next_wait);
  if (!name) return tl::make_unexpected(std::move(name).error());
  return StartChild{machine.draft.new_wait(), 0,         *std::move(name), *std::move(definition),
                    *std::move(input),        task.await};
}

}  // namespace

Move begin(Machine& machine, Branch& branch, const RunWorkflowTask& task) {
  auto child = prepare_child(machine, branch, task);
  if (!child) return Raised{std::move(child).error()};
  if (task.await) branch.wait = child->wait;
  machine.draft.start_child(*std::move(child), machine.top_task(branch).pointer);
  if (!task.await) return Done{branch.frames.back().input, {}};
  return Blocked{};
}

// A workflow has no streams: what it gives is its output, and it says nothing else.
Value child_result(const RunWorkflowTask& task, const Value& output) {
  switch (task.output) {
    case RunReturn::out: return output;
    case RunReturn::err: return Json("");
    case RunReturn::code: return Json(0);
    case RunReturn::all: {
      const std::string text = to_text(output.json());
      return Json{{"code", 0}, {"stdout", text}, {"stderr", ""}};
    }
    case RunReturn::none: return {};
  }
  return output;
}

}  // namespace endure::workflow::interpreter
