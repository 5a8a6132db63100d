// schedule list|show|pause|resume|trigger|delete
#include <algorithm>
#include <memory>
#include <ostream>

#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/cli/workflow_view.hpp"

namespace endure::cli {
namespace {

struct ScheduleOptions {
  std::string name, ns = "default", id, input;
};

std::string path_of(const ScheduleOptions& options, const std::string& rest = {}) {
  const auto [ns, name] = split_name(options.name, options.ns);
  return "/v1/schedules/" + percent_encoded(ns) + "/" + percent_encoded(name) + rest;
}

std::string state_of(const Json& schedule) {
  if (text_of(schedule, "paused") == "true") return "paused";
  return text_of(schedule, "error").empty() ? "active" : "failing";
}

// "in 5m", or "now" where the time has come.
std::string time_to(const std::string& time, Instant now) {
  Instant due;
  if (!from_rfc3339(time, due)) return "";
  return due <= now ? "now" : "in " + age_text(due - now);
}

void print_schedules(Context& context, const Json& items) {
  Table table({"SCHEDULE", "VERSION", "KIND", "WHEN", "STATE", "NEXT", "LAST", "STARTED", "SKIPPED",
               "MISSED"});
  const Instant now = context.clock.now();
  for (const Json& item : items) {
    const Json last = item.contains("last") ? item["last"] : Json();
    table.add({text_of(item, "namespace") + "/" + text_of(item, "name"), text_of(item, "version"),
               text_of(item, "kind"), one_line(text_of(item, "schedule"), 40), state_of(item),
               time_to(text_of(item, "due"), now), age_of(text_of(last, "started"), now),
               text_of(item, "started"), text_of(item, "skipped"), text_of(item, "missed")});
  }
  table.print(context.out);
}

int list_schedules(Context& context) {
  ApiClient node = connect(context);
  const Json answer = value_or_exit(context, node.get("/v1/schedules"));
  if (context.json) {
    print_json(context, answer);
  } else {
    print_schedules(context, items_of(answer));
  }
  return exit_ok;
}

void print_line(Context& context, const std::string& label, const std::string& text) {
  if (text.empty()) return;
  context.out << label
              << std::string(std::max<std::size_t>(label.size() + 1, 12) - label.size(), ' ')
              << one_line(text, 400) << '\n';
}

int show_schedule(Context& context, const ScheduleOptions& options) {
  ApiClient node = connect(context);
  const Json item = value_or_exit(context, node.get(path_of(options)));
  if (context.json) {
    print_json(context, item);
    return exit_ok;
  }
  const Instant now = context.clock.now();
  print_line(
      context, "schedule",
      text_of(item, "namespace") + "/" + text_of(item, "name") + ":" + text_of(item, "version"));
  print_line(context, "when", text_of(item, "kind") + " " + text_of(item, "schedule"));
  print_line(context, "time zone", text_of(item, "time_zone"));
  print_line(context, "state", state_of(item));
  print_line(context, "error", text_of(item, "error"));
  if (item.contains("policy")) {
    print_line(context, "missed", text_of(item["policy"], "missed"));
    print_line(context, "overlap", text_of(item["policy"], "overlap"));
  }
  for (const Json& next : items_of(item, "upcoming")) {
    const auto time = next.get<std::string>();
    print_line(context, "next", time + " (" + time_to(time, now) + ")");
  }
  if (item.contains("last")) {
    print_line(context, "last", text_of(item["last"], "id"));
    print_line(context, "started", text_of(item["last"], "started"));
  }
  print_line(context, "counts",
             text_of(item, "started") + " started, " + text_of(item, "triggered") + " by hand, " +
                 text_of(item, "skipped") + " skipped, " + text_of(item, "missed") + " missed");
  print_line(context, "waiting", text_of(item, "waiting_events"));
  return exit_ok;
}

int control_schedule(Context& context, const ScheduleOptions& options, const std::string& verb) {
  ApiClient node = connect(context);
  const Json answer = value_or_exit(context, node.post(path_of(options, "/" + verb)));
  if (context.json) {
    print_json(context, answer);
  } else if (verb == "delete") {
    context.out << text_of(answer, "namespace") << '/' << text_of(answer, "name")
                << ": starts nothing any more; a newer version of the definition may\n";
  } else {
    print_schedules(context, Json::array({answer}));
  }
  return exit_ok;
}

int trigger(Context& context, const ScheduleOptions& options) {
  Json body = Json::object();
  if (!options.id.empty()) body["id"] = options.id;
  if (!options.input.empty()) body["input"] = argument_json(context, "--input", options.input);
  ApiClient node = connect(context);
  const Json summary = value_or_exit(context, node.post(path_of(options, "/trigger"), body));
  if (context.json) {
    print_json(context, summary);
  } else {
    context.out << workflow_name(summary) << " started\n";
  }
  return exit_ok;
}

Verb add_named(Verb group, ScheduleOptions& options, const std::string& verb,
               const std::string& summary, const std::string& examples) {
  const Verb added = group.verb(verb, summary, examples);
  added.option("SCHEDULE", options.name, "[NAMESPACE/]NAME of the definition").required();
  added.namespace_option(options.ns);
  return added;
}

}  // namespace

void add_schedule_verbs(Verb app, Context& context) {
  const Verb group = app.group("schedule", "Workflows that start by themselves");
  const Verb list = group.verb("list", "List the schedules",
                               "  endure schedule list\n"
                               "  endure schedule list --output json | jq '.items[].due'");
  list.on_run(context, [&context] { return list_schedules(context); });

  const auto options = std::make_shared<ScheduleOptions>();
  const Verb show = add_named(group, *options, "show", "Show one: what comes next and what was",
                              "  endure schedule show agents/nightly-report");
  show.on_run(context, [&context, options] { return show_schedule(context, *options); });

  struct Control {
    const char* name;
    const char* summary;
  };
  for (const auto& [name, summary] :
       {Control{"pause", "Start nothing until it is resumed"},
        Control{"resume", "Go on with the next run after now"},
        Control{"delete", "End a schedule; its definition and workflows stay"}}) {
    const std::string verb = name;
    const Verb control = add_named(group, *options, verb, summary,
                                   "  endure schedule " + verb + " agents/nightly-report");
    control.on_run(context,
                   [&context, options, verb] { return control_schedule(context, *options, verb); });
  }

  const Verb now = add_named(group, *options, "trigger", "Start a workflow now, beside the others",
                             "  endure schedule trigger agents/nightly-report\n"
                             "  endure schedule trigger nightly-report -n agents --id once-more");
  now.option("--id", options->id, "The workflow's id; else made from the name and a number");
  now.option("-i,--input", options->input, "Its input: JSON, @FILE or - for standard input");
  now.on_run(context, [&context, options] { return trigger(context, *options); });
}

}  // namespace endure::cli
