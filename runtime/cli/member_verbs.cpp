// cluster add|remove
#include <memory>
#include <ostream>

#include "base/percent.hpp"
#include "config/cluster_node.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

void print_missing(Context& context, const Json& answer) {
  for (const Json& missing : items_of(answer, "missing")) {
    context.out << "  " << text_of(missing, "node")
                << " will hear it when it is back: " << text_of(missing, "reason") << '\n';
  }
}

int add(Context& context, const std::vector<std::string>& nodes) {
  for (const auto& text : nodes) {
    if (const auto node = config::cluster_node_from(text); !node) {
      return report(context, exit_usage, node.error().what);
    }
  }
  ApiClient api = connect(context);
  Json items = Json::array();
  for (const auto& text : nodes) {
    const auto node = config::cluster_node_from(text);
    items.push_back(value_or_exit(
        context,
        api.post("/v1/cluster/nodes", {{"node", node->name}, {"address", node->address}})));
    if (context.json) continue;
    const Json& answer = items.back();
    context.out << node->name << " is node " << text_of(answer, "number") << " of the cluster"
                << (text_of(answer, "changed") == "true" ? "" : " already") << '\n';
    print_missing(context, answer);
  }
  if (context.json) {
    print_json(context, Json{{"items", std::move(items)}});
    return exit_ok;
  }
  context.out
      << "\nNext:\n"
         "  1. copy NODE.pub of each new node into the folder cluster.keys of every node,\n"
         "     and all NODE.pub into that of the new ones (no restart is needed)\n"
         "  2. start each new node on an empty folder, with itself and a node that is there\n"
         "     in cluster.nodes\n"
         "  3. endure cluster status; then give it work: endure cluster rebalance\n";
  return exit_ok;
}

int remove(Context& context, const std::string& name) {
  ApiClient api = connect(context);
  const Json answer =
      value_or_exit(context, api.post("/v1/cluster/nodes/" + percent_encoded(name) + "/remove"));
  if (context.json) {
    print_json(context, answer);
    return exit_ok;
  }
  context.out << name << " does not belong to the cluster any more\n";
  print_missing(context, answer);
  context.out << "\nNext: stop it, and take it out of cluster.nodes and " << name
              << ".pub out of cluster.keys of the others.\n"
                 "Its name is never used again.\n";
  return exit_ok;
}

}  // namespace

void add_member_verbs(Verb cluster, Context& context) {
  const auto nodes = std::make_shared<std::vector<std::string>>();
  const Verb adding = cluster.verb("add", "Let more nodes belong to the cluster",
                                   "  endure cluster add d=tcp://10.0.0.4:7452\n"
                                   "  endure cluster add d=tcp://10.0.0.4:7452 "
                                   "e=tcp://10.0.0.5:7452");
  adding.option("NODE", *nodes, "NAME=ADDRESS, where its bridge is reached").required();
  adding.on_run(context, [&context, nodes] { return add(context, *nodes); });

  const auto name = std::make_shared<std::string>();
  const Verb removing =
      cluster.verb("remove", "Let a node that has no shard belong to the cluster no more",
                   "  endure cluster drain d\n"
                   "  endure cluster remove d");
  removing.option("NODE", *name, "Its name").required();
  removing.on_run(context, [&context, name] { return remove(context, *name); });
}

}  // namespace endure::cli
