#include "runtime/http/fellows.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/http/shapes.hpp"

namespace endure::http {

namespace {

Response show(const Services& services) {
  if (services.fellows != nullptr) return json_response(200, services.fellows->status());
  return problem({Code::not_found, "this node belongs to no cluster (cluster.name is empty)", ""});
}

}  // namespace

Routes cluster_routes(Services& services) {
  Routes routes;
  routes.push_back({.method = "GET",
                    .pattern = "/v1/cluster",
                    .name = "show_cluster",
                    .summary = "The cluster as this node sees it: nodes, links, shards, messages.",
                    .answers = {200, 404},
                    .handler = [&](const Call&) { return show(services); }});
  return routes;
}

}  // namespace endure::http
