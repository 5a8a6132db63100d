#include "workflow/parse/runtime_expression.hpp"
#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

TaskBody parse_set(Context& context, TaskSource& task) {
  const Node set = task.fields.node().member("set");
  if (set.json().is_object() && set.json().empty()) {
    context.problems.add(set.pointer, "expected at least one member to set");
  }
  auto read = read_transform(context, set);
  return SetTask{read ? *std::move(read) : Template{}};
}

}  // namespace endure::workflow::parse
