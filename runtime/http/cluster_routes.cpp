// The cluster as a node sees it, and shards that shall go elsewhere.
#include <algorithm>
#include <charconv>

#include "runtime/cluster/move_plan.hpp"
#include "runtime/http/await.hpp"
#include "runtime/http/fellows.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"
#include "runtime/http/spread.hpp"

namespace endure::http {

namespace {

using cluster::PlannedMove;
using workflow::Json;

std::vector<std::string> all_nodes(const Fellows& fellows) {
  auto nodes = fellows.others();
  nodes.push_back(fellows.self());
  return nodes;
}

bool is_node(const Fellows& fellows, const std::string& name) {
  const auto nodes = all_nodes(fellows);
  return std::find(nodes.begin(), nodes.end(), name) != nodes.end();
}

Response no_such_node(const Fellows& fellows, const std::string& name) {
  std::string known;
  for (const auto& node : all_nodes(fellows)) known += (known.empty() ? "" : ", ") + node;
  return problem(
      {Code::not_found, "the cluster has no node '" + name + "'; it has " + known, "node"});
}

// The owner writes down that its shard shall go to the node.
Response want(Services& services, const Call& call, Shard shard, const std::string& node) {
  Fellows& fellows = *services.fellows;
  const auto timeout_ms = services.limits.call_deadline_ms;
  const auto owner = fellows.owner(shard);
  if (owner == fellows.self() || !call.request.from_node.empty()) {
    const auto written = await<void>({timeout_ms, call.request.abandoned}, [&](auto reply) {
      fellows.want_shard(shard, node, std::move(reply));
    });
    if (!written) return problem(written.error());
    return json_response(202, {{"shard", shard}, {"owner", fellows.self()}, {"to", node}});
  }
  if (owner.empty()) {
    return problem(
        {Code::retry_later, "nobody is known to have the shard " + std::to_string(shard), "shard"});
  }
  Request request = passed_on(call.request);
  request.method = "POST";
  request.target = "/v1/cluster/shards/" + std::to_string(shard) + "/move";
  request.body = dump({{"node", node}});
  request.headers["content-type"] = "application/json";
  auto response = answer_of(fellows, owner, request, timeout_ms, call);
  if (!response) return problem(response.error(), {{"node", owner}});
  return *std::move(response);
}

Response move_one(Services& services, Call& call) {
  if (services.fellows == nullptr) return no_cluster();
  Fellows& fellows = *services.fellows;
  if (const auto error = fellows.not_yet()) return problem(*error);
  const std::string& text = call["shard"];
  Shard shard = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), shard);
  if (error != std::errc() || end != text.data() + text.size() || shard >= fellows.shards()) {
    return problem({Code::invalid,
                    "a shard is a number from 0 to " + std::to_string(fellows.shards() - 1),
                    "shard"});
  }
  const auto node = *call.body.text("node");
  if (!is_node(fellows, node)) return no_such_node(fellows, node);
  return want(services, call, shard, node);
}

// What is planned, and what became of it.
Response move_all(Services& services, const Call& call, const std::vector<PlannedMove>& moves) {
  Json planned = Json::array();
  Json refused = Json::array();
  for (const auto& move : moves) {
    const auto response = want(services, call, move.shard, move.to);
    Json entry = {{"shard", move.shard}, {"from", move.from}, {"to", move.to}};
    if (response.status == 202) {
      planned.push_back(std::move(entry));
      continue;
    }
    const auto body = parse_json(response.body, services.limits.max_depth);
    entry["reason"] = body ? body->value("detail", body->value("title", "")) : "";
    refused.push_back(std::move(entry));
  }
  return json_response(202, {{"moves", std::move(planned)}, {"refused", std::move(refused)}});
}

// Where the shards will be once all that is under way has come about.
cluster::ShardOwners owners_to_be(const Fellows& fellows) {
  cluster::ShardOwners owners;
  for (auto& placement : fellows.placements()) {
    owners.push_back(placement.to.empty() ? std::move(placement.owner) : std::move(placement.to));
  }
  return owners;
}

Response drain(Services& services, Call& call) {
  if (services.fellows == nullptr) return no_cluster();
  Fellows& fellows = *services.fellows;
  if (const auto error = fellows.not_yet()) return problem(*error);
  const std::string& node = call["node"];
  if (!is_node(fellows, node)) return no_such_node(fellows, node);
  const auto nodes = all_nodes(fellows);
  if (nodes.size() < 2) {
    return problem(
        {Code::conflict, "the cluster has no other node that could take the shards", ""});
  }
  return move_all(services, call, cluster::plan_drain(owners_to_be(fellows), nodes, node));
}

Response rebalance(Services& services, Call& call) {
  if (services.fellows == nullptr) return no_cluster();
  Fellows& fellows = *services.fellows;
  if (const auto error = fellows.not_yet()) return problem(*error);
  return move_all(services, call,
                  cluster::plan_rebalance(owners_to_be(fellows), all_nodes(fellows)));
}

}  // namespace

Routes cluster_routes(Services& services) {
  Routes routes;
  routes.push_back({.method = "GET",
                    .pattern = "/v1/cluster",
                    .name = "show_cluster",
                    .summary = "The cluster as this node sees it: nodes, links, shards, messages.",
                    .answers = {200, 404},
                    .handler = [&](const Call&) {
                      if (services.fellows == nullptr) return no_cluster();
                      return json_response(200, services.fellows->status());
                    }});
  routes.push_back(
      {.method = "POST",
       .pattern = "/v1/cluster/shards/{shard}/move",
       .name = "move_shard",
       .summary = "The shard shall go to another node; or stay, where it is that one's.",
       .body_kind = BodyKind::fields,
       .body = {{.name = "node", .type = Field::Type::text, .required = true}},
       .answers = {202, 404, 409},
       .handler = [&](Call& call) { return move_one(services, call); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/cluster/nodes/{node}/drain",
                    .name = "drain_node",
                    .summary = "All shards of the node shall go to the others.",
                    .body_kind = BodyKind::fields,
                    .answers = {202, 404, 409},
                    .handler = [&](Call& call) { return drain(services, call); }});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/cluster/rebalance",
                    .name = "rebalance_cluster",
                    .summary = "Shards shall go so that each node has about as many.",
                    .body_kind = BodyKind::fields,
                    .answers = {202, 404},
                    .handler = [&](Call& call) { return rebalance(services, call); }});
  return routes;
}

}  // namespace endure::http
