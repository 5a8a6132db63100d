// What is wrong between the nodes of a cluster.
#include "runtime/cli/doctor.hpp"
#include "runtime/cli/text.hpp"

namespace endure::cli {
namespace {

constexpr std::uint64_t old_message_ms = 60'000;

void examine_node(const Json& node, const std::string& own_version, std::vector<Finding>& out) {
  const auto name = text_of(node, "node");
  const auto state = text_of(node, "state");
  if (state == "self") return;
  if (state == "refused") {
    out.push_back({"refused_node", name, "the two nodes refuse each other", "",
                   text_of(node, "refusal"), "mend what the cause says and start that node again"});
  } else if (state != "up") {
    out.push_back({"absent_node", name,
                   "no link for " +
                       age_text(static_cast<std::int64_t>(number_of(node, "since_ms"))) +
                       "; its workflows wait for it",
                   "", "", "start it, or look at the network to " + text_of(node, "address")});
  }
  const auto version = text_of(node, "version");
  if (!version.empty() && version != own_version) {
    out.push_back({"mixed_versions", name,
                   "it runs version " + version + ", this one " + own_version, "", "",
                   "finish the upgrade: see docs/cluster.md"});
  }
  if (state == "up" && text_of(node, "same_definitions") != "true") {
    out.push_back({"definitions", name, "it has not the same definitions (yet)", "", "",
                   "wait a moment; then look at its log"});
  }
}

}  // namespace

std::vector<Finding> examine_cluster(const Json& status) {
  std::vector<Finding> out;
  std::string own_version;
  for (const Json& node : items_of(status, "nodes")) {
    if (text_of(node, "state") == "self") own_version = text_of(node, "version");
  }
  if (text_of(status, "born") != "true") {
    out.push_back({"unborn_cluster", text_of(status, "cluster"),
                   "it has not begun: every node must have met every other one", "", "",
                   "start all nodes of cluster.nodes"});
  }
  for (const Json& node : items_of(status, "nodes")) examine_node(node, own_version, out);
  std::size_t without_owner = 0;
  for (const Json& shard : items_of(status, "shards")) {
    if (text_of(shard, "owner").empty()) ++without_owner;
  }
  if (without_owner > 0 && text_of(status, "born") == "true") {
    out.push_back({"unknown_shards", text_of(status, "cluster"),
                   "nobody is known to have " + std::to_string(without_owner) + " shards", "",
                   "the nodes that have them were not linked since this one started",
                   "start the absent nodes"});
  }
  const Json members = status.value("members", Json::object());
  for (const Json& difference : items_of(members, "differences")) {
    out.push_back(
        {"other_nodes", text_of(status, "node"), difference.get<std::string>(), "",
         "the cluster's list of nodes counts, not the configuration",
         "endure cluster add or remove; or mend cluster.nodes, and start the node again"});
  }
  if (const auto conflict = text_of(members, "conflict"); !conflict.empty()) {
    out.push_back({"member_conflict", text_of(status, "node"), conflict, "",
                   "a node that decided who belongs to the cluster was restored from a backup",
                   "restore a later backup of " + text_of(members, "decider")});
  }
  for (const Json& shard : items_of(status, "shards")) {
    const auto problem = text_of(shard, "problem");
    if (problem.empty()) continue;
    out.push_back({"stuck_move", "shard " + text_of(shard, "shard"),
                   "it is to go from " + text_of(shard, "owner") + " to " + text_of(shard, "to") +
                       ", and has not gone yet",
                   "", problem,
                   "it is tried again by itself; to call it off: endure cluster move " +
                       text_of(shard, "shard") + " " + text_of(shard, "owner")});
  }
  const Json relay = status.contains("relay") ? status["relay"] : Json::object();
  if (number_of(relay, "oldest_ms") > old_message_ms) {
    out.push_back({"waiting_messages", text_of(status, "node"),
                   text_of(relay, "waiting") + " messages wait for other nodes, the first for " +
                       age_text(static_cast<std::int64_t>(number_of(relay, "oldest_ms"))),
                   "", "", "start the absent nodes; nothing is lost meanwhile"});
  }
  for (const Json& conflict : items_of(status, "definition_conflicts")) {
    out.push_back({"definition_conflict", conflict.get<std::string>(),
                   "two nodes have different sources for one version", "",
                   "a backup was restored, or a volume was written without its cluster",
                   "deploy a new version, and let no workflow use this one"});
  }
  return out;
}

}  // namespace endure::cli
