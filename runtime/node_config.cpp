#include "runtime/node_config.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "config/address.hpp"
#include "config/cluster_node.hpp"
#include "runtime/version.hpp"

namespace endure {

namespace {

std::string shown(const config::Address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

// `http_client.connect_to` in libcurl's form.
std::vector<std::string> connections(const config::Config& config) {
  std::vector<std::string> out;
  for (const auto& text : config.http_client.connect_to) {
    if (const auto connection = config::connection_from(text)) {
      out.push_back(shown(connection->from) + ":" + shown(connection->to));
    }
  }
  return out;
}

// In order of their names, so that the order in the file does not matter.
std::vector<config::ClusterNode> cluster_nodes(const config::Config& config) {
  std::vector<config::ClusterNode> nodes;
  for (const auto& text : config.cluster.nodes) {
    if (auto node = config::cluster_node_from(text)) nodes.push_back(std::move(*node));
  }
  std::sort(nodes.begin(), nodes.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return nodes;
}

}  // namespace

persistence::LmdbConfig store_config(const config::Config& config) {
  persistence::LmdbConfig out;
  out.folder = config.data.folder;
  out.map_bytes = config.data.max_bytes;
  out.durability = config.data.durability == config::Durability::relaxed
                       ? persistence::Durability::relaxed
                       : persistence::Durability::full;
  if (config.cluster.name.empty()) return out;
  persistence::ClusterIdentity identity;
  identity.cluster = config.cluster.name;
  identity.shards = config.cluster.shards;
  identity.node = config.node.name;
  for (const auto& node : cluster_nodes(config)) identity.nodes.push_back(node.name);
  out.cluster = std::move(identity);
  return out;
}

workflow::ExpressionLimits expression_limits(const config::Config& config) {
  workflow::ExpressionLimits out;
  out.deadline_ms = config.expressions.timeout_ms;
  out.max_memory_bytes = config.expressions.max_memory_bytes;
  out.max_result_bytes = config.expressions.max_result_bytes;
  return out;
}

actors::EngineConfig engine_config(const config::Config& config) {
  const config::EngineSettings& in = config.engine;
  actors::EngineConfig out;
  out.scheduler_threads = in.scheduler_threads;
  out.decider_threads = in.decider_threads;
  out.shards = in.shards;
  out.passivate_after_ms = in.passivate_after_ms;
  out.max_active_workflows = in.max_active_workflows;
  out.max_pending_starts = in.max_pending_starts;
  out.max_kept_messages = in.max_kept_messages;
  out.restart_intensity = in.restart_intensity;
  out.restart_period_ms = in.restart_period_ms;
  out.restart_backoff_ms = in.restart_backoff_ms;
  out.stuck_after_ms = in.stuck_after_ms;
  out.most_stuck_threads = in.most_stuck_threads;
  out.queue_window = in.queue_window;
  out.default_lease_ms = in.default_lease_ms;
  out.default_max_attempts = in.default_max_attempts;
  out.default_backoff_ms = in.default_backoff_ms;
  out.default_max_backoff_ms = in.default_max_backoff_ms;
  out.retention_ms = in.retention_ms;
  out.refuse_starts_above = in.refuse_starts_above;
  out.max_child_depth = in.max_child_depth;
  out.keep_events_ms = config.events.keep_for_ms;
  out.max_kept_events = config.events.max_kept;
  out.sinks = config.events.sinks;
  out.sink_types = config.events.sink_types;
  out.schedule_time_zone = config.schedule.time_zone;
  out.schedule_grace_ms = config.schedule.grace_ms;
  out.schedule_max_catch_up = config.schedule.max_catch_up;
  out.schedule_max_queued = config.schedule.max_queued;
  out.schedule_max_waiting = config.schedule.max_waiting_events;
  return out;
}

Result<runtime::HttpServerConfig> http_config(const config::Config& config) {
  const auto address = config::address_from(config.http.listen, "");
  if (!address) return tl::make_unexpected(address.error());
  runtime::HttpServerConfig out;
  out.host = address->host;
  out.port = address->port;
  out.bearer_tokens = config.http.tokens;
  out.allowed_hosts = config.http.allowed_hosts;
  out.threads = config.http.threads;
  out.max_connections = config.http.max_connections;
  out.version = version();
  out.limits.max_body_bytes = config.http.max_body_bytes;
  out.limits.max_id_length = config.limits.max_id_length;
  out.limits.max_depth = config.limits.max_depth;
  out.limits.max_page = config.limits.max_page_size;
  out.limits.max_long_polls = config.limits.max_long_polls;
  out.limits.max_pending_starts = config.engine.max_pending_starts;
  return out;
}

runtime::ResourceConfig resource_config(const config::Config& config) {
  runtime::ResourceConfig out;
  out.folder = config.resources.folder;
  out.catalog = config.resources.catalog;
  out.fetch = config.resources.fetch;
  out.timeout_ms = config.resources.timeout_ms;
  out.max_bytes = config.resources.max_bytes;
  out.connect_to = connections(config);
  out.ca_file = config.http_client.ca_file;
  return out;
}

runtime::HttpCallerConfig http_caller_config(const config::Config& config) {
  runtime::HttpCallerConfig out;
  out.connect_timeout_ms = config.http_client.connect_timeout_ms;
  out.timeout_ms = config.http_client.timeout_ms;
  out.max_response_bytes = config.http_client.max_response_bytes;
  out.concurrency = config.http_client.concurrency;
  out.max_document_bytes = config.http_client.max_document_bytes;
  out.document_cache_ms = config.http_client.document_cache_ms;
  out.stream_timeout_ms = config.http_client.stream_timeout_ms;
  out.ca_file = config.http_client.ca_file;
  out.connect_to = connections(config);
  out.secrets.folder = config.secrets.folder;
  out.secrets.env_prefix = config.secrets.env_prefix;
  return out;
}

Result<void> check_ca_file(const std::string& path) {
  if (path.empty()) return {};
  std::ifstream file(path);
  if (!file) return fail(Code::invalid, "cannot be read", "http_client.ca_file " + path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto begin = text.find("-----BEGIN CERTIFICATE-----");
  if (begin != std::string::npos && text.find("-----END CERTIFICATE-----", begin) != text.npos) {
    return {};
  }
  return fail(Code::invalid, "holds no PEM certificate (-----BEGIN CERTIFICATE-----)",
              "http_client.ca_file " + path);
}

ProcessRunnerConfig process_runner_config(const config::Config& config) {
  const config::RunSettings& in = config.run;
  ProcessRunnerConfig out;
  out.programs = find_run_programs(in);
  out.concurrency = in.concurrency;
  out.timeout_ms = in.timeout_ms;
  out.max_output_bytes = in.max_output_bytes;
  return out;
}

runtime::SinkSenderConfig sink_config(const config::Config& config) {
  runtime::SinkSenderConfig out;
  const auto& tokens = config.events.sink_tokens;
  for (std::size_t i = 0; i < config.events.sinks.size(); ++i) {
    const bool own = i < tokens.size();
    const std::string token = tokens.empty() ? "" : (own ? tokens[i] : tokens.back());
    out.sinks.push_back({config.events.sinks[i], token});
  }
  out.max_backlog = config.events.max_sink_backlog;
  out.connect_timeout_ms = config.http_client.connect_timeout_ms;
  out.timeout_ms = config.http_client.timeout_ms;
  return out;
}

Result<cluster::ClusterConfig> cluster_config(const config::Config& config) {
  const config::ClusterSettings& in = config.cluster;
  cluster::ClusterConfig out;
  out.build = version();
  out.http = in.http_address;
  out.workers = in.worker_address;
  out.bridge.node = config.node.name;
  out.bridge.listen = in.listen;
  std::vector<std::string> names;
  for (const auto& node : cluster_nodes(config)) {
    names.push_back(node.name);
    out.nodes.push_back({node.name, node.address});
  }
  if (!in.keys.empty()) {
    auto keys = bridge::read_keys(in.keys, config.node.name, names);
    if (!keys) return tl::make_unexpected(keys.error());
    out.bridge.keys = std::move(*keys);
  }
  out.bridge.heartbeat_ms = in.heartbeat_ms;
  out.bridge.lost_after_ms = in.lost_after_ms;
  out.bridge.max_queue_bytes = in.max_queue_bytes;
  out.bridge.max_calls = in.max_calls;
  return out;
}

WorkerGatewayConfig gateway_config(const config::Config& config, std::uint64_t epoch) {
  WorkerGatewayConfig out;
  out.bind = config.worker.listen;
  out.allow_remote = config.security.allow_insecure;
  out.node = config.node.name;
  out.epoch = epoch;
  out.heartbeat_ms = config.worker.heartbeat_ms;
  // Whole heartbeats, rounded up: a worker is never lost sooner than was asked for.
  const std::int64_t beat_ms = config.worker.heartbeat_ms;
  out.lost_after_beats =
      static_cast<std::uint32_t>((config.worker.lost_after_ms + beat_ms - 1) / beat_ms);
  out.max_message_bytes = config.worker.max_message_bytes;
  out.max_result_bytes = config.worker.max_result_bytes;
  out.max_credit = config.worker.max_credit;
  out.max_queues = config.worker.max_queues;
  out.max_workers = config.worker.max_workers;
  return out;
}

std::string local_url(const std::string& host, std::uint16_t port) {
  std::string shown = host;
  if (host == "*" || host == "0.0.0.0") shown = "127.0.0.1";
  if (host == "::") shown = "::1";
  if (shown.find(':') != shown.npos) shown = "[" + shown + "]";
  return "http://" + shown + ":" + std::to_string(port);
}

}  // namespace endure
