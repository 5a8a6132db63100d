// cluster status|doctor|keygen; the others are in files of their own
#include <memory>
#include <ostream>

#include "config/cluster_node.hpp"
#include "runtime/bridge/keys.hpp"
#include "runtime/cli/doctor.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

std::string round_trip(const Json& node) {
  const auto us = number_of(node, "round_trip_us");
  if (us == 0) return "";
  return us < 10'000 ? std::to_string(us) + "us" : std::to_string(us / 1'000) + "ms";
}

void print_shards(Context& context, const Json& status) {
  Table table({"SHARD", "OWNER", "EPOCH", "STATE", "PROBLEM"});
  for (const Json& shard : items_of(status, "shards")) {
    const auto owner = text_of(shard, "owner");
    const auto to = text_of(shard, "to");
    table.add({text_of(shard, "shard"), owner.empty() ? "?" : owner, text_of(shard, "epoch"),
               to.empty() ? "" : "goes to " + to, one_line(text_of(shard, "problem"), 120)});
  }
  table.print(context.out);
}

void print_status(Context& context, const Json& status) {
  context.out << "cluster " << text_of(status, "cluster") << ", seen by " << text_of(status, "node")
              << ", " << items_of(status, "shards").size() << " shards"
              << (text_of(status, "secured") == "true" ? "" : ", connections are plain") << '\n';
  if (text_of(status, "born") != "true") {
    std::string missing;
    for (const Json& node : items_of(status, "waits_for")) {
      missing += (missing.empty() ? "" : ", ") + node.get<std::string>();
    }
    context.out << "it has not begun yet: waits to meet " << (missing.empty() ? "nobody" : missing)
                << '\n';
  }
  Table table({"NODE", "STATE", "FOR", "ROUND TRIP", "VERSION", "SHARDS", "ADDRESS", "HTTP"});
  for (const Json& node : items_of(status, "nodes")) {
    const bool self = text_of(node, "state") == "self";
    table.add({text_of(node, "node"), text_of(node, "state"),
               self ? "" : age_text(static_cast<std::int64_t>(number_of(node, "since_ms"))),
               round_trip(node), text_of(node, "version"), text_of(node, "shards"),
               text_of(node, "address"), text_of(node, "http")});
  }
  table.print(context.out);
  const Json members = status.value("members", Json::object());
  for (const Json& node : items_of(members, "gone")) {
    context.out << node.get<std::string>() << " was removed\n";
  }
  for (const Json& node : items_of(status, "nodes")) {
    const auto refusal = text_of(node, "refusal");
    if (refusal.empty() || text_of(node, "state") == "up") continue;
    context.out << text_of(node, "node") << ": " << one_line(refusal, 400) << '\n';
  }
  const Json relay = status.contains("relay") ? status["relay"] : Json::object();
  context.out << text_of(relay, "waiting") << " messages wait for other nodes";
  if (number_of(relay, "waiting") > 0) {
    context.out << ", the first for "
                << age_text(static_cast<std::int64_t>(number_of(relay, "oldest_ms")));
  }
  context.out << '\n';
}

int status(Context& context, bool with_shards) {
  ApiClient node = connect(context);
  const Json answer = value_or_exit(context, node.get("/v1/cluster"));
  if (context.json) {
    print_json(context, answer);
    return exit_ok;
  }
  print_status(context, answer);
  if (with_shards) print_shards(context, answer);
  return exit_ok;
}

int examine(Context& context) {
  ApiClient node = connect(context);
  const auto findings = examine_cluster(value_or_exit(context, node.get("/v1/cluster")));
  if (context.json) {
    print_json(context, findings_json(findings));
  } else {
    if (findings.empty()) context.out << "the cluster is whole\n";
    print_findings(context, findings);
  }
  return findings.empty() ? exit_ok : exit_findings;
}

int make_keys(Context& context, const std::vector<std::string>& nodes, const std::string& folder) {
  Json made = Json::array();
  for (const std::string& node : nodes) {
    if (!config::is_node_name(node)) {
      return report(context, exit_usage,
                    "'" + node + "' is no node's name: letters, digits, '.', '_' and '-'");
    }
    const auto pair = bridge::write_key_pair(folder, node);
    if (!pair) return report(context, pair.error());
    made.push_back({{"node", node}, {"public_key", pair->public_key}});
    if (!context.json) {
      context.out << folder << "/" << node << ".pub  for every node: " << pair->public_key << '\n'
                  << folder << "/" << node << ".key  for " << node << " alone\n";
    }
  }
  if (context.json) print_json(context, Json{{"folder", folder}, {"items", made}});
  return exit_ok;
}

}  // namespace

void add_cluster_verbs(Verb app, Context& context) {
  const Verb group = app.group("cluster", "Several nodes as one runtime");
  const auto with_shards = std::make_shared<bool>(false);
  const Verb show = group.verb("status", "Show the nodes, their links and what waits between them",
                               "  endure cluster status\n"
                               "  endure cluster status --shards\n"
                               "  endure cluster status --output json | jq '.nodes[].state'");
  show.flag("--shards", *with_shards, "Also who has which shard");
  show.on_run(context, [&context, with_shards] { return status(context, *with_shards); });

  const Verb doctor = group.verb("doctor", "Say what is wrong between the nodes, and what to do",
                                 "  endure cluster doctor    (exit code 7: something is)");
  doctor.on_run(context, [&context] { return examine(context); });

  add_member_verbs(group, context);

  const auto nodes = std::make_shared<std::vector<std::string>>();
  const auto folder = std::make_shared<std::string>("keys");
  const Verb keygen = group.verb("keygen", "Make the keys by which nodes know each other",
                                 "  endure cluster keygen a b c --folder keys\n"
                                 "Give every node all NODE.pub and its own NODE.key, and name the "
                                 "folder in cluster.keys.");
  keygen.option("NODE", *nodes, "Names of nodes").required();
  keygen.option("--folder", *folder, "Where the files go").shows_default();
  keygen.on_run(context, [&context, nodes, folder] { return make_keys(context, *nodes, *folder); });

  add_cluster_move_verbs(group, context);
}

}  // namespace endure::cli
