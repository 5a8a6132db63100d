// The one place where settings are declared. docs/configuration.md is generated from here
// (`endure config reference`).

#include "base/placement.hpp"
#include "config/declarer.hpp"
#include "config/setting.hpp"

namespace endure::config {
namespace {

constexpr std::uint64_t KiB = 1ULL << 10U;
constexpr std::uint64_t MiB = 1ULL << 20U;
constexpr std::uint64_t GiB = 1ULL << 30U;
constexpr std::uint64_t TiB = 1ULL << 40U;
constexpr std::int64_t second = 1'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;

void declare_node(Declarer& d, NodeSettings& c) {
  d.section("node", "The daemon itself.");
  d.text("name", c.name, "endure", "The node's name in logs and answers.");
  d.duration("shutdown_timeout", c.shutdown_ms, 20 * second, {second, 10 * minute},
             "How long an orderly stop may take before the process ends regardless; nothing "
             "durable is lost by that.");
}

void declare_data(Declarer& d, DataSettings& c) {
  d.section("data", "The volume that holds everything durable.");
  d.text("folder", c.folder, "endure-data",
         "The folder of the volume, made where it is missing; never on a network disk.");
  d.size("max_size", c.max_bytes, 64 * GiB, {16 * MiB, 16 * TiB},
         "The most that the volume may grow to; disk is used only as it grows.");
  d.choice<Durability>(
      "durability", c.durability, Durability::full,
      {{"full", Durability::full}, {"relaxed", Durability::relaxed}},
      "`full` flushes every commit to the disk before it is answered; `relaxed` does not, and a "
      "crash of the machine (not of the process) loses the last commits.");
}

void declare_http(Declarer& d, HttpSettings& c) {
  d.section("http", "The HTTP API.");
  d.address("listen", c.listen, "127.0.0.1:7450", "",
            "Where the HTTP API listens; port 0 lets the system choose one, which is then logged "
            "and written to `node.json` in the data folder.");
  d.size("max_body", c.max_body_bytes, MiB, {KiB, 64 * MiB},
         "The largest request body that is read.");
  d.count("threads", c.threads, std::uint32_t{8}, {1, 1'024},
          "Threads that are kept ready for requests.");
  d.count("max_connections", c.max_connections, std::uint32_t{512}, {4, 65'536},
          "Connections at a time, each with a thread of its own; while all are taken, the one that "
          "idles longest makes room.");
  d.secrets("tokens", c.tokens, 16,
            "Bearer tokens, of which every request must carry one; with none, requests need no "
            "token.");
  d.texts(
      "allowed_hosts", c.allowed_hosts,
      "Names by which the node may be called, besides localhost and plain addresses; a web page "
      "that points its own name at this machine is refused. `*` allows every name.");
}

void declare_worker(Declarer& d, WorkerSettings& c) {
  d.section("worker", "The gateway to which workers connect over ZeroMQ.");
  d.address("listen", c.listen, "tcp://127.0.0.1:7451", "tcp://",
            "Where the worker gateway listens; port 0 lets the system choose one.");
  d.size("max_message", c.max_message_bytes, 4 * MiB, {KiB, 256 * MiB},
         "The largest message that is taken from a worker.");
  d.size("max_result", c.max_result_bytes, MiB, {KiB, 64 * MiB},
         "The largest result of a step that is taken from a worker.");
  d.duration("heartbeat", c.heartbeat_ms, 2 * second, {100, 10 * minute},
             "Workers show at least this often that they live.");
  d.duration("lost_after", c.lost_after_ms, 6 * second, {200, hour},
             "A worker that is silent for this long is lost, and its steps are handed out again; "
             "at least twice the heartbeat.");
  d.count("max_workers", c.max_workers, std::uint32_t{10'000}, {1, 1'000'000},
          "Connected workers at a time.");
  d.count("max_queues", c.max_queues, std::uint32_t{64}, {1, 10'000},
          "Step queues that one worker may take from.");
  d.count("max_credit", c.max_credit, std::uint32_t{10'000}, {1, 1'000'000},
          "Steps of one queue that one worker may hold at a time.");
}

void declare_steps(Declarer& d, EngineSettings& c) {
  d.count("queue_window", c.queue_window, std::uint64_t{4'096}, {16, 1'000'000},
          "Steps of one queue that are held in memory; the backlog beyond it stays on the disk.");
  d.duration("default_lease", c.default_lease_ms, 30 * second, {100, 7 * day},
             "How long a worker may hold a step without a heartbeat, where its task does not say.");
  d.count("default_max_attempts", c.default_max_attempts, std::uint32_t{5}, {1, 1'000'000},
          "Attempts at a step, the first included, before it becomes a dead letter.");
  d.duration("default_backoff", c.default_backoff_ms, second, {0, 7 * day},
             "The pause before a step's second attempt; it doubles with each further one.");
  d.duration("default_max_backoff", c.default_max_backoff_ms, minute, {0, 30 * day},
             "The longest pause between two attempts at a step.");
}

void declare_engine(Declarer& d, EngineSettings& c) {
  d.section("engine", "Workflows, their actors and their step queues.");
  d.count("scheduler_threads", c.scheduler_threads, std::uint32_t{2}, {1, 1'024},
          "Threads that run actors; as many as cores are free for it.");
  d.count("shards", c.shards, std::uint32_t{16}, {1, 4'096},
          "Supervisors among which workflows are spread.");
  d.count(
      "decider_threads", c.decider_threads, std::uint32_t{8}, {1, 1'024},
      "Threads that decide for workflows whose expressions need jq; as many of them may compute "
      "at a time.");
  d.duration("passivate_after", c.passivate_after_ms, 2 * second, {10, day},
             "A waiting workflow leaves memory after this long without an event.");
  d.count("max_active_workflows", c.max_active_workflows, std::uint64_t{20'000}, {1, 10'000'000},
          "Workflows in memory at a time; beyond it, waiting ones leave at once.");
  d.count("max_pending_starts", c.max_pending_starts, std::uint64_t{20'000}, {1, 10'000'000},
          "Starts that may wait for their commit; beyond it, further ones are told to come later.");
  d.count("max_kept_messages", c.max_kept_messages, std::uint64_t{1'000}, {1, 1'000'000},
          "Events kept for one workflow until it listens for them.");
  d.count("restart_intensity", c.restart_intensity, std::uint32_t{5}, {1, 1'000},
          "A workflow whose actor dies this often within `restart_period` is suspended.");
  d.duration("restart_period", c.restart_period_ms, minute, {100, day},
             "The time within which deaths are counted.");
  d.duration("restart_backoff", c.restart_backoff_ms, 100, {0, hour},
             "The pause before a second restart; it doubles with each further one.");
  d.duration("stuck_after", c.stuck_after_ms, 10 * second, {second, day},
             "A thread or actor of the node that is busy with one job for this long is reported as "
             "stuck.");
  d.count("most_stuck_threads", c.most_stuck_threads, std::uint32_t{16}, {0, 1'024},
          "Threads of one native worker that are replaced when a step in them outlives its lease.");
  declare_steps(d, c);
  d.duration("retention", c.retention_ms, 30 * day, {0, 36'500 * day},
             "Ended workflows are removed after this long; 0 keeps them for ever.");
  d.fraction("refuse_starts_above", c.refuse_starts_above, 0.9, {0.1, 1.0},
             "New starts are refused when the volume is fuller than this part of its greatest "
             "size; running workflows go on.");
  d.count("max_child_depth", c.max_child_depth, std::uint32_t{16}, {1, 64},
          "How many workflows may be above one that `run: workflow` starts; it ends a definition "
          "that runs itself without end.");
}

void declare_run(Declarer& d, RunSettings& c) {
  d.section("run",
            "Processes that `run` tasks start, with the rights of the node. Whoever may deploy "
            "definitions can do with them what the node's user can; all of it is off by default.");
  d.flag("shell", c.shell, false, "Allows `run: shell`.");
  d.flag("script", c.script, false, "Allows `run: script`.");
  d.text("script_folder", c.script_folder, "",
         "The folder below which a script's `source` (`file:///…`) must lie; empty allows none.");
  d.text("python", c.python, "python3", "The interpreter of `language: python`: a name or a path.");
  d.text("node", c.node, "node", "The interpreter of `language: js`: a name or a path.");
  d.text(
      "container_runtime", c.container_runtime, "",
      "The program that runs containers, `docker` or `podman`; empty allows no `run: container`.");
  d.count("concurrency", c.concurrency, std::uint32_t{4}, {1, 256}, "Processes at a time.");
  d.duration("timeout", c.timeout_ms, 10 * minute, {100, 7 * day},
             "How long a process may take, where its task's `timeout` does not end it sooner.");
  d.size("max_output", c.max_output_bytes, MiB, {KiB, 64 * MiB},
         "The most that a process may write to stdout, and to stderr.");
}

void declare_schedule(Declarer& d, ScheduleSettings& c) {
  d.section("schedule", "Workflows that start by themselves.");
  d.text("time_zone", c.time_zone, "UTC",
         "The time zone of `cron` schedules whose definition names none, such as `Europe/Berlin`.");
  d.duration("grace", c.grace_ms, minute, {second, day},
             "A run that could not be started this long after its time, because the node was down, "
             "is late: the definition's `missed` policy says what becomes of it.");
  d.count("max_catch_up", c.max_catch_up, std::uint32_t{100}, {0, 100'000},
          "Late runs that are made up for where the policy is `all`; older ones are given up.");
  d.count("max_queued", c.max_queued, std::uint32_t{100}, {0, 10'000},
          "Runs that may wait for the end of the run before where `overlap` is `queue`; further "
          "ones are skipped.");
  d.count("max_waiting_events", c.max_waiting_events, std::uint64_t{10'000}, {1, 10'000'000},
          "Events that may wait to start workflows of one schedule; further ones are dropped and "
          "counted.");
}

void declare_limits(Declarer& d, Config& c) {
  d.section("expressions", "The jq expressions of definitions.");
  d.duration("timeout", c.expressions.timeout_ms, 200, {10, minute},
             "The processor time that one evaluation may take before its task faults.");
  d.size("max_memory", c.expressions.max_memory_bytes, 256 * MiB, {16 * MiB, 16 * GiB},
         "The memory that one evaluation may take before its task faults.");
  d.size("max_result", c.expressions.max_result_bytes, 16 * MiB, {KiB, GiB},
         "The largest result of one evaluation.");

  d.section("limits", "What the HTTP API takes.");
  d.count("max_id_length", c.limits.max_id_length, std::uint32_t{200}, {1, 200},
          "The longest workflow id, in bytes.");
  d.count("max_page_size", c.limits.max_page_size, std::uint32_t{1'000}, {100, 10'000},
          "The most items in one page of a list.");
  d.count("max_depth", c.limits.max_depth, std::uint32_t{64}, {4, 512},
          "How deeply the JSON of a request may be nested.");
  d.count("max_long_polls", c.limits.max_long_polls, std::uint32_t{128}, {1, 10'000},
          "Requests that may wait for a result or a step at a time.");
}

void declare_calls(Declarer& d, Config& c) {
  d.section("http_client", "Calls that the node makes: `call: http`, `openapi`, `mcp` and others.");
  d.duration("connect_timeout", c.http_client.connect_timeout_ms, 5 * second, {100, 10 * minute},
             "How long connecting may take.");
  d.duration("timeout", c.http_client.timeout_ms, 20 * second, {100, hour},
             "How long a call may take in all.");
  d.size("max_response", c.http_client.max_response_bytes, MiB, {KiB, 64 * MiB},
         "The largest answer that is read.");
  d.count("concurrency", c.http_client.concurrency, std::uint32_t{64}, {1, 10'000},
          "Calls at a time.");
  d.connections("connect_to", c.http_client.connect_to,
                "Connects to another place than the URL says, as curl's --connect-to does; the "
                "URL's host stays the one that is asked for and whose certificate is checked.");
  d.text("ca_file", c.http_client.ca_file, "",
         "A file of PEM certificates that are trusted besides the system's.");
  d.size("max_document", c.http_client.max_document_bytes, 4 * MiB, {KiB, 64 * MiB},
         "The largest OpenAPI or AsyncAPI document that is read; as much of the last ones as four "
         "times that is kept in memory.");
  d.duration("document_cache", c.http_client.document_cache_ms, 5 * minute, {0, day},
             "How long a document that was fetched is used again; 0 fetches it for each call.");

  d.duration("stream_timeout", c.http_client.stream_timeout_ms, 10 * minute, {second, day},
             "How long a stream of events is read in one call; also the longest `timeout` of "
             "`call: mcp`.");
  d.count("programs", c.http_client.programs, std::uint32_t{4}, {0, 1'000},
          "Programs that `call: mcp` runs at a time; with 0, such calls stay in their queue.");

  d.section("secrets", "Where the values of `use.secrets` come from.");
  d.text("folder", c.secrets.folder, "",
         "A folder with one file a secret, named as it: JSON, or plain text; empty means none.");
  d.text("env_prefix", c.secrets.env_prefix, "ENDURE_SECRET_",
         "Environment variables with this prefix hold secrets whose folder has no such file; the "
         "name follows in capitals, with `_` for `-` and `.`; empty means none.");
}

void declare_resources(Declarer& d, ResourceSettings& c) {
  d.section("resources",
            "Functions and schemas that definitions name and do not hold. They are read when a "
            "definition is deployed, and kept with it.");
  d.flag("fetch", c.fetch, false, "Allows to read them over http and https.");
  d.text("folder", c.folder, "",
         "The folder below which `file://` is read; empty: no files are read.");
  d.text("catalog", c.catalog, "",
         "The folder of the node's own catalog, for calls of `name:version@default`: "
         "`functions/<name>/<version>/function.yaml`. A function that it does not have is a step "
         "on the queue `name`.");
  d.duration("timeout", c.timeout_ms, 10 * second, {100, 10 * minute},
             "How long reading one of them may take.");
  d.size("max_size", c.max_bytes, MiB, {KiB, 64 * MiB}, "The largest that is read.");
}

void declare_edges(Declarer& d, Config& c) {
  d.section("log", "The node's log, one line a fact.");
  d.choice<LogLevel>("level", c.log.level, LogLevel::info,
                     {{"debug", LogLevel::debug},
                      {"info", LogLevel::info},
                      {"warning", LogLevel::warning},
                      {"error", LogLevel::error}},
                     "Facts below this level are not logged.");
  d.choice<LogFormat>("format", c.log.format, LogFormat::text,
                      {{"text", LogFormat::text}, {"json", LogFormat::json}},
                      "`text` for people, `json` (one object a line) for programs.");
  d.text("file", c.log.file, "", "The file that the log is added to; empty means standard error.");

  declare_calls(d, c);

  declare_resources(d, c.resources);

  d.section("security", "Exceptions from being safe.");
  d.flag("allow_insecure", c.security.allow_insecure, false,
         "Allows to listen beyond this machine without authentication: whoever reaches the port "
         "can then do everything.");
}

void declare_events(Declarer& d, EventSettings& c) {
  d.section("events", "Broadcast events, and what the world outside is told.");
  d.duration(
      "keep_for", c.keep_for_ms, hour, {0, 30 * day},
      "How long an event to every listener is kept for listeners to come, and one that is "
      "published again is recognised by its source and id; 0 keeps none. In a cluster at least "
      "1m.");
  d.count("max_kept", c.max_kept, std::uint64_t{10'000}, {1, 10'000'000},
          "Events that are kept at a time; beyond it, the oldest go.");
  d.texts("sinks", c.sinks,
          "URLs to which lifecycle events of workflows and tasks, and the events that `emit` tasks "
          "emit, are sent as CloudEvents.");
  d.texts("sink_types", c.sink_types,
          "The types of events that the sinks get, or beginnings of types ending in `*`; empty "
          "means all but the status-changed ones.");
  d.secrets("sink_tokens", c.sink_tokens, 8,
            "Bearer tokens for the sinks, in their order; the last one is for all further sinks.");
  d.count("max_sink_backlog", c.max_sink_backlog, std::uint64_t{100'000}, {100, 100'000'000},
          "Events that may wait for one sink; beyond it, its oldest are given up.");
}

void declare_cluster(Declarer& d, ClusterSettings& c) {
  d.section("cluster", "Several nodes as one runtime; see docs/cluster.md.");
  d.text("name", c.name, "", "The cluster's name, the same on all its nodes; empty: no cluster.");
  d.texts(
      "nodes", c.nodes,
      "Nodes of the cluster, this one too, as `NAME=tcp://HOST:PORT`: their names "
      "(`node.name`) and where their bridges are reached. All of them for its birth; for a node "
      "that was added, some that are there.");
  d.address("listen", c.listen, "tcp://127.0.0.1:7452", "tcp://",
            "Where the bridge listens for the other nodes.");
  d.text("keys", c.keys, "",
         "The folder with the keys that `endure cluster keygen` makes: `NAME.pub` of every node "
         "and this node's own `NAME.key`. Those of nodes that are added are read while it runs. "
         "Empty: connections are plain and nobody is "
         "authenticated.");
  d.count("shards", c.shards, std::uint32_t{64}, {1, max_shards},
          "Into how many parts the cluster's workflows are divided; fixed at its birth.");
  d.text("http_address", c.http_address, "",
         "The URL of this node's HTTP API for whoever asks another node; empty: what `http.listen` "
         "says.");
  d.text("worker_address", c.worker_address, "",
         "Where workers that know another node reach this one's gateway, `tcp://HOST:PORT`; empty: "
         "what `worker.listen` says.");
  d.duration("heartbeat", c.heartbeat_ms, second, {50, minute},
             "Nodes show at least this often that they live.");
  d.duration("lost_after", c.lost_after_ms, 5 * second, {200, 10 * minute},
             "A node that is silent for this long is taken to be away; at least twice the "
             "heartbeat.");
  d.size("max_queue", c.max_queue_bytes, 16 * MiB, {MiB, GiB},
         "What may wait to be sent to one other node; calls beyond it are told to come later.");
  d.count("max_calls", c.max_calls, std::uint32_t{256}, {1, 10'000},
          "Calls of one other node under way at a time.");
}

}  // namespace

Declarations declare(Config& config) {
  Declarer declarer;
  declare_node(declarer, config.node);
  declare_data(declarer, config.data);
  declare_http(declarer, config.http);
  declare_worker(declarer, config.worker);
  declare_engine(declarer, config.engine);
  declare_schedule(declarer, config.schedule);
  declare_limits(declarer, config);
  declare_events(declarer, config.events);
  declare_edges(declarer, config);
  declare_run(declarer, config.run);
  declare_cluster(declarer, config.cluster);
  return declarer.take();
}

Config defaults() {
  Config config;
  declare(config);
  return config;
}

}  // namespace endure::config
