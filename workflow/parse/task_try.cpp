#include "workflow/parse/flow.hpp"
#include "workflow/parse/reusable.hpp"
#include "workflow/parse/runtime_expression.hpp"
#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

namespace {

// `errors.with`: plain values; what depends on data belongs into `when`.
void read_filter(Context& context, const Node& errors, Json& with) {
  Fields outer(context, errors, "`errors`");
  const auto node = outer.take("with");
  outer.finish();
  if (!node) return;
  Fields fields(context, *node, "an error filter");
  for (const char* key : {"type", "title", "detail", "instance"}) {
    const auto found = fields.take(key);
    const auto text = found ? read_text(context, *found, "text") : std::nullopt;
    if (text && enclosed(*text)) {
      context.problems.add(found->pointer,
                           "an error filter compares with plain values; put the expression into "
                           "`when` of `catch`");
    }
  }
  if (const auto status = fields.take("status")) read_integer(context, *status, 100, 999);
  fields.finish();
  if (!fields.is_object()) return;
  with = node->json();
  if (with.empty()) context.problems.add(node->pointer, "expected at least one attribute");
}

void read_catch(Context& context, TaskId id, const Node& node, TryTask::Catch& read) {
  Fields fields(context, node, "`catch`");
  if (const auto errors = fields.take("errors")) read_filter(context, *errors, read.with);
  if (const auto as = fields.take("as")) {
    read.as = read_variable_name(context, *as).value_or(read.as);
  }
  if (const auto when = fields.take("when")) read.when = read_expression(context, *when);
  if (const auto except = fields.take("exceptWhen")) {
    read.except_when = read_expression(context, *except);
  }
  if (const auto retry = fields.take("retry")) read.retry = read_retry_or_name(context, *retry);
  if (const auto list = fields.take("do")) read.body = parse_body(context, id, *list);
  if (const auto then = fields.take("then")) read.then = read_flow(context, *then);
  fields.finish();
}

}  // namespace

TaskBody parse_try(Context& context, TaskSource& task) {
  TryTask body;
  body.catch_.then = context.tasks[task.id].then;  // unless `catch` has its own
  body.body = parse_body(context, task.id, task.fields.node().member("try"));
  if (const auto node = task.fields.require("catch", "what to catch, and what to do then")) {
    read_catch(context, task.id, *node, body.catch_);
  }
  return body;
}

}  // namespace endure::workflow::parse
