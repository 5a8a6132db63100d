#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

TaskBody parse_fork(Context& context, TaskSource& task) {
  ForkTask body;
  Fields fork(context, task.fields.node().member("fork"), "`fork`");
  if (const auto compete = fork.take("compete")) {
    body.compete = read_boolean(context, *compete).value_or(false);
  }
  if (const auto branches = fork.require("branches", "a list of named tasks")) {
    body.branches = parse_task_list(context, task.id, *branches, ListKind::branches);
    if (branches->json().is_array() && branches->json().empty()) {
      context.problems.add(branches->pointer, "expected at least one branch");
    }
  }
  fork.finish();
  return body;
}

}  // namespace endure::workflow::parse
