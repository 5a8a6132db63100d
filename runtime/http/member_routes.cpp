// Adding nodes to a cluster, and removing them. One node decides; whoever is asked passes it on.
#include "config/cluster_node.hpp"
#include "runtime/http/fellows.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"
#include "runtime/http/spread.hpp"

namespace endure::http {

namespace {

struct Change {
  std::string node;
  std::optional<std::string> address;  // absent: the node goes
};

bool holds(const MemberList& members, const Change& change) {
  const Member* member = members.find(change.node);
  if (member == nullptr) return false;
  return change.address ? !member->gone && member->address == *change.address : member->gone;
}

Response decide(Services& services, const Call& call, const Change& change) {
  auto done = await<Json>(services.patience(call.request), [&](auto reply) {
    services.fellows->change_members(change.node, change.address, std::move(reply));
  });
  if (!done) return problem(done.error());
  const bool is_new = change.address && done->value("changed", false);
  return json_response(is_new ? 201 : 200, std::move(*done));
}

// What this node has heard since counts where the answer was lost: the one that decides, or this
// one, may just have gone.
Response pass_on(Services& services, const Call& call, const Change& change,
                 const std::string& decider) {
  const auto deadline_ms = services.limits.call_deadline_ms;
  auto answer = answer_of(*services.fellows, decider, passed_on(call.request), deadline_ms, call);
  if (answer) return std::move(*answer);
  const auto members = services.fellows->members();
  if (holds(members, change)) {
    const Member* member = members.find(change.node);
    return json_response(200, {{"node", change.node},
                               {"number", member->number},
                               {"address", member->address},
                               {"version", members.version},
                               {"changed", true},
                               {"missing", Json::array()}});
  }
  return problem({answer.error().code,
                  decider + " decides which nodes there are: " + answer.error().what, decider},
                 {{"node", decider}});
}

Response change_members(Services& services, const Call& call, const Change& change) {
  if (services.fellows == nullptr) return no_cluster();
  const auto members = services.fellows->members();
  const Member* decider = members.decider();
  if (decider == nullptr) {
    const auto error = services.fellows->not_yet();
    return problem(error.value_or(Error{Code::retry_later, "the cluster has not begun", ""}));
  }
  if (decider->node == services.fellows->self()) {
    return decide(services, call, change);
  }
  if (!call.request.from_node.empty()) {
    return problem({Code::retry_later,
                    decider->node + " decides which nodes there are, as far as " +
                        services.fellows->self() + " knows; try again",
                    ""});
  }
  return pass_on(services, call, change, decider->node);
}

Response add(Services& services, const Call& call) {
  const auto node =
      config::cluster_node_from(*call.body.text("node") + "=" + *call.body.text("address"));
  if (!node) return problem({Code::invalid, node.error().what, "/node"});
  return change_members(services, call, {node->name, node->address});
}

}  // namespace

Routes member_routes(Services& services) {
  using Type = Field::Type;
  Routes routes;
  routes.push_back({.method = "POST",
                    .pattern = "/v1/cluster/nodes",
                    .name = "add_node",
                    .summary = "One more node belongs to the cluster. The same again is no change.",
                    .body_kind = BodyKind::fields,
                    .body = {{.name = "node",
                              .type = Type::text,
                              .doc = "Its name, which no node of the cluster has ever had.",
                              .required = true},
                             {.name = "address",
                              .type = Type::text,
                              .doc = "Where its bridge is reached, tcp://HOST:PORT.",
                              .required = true}},
                    .answers = {200, 201, 404, 409},
                    .handler = [&](const Call& call) { return add(services, call); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/cluster/nodes/{node}/remove",
                    .name = "remove_node",
                    .summary = "The node, which has no shard, belongs to the cluster no more.",
                    .body_kind = BodyKind::fields,
                    .answers = {200, 404, 409},
                    .handler = [&](const Call& call) {
                      return change_members(services, call, {call["node"], std::nullopt});
                    }});
  return routes;
}

}  // namespace endure::http
