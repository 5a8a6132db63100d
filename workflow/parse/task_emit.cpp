#include <algorithm>
#include <string>

#include "workflow/parse/event_filter.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/runtime_expression.hpp"
#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

TaskBody parse_emit(Context& context, TaskSource& task) {
  EmitTask body;
  Fields emit(context, task.fields.node().member("emit"), "`emit`");
  if (const auto event = emit.require("event", "an event with its attributes under `with`")) {
    Fields outer(context, *event, "`event`");
    if (const auto with = outer.require("with", "the event's attributes, `type` at least")) {
      Fields attributes(context, *with, "an event");
      attributes.require("type", "text that says what kind of event this is");
      if (attributes.is_object()) check_event_attributes(context, *with);
      if (auto read = read_template(context, *with)) body.event = *std::move(read);
    }
    outer.finish();
  }
  emit.finish();
  return body;
}

}  // namespace endure::workflow::parse
