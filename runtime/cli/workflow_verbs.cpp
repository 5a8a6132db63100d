// list, show
#include <algorithm>
#include <memory>
#include <ostream>

#include "config/quantity.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/cli/workflow_view.hpp"

namespace endure::cli {
namespace {

struct ListOptions {
  std::string ns, phase, status, definition, version, parent, created_after, created_before,
      older_than, cursor;
  std::uint32_t limit = 50;
  bool all = false;
};

Query query_of(Context& context, const ListOptions& options) {
  std::string older_than_ms;
  if (!options.older_than.empty()) {
    const auto ms = config::duration_from(options.older_than);
    if (!ms) throw ExitWith{report(context, exit_usage, "--older-than: " + ms.error().what)};
    older_than_ms = std::to_string(*ms);
  }
  return {{"namespace", options.ns},
          {"phase", options.phase},
          {"status", options.status},
          {"definition", options.definition},
          {"version", options.version},
          {"parent", options.parent},
          {"created_after", options.created_after},
          {"created_before", options.created_before},
          {"older_than_ms", older_than_ms},
          {"limit", std::to_string(options.all ? 100 : options.limit)},
          {"cursor", options.cursor}};
}

int list_workflows(Context& context, const ListOptions& options) {
  ApiClient node = connect(context);
  Query query = query_of(context, options);
  Json answer = value_or_exit(context, node.get("/v1/workflows", query));
  while (options.all && !text_of(answer, "next_cursor").empty()) {
    query.back().second = text_of(answer, "next_cursor");
    Json page = value_or_exit(context, node.get("/v1/workflows", query));
    for (Json& item : page["items"]) answer["items"].push_back(std::move(item));
    answer["next_cursor"] = page["next_cursor"];
  }
  if (context.json) {
    print_json(context, answer);
    return exit_ok;
  }
  print_workflow_table(context.out, items_of(answer), context.clock.now());
  const std::string next = text_of(answer, "next_cursor");
  if (!next.empty()) context.err << "there are more: add --cursor " << next << " or --all\n";
  return exit_ok;
}

int show_workflow(Context& context, const std::string& name, const std::string& fallback_ns) {
  ApiClient node = connect(context);
  const auto [ns, id] = split_name(name, fallback_ns);
  const Json workflow = value_or_exit(context, node.get(workflow_path(ns, id)));
  if (context.json) {
    print_json(context, workflow);
  } else {
    print_workflow(context.out, workflow, context.clock.now());
  }
  return exit_ok;
}

}  // namespace

void add_workflow_verbs(Verb app, Context& context) {
  const auto options = std::make_shared<ListOptions>();
  const Verb list = app.verb("list", "List workflows, newest first",
                             "  endure list --phase waiting --status WAITING_FOR_REVIEW\n"
                             "  endure list --definition social-post --older-than 2h\n"
                             "  endure list --all --output json | jq '.items | length'");
  list.option("-n,--namespace", options->ns, "Only of this namespace");
  list.option("--phase", options->phase,
              "pending, running, waiting, suspended, cancelled, faulted or completed")
      .one_of({"pending", "running", "waiting", "suspended", "cancelled", "faulted", "completed"});
  list.option("--status", options->status, "Only with this business status");
  list.option("--definition", options->definition, "Only of the definition of this name");
  list.option("--definition-version", options->version, "Only of this version of it");
  list.option("--parent", options->parent, "Only started by this workflow: ID, or NAMESPACE/ID");
  list.option("--created-after", options->created_after, "RFC 3339 time");
  list.option("--created-before", options->created_before, "RFC 3339 time");
  list.option("--older-than", options->older_than, "Created longer ago than this, such as 2h");
  list.option("--limit", options->limit, "The most to list").range(1, 1'000).shows_default();
  list.option("--cursor", options->cursor, "Where the list before ended");
  list.flag("--all", options->all, "All pages");
  list.on_run(context, [&context, options] { return list_workflows(context, *options); });

  struct ShowOptions {
    std::string name, ns = "default";
  };
  const auto shown = std::make_shared<ShowOptions>();
  const Verb show = app.verb("show", "Show one workflow: what it waits for, its documents",
                             "  endure show agents/post-17\n  endure show post-17 -n agents");
  show.option("WORKFLOW", shown->name, "[NAMESPACE/]ID").required();
  show.namespace_option(shown->ns);
  show.on_run(context,
              [&context, shown] { return show_workflow(context, shown->name, shown->ns); });
}

}  // namespace endure::cli
