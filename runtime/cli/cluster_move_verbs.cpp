// cluster move|drain|rebalance
#include <chrono>
#include <map>
#include <memory>
#include <ostream>
#include <thread>

#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

constexpr auto look_again = std::chrono::milliseconds(200);

// By shard, where it shall go.
using Targets = std::map<std::string, std::string>;

struct Patience {
  bool wait = false;
  std::uint32_t timeout_s = 600;
};

Targets targets_of(const Json& moves) {
  Targets targets;
  for (const Json& move : moves) targets[text_of(move, "shard")] = text_of(move, "to");
  return targets;
}

// Until each shard is where it shall go, saying once what holds it up.
int wait_for(Context& context, ApiClient& node, Targets targets, const Patience& patience) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(patience.timeout_s);
  std::map<std::string, std::string> said;
  while (!targets.empty()) {
    const Json status = value_or_exit(context, node.get("/v1/cluster"));
    for (const Json& shard : items_of(status, "shards")) {
      const auto number = text_of(shard, "shard");
      const auto target = targets.find(number);
      if (target == targets.end()) continue;
      const auto problem = text_of(shard, "problem");
      if (text_of(shard, "owner") == target->second) {
        targets.erase(target);
        if (!context.json) {
          context.out << "shard " << number << " is on " << text_of(shard, "owner") << '\n';
        }
      } else if (!problem.empty() && said[number] != problem) {
        said[number] = problem;
        context.err << "shard " << number << " waits: " << one_line(problem, 300) << '\n';
      }
    }
    if (targets.empty()) break;
    if (std::chrono::steady_clock::now() > until) {
      return report(context, exit_retry_later,
                    std::to_string(targets.size()) + " shards are still on their way after " +
                        std::to_string(patience.timeout_s) +
                        " s; they go on by themselves: endure cluster status --shards");
    }
    std::this_thread::sleep_for(look_again);
  }
  return exit_ok;
}

int move_shard(Context& context, const std::string& shard, const std::string& to,
               const Patience& patience) {
  ApiClient node = connect(context);
  const Json answer = value_or_exit(
      context,
      node.post("/v1/cluster/shards/" + percent_encoded(shard) + "/move", Json{{"node", to}}));
  if (context.json) {
    print_json(context, answer);
  } else {
    context.out << "shard " << text_of(answer, "shard") << " goes from " << text_of(answer, "owner")
                << " to " << text_of(answer, "to") << '\n';
  }
  if (!patience.wait) return exit_ok;
  return wait_for(context, node, {{text_of(answer, "shard"), text_of(answer, "to")}}, patience);
}

int move_many(Context& context, const std::string& path, const std::string& nothing,
              const Patience& patience) {
  ApiClient node = connect(context);
  const Json answer = value_or_exit(context, node.post(path));
  const Json moves = items_of(answer, "moves");
  const Json refused = items_of(answer, "refused");
  if (context.json) {
    print_json(context, answer);
  } else if (moves.empty() && refused.empty()) {
    context.out << nothing << '\n';
  } else {
    Table table({"SHARD", "FROM", "TO", "REFUSED"});
    for (const Json& move : moves) {
      table.add({text_of(move, "shard"), text_of(move, "from"), text_of(move, "to"), ""});
    }
    for (const Json& move : refused) {
      table.add({text_of(move, "shard"), text_of(move, "from"), text_of(move, "to"),
                 one_line(text_of(move, "reason"), 200)});
    }
    table.print(context.out);
  }
  const int waited = patience.wait ? wait_for(context, node, targets_of(moves), patience) : exit_ok;
  return refused.empty() ? waited : exit_conflict;
}

void add_patience(const Verb& verb, Patience& patience) {
  verb.flag("--wait", patience.wait, "Until the shards are there");
  verb.option("--timeout", patience.timeout_s, "Seconds; of --wait").shows_default();
}

}  // namespace

void add_cluster_move_verbs(Verb group, Context& context) {
  const auto patience = std::make_shared<Patience>();
  const auto shard = std::make_shared<std::string>();
  const auto to = std::make_shared<std::string>();
  const Verb one = group.verb("move", "Bring a shard to another node, while everything runs",
                              "  endure cluster move 17 c --wait\n"
                              "Back to where it is: calls off a move that has not begun.");
  one.option("SHARD", *shard, "Its number").required();
  one.option("NODE", *to, "Where it shall be").required();
  add_patience(one, *patience);
  one.on_run(context, [=, &context] { return move_shard(context, *shard, *to, *patience); });

  const Verb drain = group.verb("drain", "Bring all shards of a node to the others",
                                "  endure cluster drain c --wait");
  drain.option("NODE", *to, "Who shall have none").required();
  add_patience(drain, *patience);
  drain.on_run(context, [=, &context] {
    return move_many(context, "/v1/cluster/nodes/" + percent_encoded(*to) + "/drain",
                     *to + " has no shards", *patience);
  });

  const Verb rebalance = group.verb("rebalance", "Move shards so that each node has about as many",
                                    "  endure cluster rebalance --wait");
  add_patience(rebalance, *patience);
  rebalance.on_run(context, [=, &context] {
    return move_many(context, "/v1/cluster/rebalance", "the shards are spread evenly", *patience);
  });
}

}  // namespace endure::cli
