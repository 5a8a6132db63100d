#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

TaskBody parse_run(Context& context, TaskSource& task) {
  context.problems.unsupported(task.fields.node().below("run"), "`run`");
  return DoTask{};
}

}  // namespace endure::workflow::parse
