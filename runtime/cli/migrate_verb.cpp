// migrate
#include <memory>
#include <ostream>
#include <vector>

#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

struct MigrateOptions {
  std::string name, ns = "default", to, from, phase, status;
  std::vector<std::string> ids;
  std::uint32_t batch = 100;
  bool dry_run = false;
};

Json body_of(const MigrateOptions& options) {
  Json body{{"dry_run", options.dry_run}};
  for (const auto& [key, value] :
       {std::pair{"to", &options.to}, std::pair{"from", &options.from},
        std::pair{"phase", &options.phase}, std::pair{"status", &options.status}}) {
    if (!value->empty()) body[key] = *value;
  }
  if (options.ids.empty()) {
    body["limit"] = options.batch;
  } else {
    body["ids"] = options.ids;
  }
  return body;
}

void print_refused(Context& context, const Json& items) {
  for (const Json& item : items) {
    for (const Json& obstacle : items_of(item, "obstacles")) {
      const std::string task = text_of(obstacle, "task");
      context.out << text_of(item, "namespace") << '/' << text_of(item, "id") << " stays at "
                  << text_of(item, "from") << ": "
                  << one_line((task.empty() ? "" : task + ": ") + text_of(obstacle, "reason"), 400)
                  << '\n';
    }
  }
}

// Batch after batch until there are no more. Those that stay are named with their reasons.
int migrate(Context& context, const MigrateOptions& options) {
  ApiClient node = connect(context);
  const auto [ns, name] = split_name(options.name, options.ns);
  const std::string path =
      "/v1/definitions/" + percent_encoded(ns) + "/" + percent_encoded(name) + "/migrate";
  Json body = body_of(options);
  std::uint64_t moved = 0;
  std::uint64_t refused = 0;
  std::string to;
  Json all = Json::array();
  for (;;) {
    const Json answer = value_or_exit(context, node.post(path, body));
    moved += number_of(answer, options.dry_run ? "movable" : "moved");
    refused += number_of(answer, "refused");
    to = text_of(answer, "to");
    if (context.json) {
      for (const Json& item : items_of(answer)) all.push_back(item);
    } else {
      print_refused(context, items_of(answer));
    }
    const std::string next = text_of(answer, "next_cursor");
    if (next.empty()) break;
    body["cursor"] = next;
    body["to"] = to;  // also where a newer version is deployed meanwhile
  }
  if (context.json) {
    print_json(context, Json{{"to", to},
                             {"dry_run", options.dry_run},
                             {options.dry_run ? "movable" : "moved", moved},
                             {"refused", refused},
                             {"items", std::move(all)}});
  } else {
    context.out << moved << (options.dry_run ? " can move to " : " moved to ") << to << ", "
                << refused << (refused == 1 ? " stays" : " stay") << '\n';
  }
  return refused == 0 ? exit_ok : exit_conflict;
}

}  // namespace

void add_migrate_verb(Verb app, Context& context) {
  const auto options = std::make_shared<MigrateOptions>();
  const Verb verb = app.verb("migrate", "Move live workflows to another version",
                             "  endure migrate agents/social-post --dry-run\n"
                             "  endure migrate agents/social-post --to 1.1.0 --from 1.0.0\n"
                             "  endure migrate social-post -n agents --id post-17 --id post-18");
  verb.option("DEFINITION", options->name, "[NAMESPACE/]NAME").required();
  verb.option("--to", options->to, "The version; default: the one deployed last");
  verb.option("--from", options->from, "Only workflows of this version");
  verb.option("--phase", options->phase, "Only in this phase")
      .one_of({"pending", "running", "waiting", "suspended"});
  verb.option("--status", options->status, "Only with this business status");
  verb.option("--id", options->ids, "Only these workflows");
  verb.option("--batch", options->batch, "Workflows a call").shows_default().range(1, 1'000);
  verb.flag("--dry-run", options->dry_run, "Only say what would move, and why not");
  verb.namespace_option(options->ns);
  verb.on_run(context, [&context, options] { return migrate(context, *options); });
}

}  // namespace endure::cli
