// send
#include <memory>
#include <ostream>

#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/cli/workflow_view.hpp"

namespace endure::cli {
namespace {

struct SendOptions {
  std::string name, ns = "default", type, data, source, subject, id, event;
  bool broadcast = false;
};

Json event_of(Context& context, const SendOptions& options) {
  if (!options.event.empty()) return argument_json(context, "--event", options.event);
  Json event{{"type", options.type}};
  if (!options.id.empty()) event["id"] = options.id;
  if (!options.source.empty()) event["source"] = options.source;
  if (!options.subject.empty()) event["subject"] = options.subject;
  if (!options.data.empty()) event["data"] = argument_json(context, "--data", options.data);
  return event;
}

int send_event(Context& context, const SendOptions& options) {
  if (options.broadcast == !options.name.empty()) {
    return report(context, exit_usage, "name one workflow, or give --broadcast",
                  "`endure send --help`");
  }
  if (options.event.empty() == options.type.empty()) {
    return report(context, exit_usage, "give either --type (with --data) or a whole --event",
                  "`endure send --help`");
  }
  const Json event = event_of(context, options);
  ApiClient node = connect(context);
  if (options.broadcast) {
    const Json answer = value_or_exit(context, node.post("/v1/events", event));
    if (context.json) {
      print_json(context, answer);
    } else {
      const bool again = text_of(answer, "duplicate") == "true";
      context.out << (again ? "came before, as event "
                            : "sent to every listener, durable as event ")
                  << text_of(answer, "sequence") << '\n';
    }
    return exit_ok;
  }
  const auto [ns, id] = split_name(options.name, options.ns);
  const Json summary = value_or_exit(context, node.post(workflow_path(ns, id, "/events"), event));
  if (context.json) {
    print_json(context, summary);
  } else {
    const std::string fate = text_of(summary, "event");
    context.out << "sent to " << workflow_name(summary) << ": "
                << one_line(phase_and_status(summary));
    if (fate == "kept") context.out << "; kept until it listens for it";
    if (fate == "duplicate") context.out << "; it has had this event before";
    context.out << '\n';
  }
  return exit_ok;
}

}  // namespace

void add_send_verb(Verb app, Context& context) {
  const auto options = std::make_shared<SendOptions>();
  const Verb send =
      app.verb("send", "Send an event (a CloudEvent) to one workflow or to every listener",
               "  endure send agents/post-17 --type review.decided --data '{\"approved\": true}'\n"
               "  endure send --broadcast --type prices.changed --data @prices.json\n"
               "  endure send agents/post-17 --event @event.json");
  send.option("WORKFLOW", options->name, "[NAMESPACE/]ID");
  send.flag("--broadcast", options->broadcast, "To every listener instead");
  send.option("--type", options->type, "The event's type");
  send.option("-d,--data", options->data, "Its data: JSON, @FILE, or -");
  send.option("--source", options->source, "Its source, a URI");
  send.option("--subject", options->subject, "Its subject");
  send.option("--id", options->id, "Its id");
  send.option("--event", options->event, "The whole event instead: JSON, @FILE, or -");
  send.namespace_option(options->ns);
  send.on_run(context, [&context, options] { return send_event(context, *options); });
}

}  // namespace endure::cli
