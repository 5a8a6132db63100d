// actors, stats
#include <algorithm>
#include <ostream>

#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

// Threads, too, which are no actors.
void print_stuck(Context& context, const Json& stuck) {
  if (items_of(stuck).empty()) return;
  Table table({"STUCK", "SINCE", "WITH"});
  for (const Json& job : items_of(stuck)) {
    table.add({text_of(job, "who"), age_of(text_of(job, "since"), context.clock.now()),
               text_of(job, "job")});
  }
  context.out << '\n';
  table.print(context.out);
}

int print_actors(Context& context) {
  ApiClient node = connect(context);
  const Json answer = value_or_exit(context, node.get("/v1/actors"));
  if (context.json) {
    print_json(context, answer);
    return exit_ok;
  }
  Table table({"ACTOR", "CHILDREN", "MAILBOX", "RESTARTS", "LAST FAILURE"});
  for (const Json& actor : answer.is_array() ? answer : items_of(answer)) {
    table.add({text_of(actor, "path"), text_of(actor, "children"), text_of(actor, "mailbox"),
               text_of(actor, "restarts"), text_of(actor, "last_failure")});
  }
  table.print(context.out);
  if (const auto stuck = node.get("/v1/stuck")) print_stuck(context, *stuck);
  return exit_ok;
}

// Nested objects as one table of dotted names.
void flatten(const Json& json, const std::string& prefix, Table& table) {
  for (const auto& [key, value] : json.items()) {
    const std::string name = prefix.empty() ? key : prefix + "." + key;
    if (value.is_object()) {
      flatten(value, name, table);
    } else {
      table.add({name, text_of(json, key)});
    }
  }
}

int print_stats(Context& context) {
  ApiClient node = connect(context);
  const Json answer = value_or_exit(context, node.get("/v1/stats"));
  if (context.json) {
    print_json(context, answer);
    return exit_ok;
  }
  Table table({"WHAT", "VALUE"});
  flatten(answer, "", table);
  table.print(context.out);
  return exit_ok;
}

}  // namespace

void add_stats_verbs(Verb app, Context& context) {
  const Verb actors = app.verb("actors", "Print the supervision tree of a node",
                               "  endure actors\n  endure actors --output json");
  actors.on_run(context, [&context] { return print_actors(context); });

  const Verb stats = app.verb("stats", "Print the counters of a node",
                              "  endure stats\n  endure stats --output json | jq .store");
  stats.on_run(context, [&context] { return print_stats(context); });
}

}  // namespace endure::cli
