// queue list|show|pause|resume
#include <memory>
#include <ostream>

#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

void print_queues(Context& context, const Json& items) {
  Table table({"QUEUE", "STATE", "DEPTH", "LEASED", "DELAYED", "DEAD", "CONSUMERS", "OLDEST",
               "COMPLETED", "FAILED", "REDELIVERED"});
  for (const Json& queue : items) {
    const bool paused = text_of(queue, "paused") == "true";
    table.add({text_of(queue, "queue"), paused ? "paused" : "open", text_of(queue, "depth"),
               text_of(queue, "leased"), text_of(queue, "delayed"), text_of(queue, "dead"),
               text_of(queue, "consumers"), age_of(text_of(queue, "oldest"), context.clock.now()),
               text_of(queue, "completed"), text_of(queue, "failed"),
               text_of(queue, "redelivered")});
  }
  table.print(context.out);
}

int print_answer(Context& context, const Json& answer, const Json& items) {
  if (context.json) {
    print_json(context, answer);
  } else {
    print_queues(context, items);
  }
  return exit_ok;
}

int list_queues(Context& context) {
  ApiClient node = connect(context);
  const Json answer = value_or_exit(context, node.get("/v1/queues"));
  return print_answer(context, answer, answer.is_array() ? answer : items_of(answer));
}

int show_queue(Context& context, const std::string& queue) {
  ApiClient node = connect(context);
  const Json answer = value_or_exit(context, node.get("/v1/queues/" + percent_encoded(queue)));
  return print_answer(context, answer, Json::array({answer}));
}

int control_queue(Context& context, const std::string& queue, const std::string& verb) {
  ApiClient node = connect(context);
  const Json answer =
      value_or_exit(context, node.post("/v1/queues/" + percent_encoded(queue) + "/" + verb));
  return print_answer(context, answer, Json::array({answer}));
}

}  // namespace

void add_queue_verbs(Verb app, Context& context) {
  const Verb group = app.group("queue", "Step queues");

  const Verb list = group.verb("list", "List the step queues",
                               "  endure queue list\n"
                               "  endure queue list --output json | jq '.items[].depth'");
  list.on_run(context, [&context] { return list_queues(context); });

  const auto name = std::make_shared<std::string>();
  const Verb show = group.verb("show", "Show one queue", "  endure queue show enrich");
  show.option("QUEUE", *name, "The queue's name").required();
  show.on_run(context, [&context, name] { return show_queue(context, *name); });

  const Verb pause =
      group.verb("pause", "Hand out no further steps of a queue", "  endure queue pause enrich");
  pause.option("QUEUE", *name, "The queue's name").required();
  pause.on_run(context, [&context, name] { return control_queue(context, *name, "pause"); });

  const Verb resume = group.verb("resume", "Hand out steps again", "  endure queue resume enrich");
  resume.option("QUEUE", *name, "The queue's name").required();
  resume.on_run(context, [&context, name] { return control_queue(context, *name, "resume"); });
}

}  // namespace endure::cli
