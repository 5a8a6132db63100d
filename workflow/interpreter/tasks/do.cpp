// do: tasks one after another; `then` may jump within the list.
#include <algorithm>

#include "base/assert.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {
namespace {

// The list is one of an extension: the task around it has to know that it was left.
bool is_of_extension(const Machine& machine, const Branch& branch) {
  if (branch.frames.size() < 2) return false;
  const auto& around = machine.task_of(branch.frames[branch.frames.size() - 2]).body;
  const auto* extended = std::get_if<ExtendTask>(&around);
  return extended != nullptr && extended->inner != branch.frames.back().task;
}

}  // namespace

Move begin(Machine&, Branch& branch, const DoTask& task) {
  Frame& frame = branch.frames.back();
  if (task.tasks.empty()) return Done{frame.input, {}};
  return Enter{task.tasks.front(), frame.input};
}

Move after_child(Machine& machine, Branch& branch, const DoTask& task, Passed passed) {
  Frame& frame = branch.frames.back();
  switch (passed.then.kind) {
    case Flow::Kind::next: ++frame.position; break;
    case Flow::Kind::task: {
      const auto target = std::find(task.tasks.begin(), task.tasks.end(), passed.then.task);
      ENDURE_ASSERT(target != task.tasks.end());  // the parser admits siblings alone
      frame.position = static_cast<std::uint32_t>(target - task.tasks.begin());
      break;
    }
    case Flow::Kind::exit:
      if (is_of_extension(machine, branch)) return Done{std::move(passed.output), passed.then};
      return Done{std::move(passed.output), {}};
    case Flow::Kind::end: return Done{std::move(passed.output), {}};
  }
  if (frame.position >= task.tasks.size()) return Done{std::move(passed.output), {}};
  return Enter{task.tasks[frame.position], std::move(passed.output)};
}

}  // namespace endure::workflow::interpreter
