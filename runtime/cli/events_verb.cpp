// events
#include <ostream>

#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

int print_events(Context& context) {
  ApiClient node = connect(context);
  const Json answer = value_or_exit(context, node.get("/v1/events"));
  if (context.json) {
    print_json(context, answer);
    return exit_ok;
  }
  Table types({"TYPE", "KEPT", "TAKEN LATE", "EXPIRED", "DROPPED"});
  for (const Json& type : items_of(answer)) {
    types.add({text_of(type, "type"), text_of(type, "kept"), text_of(type, "offered"),
               text_of(type, "expired"), text_of(type, "dropped")});
  }
  types.print(context.out);
  const auto sinks = answer.find("sinks");
  if (sinks == answer.end() || !sinks->is_array() || sinks->empty()) return exit_ok;
  context.out << '\n';
  Table table({"SINK", "BACKLOG", "SENT", "FAILED", "REFUSED", "DROPPED", "FAILING", "LAST ERROR"});
  for (const Json& sink : *sinks) {
    table.add({text_of(sink, "sink"), text_of(sink, "backlog"), text_of(sink, "sent"),
               text_of(sink, "failed"), text_of(sink, "refused"), text_of(sink, "dropped"),
               age_of(text_of(sink, "failing_since"), context.clock.now()),
               text_of(sink, "last_error")});
  }
  table.print(context.out);
  return exit_ok;
}

}  // namespace

void add_events_verb(Verb app, Context& context) {
  const Verb events =
      app.verb("events", "Print which broadcast events are kept, and how the sinks fare",
               "  endure events\n  endure events --output json | jq .sinks");
  events.on_run(context, [&context] { return print_events(context); });
}

}  // namespace endure::cli
