// fork: its branches side by side. Not competing: the outputs of all, in the order in which they
// are declared. Competing: the output of the first that ends, and the others are given up. A fault
// that a branch does not catch is the fork's, and the other branches are given up.
#include <algorithm>

#include "base/assert.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {

Move begin(Machine& machine, Branch& branch, const ForkTask& task) {
  const auto parent = branch.id;
  Frame& frame = branch.frames.back();
  if (task.branches.empty()) return Done{Json::array(), {}};
  if (!task.compete) frame.data = Json(Json::array_t(task.branches.size()));
  const Value input = frame.input;
  frame.attempts =
      machine.next_branch_id();  // ids are given in a row, so this tells which is which
  for (const auto child : task.branches) {
    machine.push(machine.new_branch(parent), Enter{child, input});
  }
  return Blocked{};
}

void after_branch(Machine& machine, std::uint32_t id, const Value& output) {
  auto& branches = machine.draft.next.branches;
  const auto ended = std::find_if(branches.begin(), branches.end(),
                                  [id](const Branch& branch) { return branch.id == id; });
  ENDURE_ASSERT(ended != branches.end());
  Branch& parent = *machine.find_branch(ended->parent);
  const auto& task = std::get<ForkTask>(machine.top_task(parent).body);
  Frame& frame = parent.frames.back();

  if (task.compete) {
    machine.drop_children(parent.id);
    machine.push(parent.id, Done{output, {}});
    return;
  }
  Json outputs = frame.data.json();
  outputs[id - frame.attempts] = output.json();
  frame.data = Value(std::move(outputs));
  branches.erase(ended);
  if (++frame.position == task.branches.size()) {
    machine.push(parent.id, Done{frame.data, {}});
  }
}

}  // namespace endure::workflow::interpreter
