#include "config/check.hpp"

#include <set>

#include "base/placement.hpp"
#include "config/address.hpp"
#include "config/cluster_node.hpp"

namespace endure::config {
namespace {

class Checker {
 public:
  explicit Checker(const std::map<std::string, std::string>& origins) : origins_(origins) {}

  void require(bool holds, const std::string& name, std::string what) {
    if (holds) return;
    const auto origin = origins_.find(name);
    problems_.push_back(
        {origin == origins_.end() ? "default" : origin->second, name, std::move(what)});
  }

  std::vector<Problem> take() { return std::move(problems_); }

 private:
  const std::map<std::string, std::string>& origins_;
  std::vector<Problem> problems_;
};

bool loopback(const std::string& listen, std::string_view scheme) {
  const auto address = address_from(listen, scheme);
  return address && address->loopback();
}

bool is_sink_url(const std::string& url) {
  constexpr std::size_t most = 200;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme) && url.size() > scheme.size() && url.size() <= most) {
      return url.find_first_of(" \t\r\n#") == std::string::npos;
    }
  }
  return false;
}

constexpr std::int64_t least_kept_ms = 60'000;

void check_cluster(Checker& checker, const Config& config) {
  const ClusterSettings& cluster = config.cluster;
  if (cluster.name.empty()) return;
  checker.require(is_node_name(cluster.name), "cluster.name",
                  "may hold 1 to 64 letters, digits, '.', '_' and '-'");
  std::set<std::string> names;
  for (const auto& text : cluster.nodes) {
    const auto node = cluster_node_from(text);
    checker.require(node.has_value(), "cluster.nodes", node ? "" : node.error().what);
    if (!node) continue;
    checker.require(names.insert(node->name).second, "cluster.nodes",
                    "the node " + node->name + " stands there twice");
  }
  checker.require(names.size() <= max_nodes, "cluster.nodes",
                  "there are more than " + std::to_string(max_nodes) + " nodes");
  checker.require(names.contains(config.node.name), "cluster.nodes",
                  "this node, " + config.node.name + " (node.name), does not stand there");
  checker.require(
      config.security.allow_insecure || !cluster.keys.empty() || loopback(cluster.listen, "tcp://"),
      "cluster.listen",
      cluster.listen +
          " can be reached from other machines, and without keys nobody is authenticated; set "
          "cluster.keys (`endure cluster keygen` makes them), listen on 127.0.0.1, or set "
          "security.allow_insecure: true if that is meant");
  checker.require(cluster.lost_after_ms >= 2 * cluster.heartbeat_ms, "cluster.lost_after",
                  "must be at least twice cluster.heartbeat");
  // docs/decisions/026: an event on its way between two nodes is found again by a workflow that
  // moves.
  checker.require(config.events.keep_for_ms >= least_kept_ms, "events.keep_for",
                  "must be at least 1m in a cluster: workflows that move from node to node find "
                  "there what they have missed");
}

}  // namespace

std::vector<Problem> check(const Config& config,
                           const std::map<std::string, std::string>& origins) {
  Checker checker(origins);
  const bool insecure = config.security.allow_insecure;
  checker.require(insecure || !config.http.tokens.empty() || loopback(config.http.listen, ""),
                  "http.listen",
                  config.http.listen +
                      " can be reached from other machines, and anyone there could run and stop "
                      "workflows; set http.tokens, listen on 127.0.0.1, or set "
                      "security.allow_insecure: true if that is meant");
  checker.require(insecure || loopback(config.worker.listen, "tcp://"), "worker.listen",
                  config.worker.listen +
                      " can be reached from other machines, and workers are not authenticated; "
                      "listen on 127.0.0.1 (and tunnel), or set security.allow_insecure: true if "
                      "that is meant");
  checker.require(config.worker.lost_after_ms >= 2 * config.worker.heartbeat_ms,
                  "worker.lost_after", "must be at least twice worker.heartbeat");
  checker.require(config.worker.max_result_bytes <= config.worker.max_message_bytes,
                  "worker.max_result", "must not be greater than worker.max_message");
  checker.require(config.engine.default_max_backoff_ms >= config.engine.default_backoff_ms,
                  "engine.default_max_backoff", "must not be less than engine.default_backoff");
  checker.require(config.http_client.timeout_ms >= config.http_client.connect_timeout_ms,
                  "http_client.timeout", "must not be less than http_client.connect_timeout");
  for (const auto& sink : config.events.sinks) {
    checker.require(is_sink_url(sink), "events.sinks",
                    "'" + sink +
                        "' is no URL of a sink; expected one such as https://host/path of at most "
                        "200 characters");
  }
  checker.require(config.events.sink_tokens.size() <= config.events.sinks.size(),
                  "events.sink_tokens", "there are more tokens than events.sinks");
  check_cluster(checker, config);
  checker.require(!config.data.folder.empty(), "data.folder", "must not be empty");
  checker.require(!config.node.name.empty(), "node.name", "must not be empty");
  return checker.take();
}

}  // namespace endure::config
