// The configuration of a node as plain structs. What each setting means, its default and its bounds
// stand in declare.cpp and nowhere else; a Config is made by load() or defaults().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace endure::config {

enum class Durability : std::uint8_t { full, relaxed };
enum class LogFormat : std::uint8_t { text, json };
enum class LogLevel : std::uint8_t { debug, info, warning, error };

struct NodeSettings {
  std::string name;
  std::int64_t shutdown_ms{};
};

struct DataSettings {
  std::string folder;
  std::uint64_t max_bytes{};
  Durability durability{};
};

struct HttpSettings {
  std::string listen;
  std::uint64_t max_body_bytes{};
  std::uint32_t threads{};
  std::uint32_t max_connections{};
  std::vector<std::string> tokens;
  std::vector<std::string> allowed_hosts;
};

struct WorkerSettings {
  std::string listen;
  std::uint64_t max_message_bytes{};
  std::uint64_t max_result_bytes{};
  std::int64_t heartbeat_ms{};
  std::int64_t lost_after_ms{};
  std::uint32_t max_workers{};
  std::uint32_t max_queues{};
  std::uint32_t max_credit{};
};

struct EngineSettings {
  std::uint32_t scheduler_threads{};
  std::uint32_t decider_threads{};
  std::uint32_t shards{};
  std::int64_t passivate_after_ms{};
  std::uint64_t max_active_workflows{};
  std::uint64_t max_pending_starts{};
  std::uint64_t max_kept_messages{};
  std::uint32_t restart_intensity{};
  std::int64_t restart_period_ms{};
  std::int64_t restart_backoff_ms{};
  std::int64_t stuck_after_ms{};
  std::uint32_t most_stuck_threads{};
  std::uint64_t queue_window{};
  std::int64_t default_lease_ms{};
  std::uint32_t default_max_attempts{};
  std::int64_t default_backoff_ms{};
  std::int64_t default_max_backoff_ms{};
  std::int64_t retention_ms{};
  double refuse_starts_above{};
  std::uint32_t max_child_depth{};
};

struct ScheduleSettings {
  std::string time_zone;
  std::int64_t grace_ms{};
  std::uint32_t max_catch_up{};
  std::uint32_t max_queued{};
  std::uint64_t max_waiting_events{};
};

struct ExpressionSettings {
  std::int64_t timeout_ms{};
  std::uint64_t max_memory_bytes{};
  std::uint64_t max_result_bytes{};
};

struct LimitSettings {
  std::uint32_t max_id_length{};
  std::uint32_t max_page_size{};
  std::uint32_t max_depth{};
  std::uint32_t max_long_polls{};
};

struct LogSettings {
  LogLevel level{};
  LogFormat format{};
  std::string file;
};

struct HttpClientSettings {
  std::int64_t connect_timeout_ms{};
  std::int64_t timeout_ms{};
  std::uint64_t max_response_bytes{};
  std::uint32_t concurrency{};
  std::vector<std::string> connect_to;
  std::string ca_file;
  std::uint64_t max_document_bytes{};
  std::int64_t document_cache_ms{};
  std::int64_t stream_timeout_ms{};
  std::uint32_t programs{};
};

struct SecretSettings {
  std::string folder;
  std::string env_prefix;
};

struct RunSettings {
  bool shell{};
  bool script{};
  std::string script_folder;
  std::string python;
  std::string node;
  std::string container_runtime;
  std::uint32_t concurrency{};
  std::int64_t timeout_ms{};
  std::uint64_t max_output_bytes{};
};

struct ResourceSettings {
  bool fetch{};
  std::string folder;
  std::string catalog;
  std::int64_t timeout_ms{};
  std::uint64_t max_bytes{};
};

struct EventSettings {
  std::int64_t keep_for_ms{};
  std::uint64_t max_kept{};
  std::vector<std::string> sinks;
  std::vector<std::string> sink_types;
  std::vector<std::string> sink_tokens;
  std::uint64_t max_sink_backlog{};
};

struct ClusterSettings {
  std::string name;  // empty: no cluster
  std::vector<std::string> nodes;
  std::string listen;
  std::string keys;
  std::uint32_t shards{};
  std::string http_address;
  std::string worker_address;
  std::int64_t heartbeat_ms{};
  std::int64_t lost_after_ms{};
  std::uint64_t max_queue_bytes{};
  std::uint32_t max_calls{};
};

struct SecuritySettings {
  bool allow_insecure{};
};

struct Config {
  NodeSettings node;
  DataSettings data;
  HttpSettings http;
  WorkerSettings worker;
  EngineSettings engine;
  ScheduleSettings schedule;
  ExpressionSettings expressions;
  LimitSettings limits;
  LogSettings log;
  HttpClientSettings http_client;
  SecretSettings secrets;
  RunSettings run;
  ResourceSettings resources;
  EventSettings events;
  ClusterSettings cluster;
  SecuritySettings security;
};

}  // namespace endure::config
