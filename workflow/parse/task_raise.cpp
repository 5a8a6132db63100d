#include "workflow/parse/reusable.hpp"
#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

TaskBody parse_raise(Context& context, TaskSource& task) {
  RaiseTask body;
  Fields raise(context, task.fields.node().member("raise"), "`raise`");
  if (const auto error = raise.require("error", "an error, or the name of one of `use.errors`")) {
    body.error = read_error_or_name(context, *error);
  }
  raise.finish();
  return body;
}

}  // namespace endure::workflow::parse
