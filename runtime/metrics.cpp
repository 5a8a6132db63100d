#include "runtime/metrics.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

namespace endure::runtime {

namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '"')
      out += "\\\"";
    else if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

// Microseconds as seconds, exactly.
std::string seconds(std::uint64_t us) {
  auto fraction = std::to_string(us % 1'000'000);
  return std::to_string(us / 1'000'000) + "." + std::string(6 - fraction.size(), '0') + fraction;
}

class Page {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += "# HELP ";
    text_.append(name).append(" ").append(help).append("\n# TYPE ");
    text_.append(name).append(" ").append(type).append("\n");
  }
  void sample(const std::string& value, const Labels& labels = {}) {
    text_ += name_;
    std::string_view separator = "{";
    for (const auto& [label, label_value] : labels) {
      text_.append(separator).append(label).append("=\"").append(escaped(label_value)).append("\"");
      separator = ",";
    }
    if (!labels.empty()) text_ += "}";
    text_.append(" ").append(value).append("\n");
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    family(name, "gauge", help);
    sample(std::to_string(value));
  }
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    family(name, "counter", help);
    sample(std::to_string(value));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string_view name_;
};

void write_engine(Page& page, const actors::EngineStats& stats) {
  page.gauge("endure_workflows_active", "Workflows in memory.", stats.active_workflows);
  page.counter("endure_workflows_started_total", "Workflows started.", stats.started);
  page.counter("endure_workflows_completed_total", "Workflows completed.", stats.completed);
  page.counter("endure_workflows_faulted_total", "Workflows faulted.", stats.faulted);
  page.counter("endure_workflow_restarts_total", "Restarts of workflow actors.", stats.restarts);
  page.counter("endure_transitions_total", "Transitions committed.", stats.transitions);
  page.family("endure_step_wait_seconds", "gauge",
              "The longest that a step was ready before a worker got it, of the last moments.");
  page.sample(
      seconds(static_cast<std::uint64_t>(std::max<std::int64_t>(stats.step_wait_ms, 0)) * 1'000));
}

void write_volume(Page& page, const actors::EngineStats& stats) {
  const auto& journal = stats.journal;
  page.counter("endure_journal_commits_total", "Commits, one fsync each.", journal.commits);
  page.counter("endure_journal_changes_total", "Changes in all commits.", journal.changes);
  page.gauge("endure_journal_pending", "Changes that wait for a commit.", journal.pending);
  page.gauge("endure_journal_batch_max", "Changes in the largest commit.", journal.largest_batch);
  page.family("endure_journal_commit_seconds_total", "counter", "Time spent in commits.");
  page.sample(seconds(journal.commit_us_total));
  page.family("endure_journal_last_commit_seconds", "gauge", "How long the last commit took.");
  page.sample(seconds(journal.last_commit_us));
  const auto& store = stats.store;
  page.gauge("endure_store_max_bytes", "The most that the volume may grow to.",
             store.room.map_bytes);
  page.gauge("endure_store_used_bytes", "What the volume holds.", store.room.used_bytes);
  page.gauge("endure_store_readers", "Reads of the volume under way, of all processes.",
             store.readers);
  page.gauge(
      "endure_store_reader_behind_commits",
      "Commits since the view of the oldest reader; the pages that it sees are not used again.",
      store.reader_behind);
  page.gauge("endure_store_damaged_rows", "Rows that cannot be read, met since the start.",
             store.damaged);
  page.gauge("endure_store_workflows", "Workflows with a snapshot.", store.workflows);
  page.gauge("endure_store_timers", "Timers that are armed.", store.timers);
  page.gauge("endure_store_outbox", "Events on their way to listeners.", store.outbox);
  page.gauge("endure_store_kept_events", "Events kept for listeners to come.", store.kept_events);
  page.gauge("endure_store_sink_events", "Events on their way to sinks.", store.sink_events);
}

void write_schedules(Page& page, const actors::EngineStats& stats) {
  const auto& schedules = stats.schedules;
  page.gauge("endure_schedules", "Definitions that start by themselves.", stats.store.schedules);
  page.gauge("endure_schedule_waiting_events", "Events that wait to start a workflow.",
             stats.store.triggers);
  page.counter("endure_schedule_runs_total", "Workflows started by schedules.", schedules.runs);
  page.counter("endure_schedule_skipped_total", "Runs skipped: the one before was not over.",
               schedules.skipped);
  page.counter("endure_schedule_missed_total", "Runs missed while the node was down.",
               schedules.missed);
  page.counter("endure_schedule_failed_total", "Scheduled starts that failed and are tried again.",
               schedules.failed);
  page.counter("endure_schedule_dropped_events_total", "Events dropped: too many waited.",
               schedules.dropped_events);
}

void write_queues(Page& page, const MetricsInput& input) {
  struct Figure {
    std::string_view name, type, help;
    std::function<std::uint64_t(const actors::QueueView&)> value;
  };
  using View = actors::QueueView;
  const Figure figures[] = {
      {"endure_queue_depth", "gauge", "Steps that are not done: ready, leased and delayed.",
       [](const View& v) { return v.counts.ready + v.counts.delayed; }},
      {"endure_queue_leased", "gauge", "Steps that a worker holds.",
       [](const View& v) { return v.leased; }},
      {"endure_queue_delayed", "gauge", "Failed steps that wait for their next attempt.",
       [](const View& v) { return v.counts.delayed; }},
      {"endure_queue_dead", "gauge", "Dead letters.", [](const View& v) { return v.counts.dead; }},
      {"endure_queue_consumers", "gauge", "Workers attached.",
       [](const View& v) { return v.consumers; }},
      {"endure_queue_paused", "gauge", "1 while the queue is paused.",
       [](const View& v) { return v.paused ? 1U : 0U; }},
      {"endure_queue_delivered_total", "counter", "Steps handed out.",
       [](const View& v) { return v.delivered; }},
      {"endure_queue_completed_total", "counter", "Steps completed.",
       [](const View& v) { return v.completed; }},
      {"endure_queue_failed_total", "counter", "Attempts that failed.",
       [](const View& v) { return v.failed; }},
      {"endure_queue_redelivered_total", "counter", "Steps taken from a lost worker or lease.",
       [](const View& v) { return v.redelivered; }},
  };
  for (const auto& figure : figures) {
    page.family(figure.name, figure.type, figure.help);
    for (const auto& view : input.queues) {
      page.sample(std::to_string(figure.value(view)), {{"queue", view.queue}});
    }
  }
  page.family("endure_queue_oldest_age_seconds", "gauge", "Age of the oldest step not done.");
  for (const auto& view : input.queues) {
    const auto age_ms = view.oldest ? std::max<std::int64_t>(0, input.now - *view.oldest) : 0;
    page.sample(seconds(static_cast<std::uint64_t>(age_ms) * 1'000), {{"queue", view.queue}});
  }
}

template <class View>
struct Figure {
  std::string_view name, type, help;
  std::uint64_t (*value)(const View&);
};

// One family a figure, one sample a view.
template <class View, std::size_t N, class Name>
void write_figures(Page& page, const std::vector<View>& views, const Figure<View> (&figures)[N],
                   std::string_view label, Name name) {
  if (views.empty()) return;
  for (const auto& figure : figures) {
    page.family(figure.name, figure.type, figure.help);
    for (const auto& view : views) {
      page.sample(std::to_string(figure.value(view)), {{label, name(view)}});
    }
  }
}

void write_events(Page& page, const MetricsInput& input) {
  using Type = actors::EventTypeView;
  using Sink = actors::SinkView;
  constexpr Figure<Type> types[] = {
      {"endure_events_kept", "gauge", "Events kept for listeners to come, by type.",
       [](const Type& v) { return v.kept; }},
      {"endure_events_offered_total", "counter", "Kept events that a listener took late.",
       [](const Type& v) { return v.offered; }},
      {"endure_events_expired_total", "counter", "Kept events whose time was over.",
       [](const Type& v) { return v.expired; }},
      {"endure_events_dropped_total", "counter", "Kept events that had to make room.",
       [](const Type& v) { return v.dropped; }},
  };
  write_figures(page, input.events, types, "type", [](const Type& v) { return v.type; });
  constexpr Figure<Sink> sinks[] = {
      {"endure_sink_backlog", "gauge", "Events that a sink still has to get.",
       [](const Sink& v) { return v.backlog; }},
      {"endure_sink_failing", "gauge", "1 while a sink does not take events.",
       [](const Sink& v) { return std::uint64_t{v.failing_since ? 1U : 0U}; }},
      {"endure_sink_sent_total", "counter", "Events that a sink took.",
       [](const Sink& v) { return v.sent; }},
      {"endure_sink_failed_total", "counter", "Attempts that a sink did not take.",
       [](const Sink& v) { return v.failed; }},
      {"endure_sink_refused_total", "counter", "Events that a sink refused for good.",
       [](const Sink& v) { return v.refused; }},
      {"endure_sink_dropped_total", "counter", "Events given up because too many waited.",
       [](const Sink& v) { return v.dropped; }},
  };
  write_figures(page, input.sinks, sinks, "sink", [](const Sink& v) { return v.sink; });
}

void write_actors(Page& page, const MetricsInput& input) {
  page.gauge("endure_stuck", "Threads and actors that are busy with one job for too long.",
             input.stuck.size());
  page.counter("endure_stuck_total", "Jobs that took too long.", input.stuck_total);
  using View = actors::ActorView;
  constexpr Figure<View> figures[] = {
      {"endure_actor_mailbox", "gauge", "Messages that wait for an actor.",
       [](const View& v) { return v.mailbox; }},
      {"endure_actor_restarts_total", "counter", "Restarts of an actor; a shard's: of workflows.",
       [](const View& v) { return v.restarts; }},
  };
  write_figures(page, input.tree, figures, "actor", [](const View& v) { return v.path; });
}

void write_requests(Page& page, const MetricsInput& input) {
  page.family("endure_http_requests_total", "counter", "HTTP requests by route and status.");
  for (const auto& [key, total] : input.requests) {
    page.sample(std::to_string(total.requests),
                {{"route", key.first}, {"code", std::to_string(key.second)}});
  }
  page.family("endure_http_request_seconds_total", "counter", "Time spent in HTTP requests.");
  for (const auto& [key, total] : input.requests) {
    page.sample(seconds(static_cast<std::uint64_t>(std::max<std::int64_t>(0, total.duration_us))),
                {{"route", key.first}, {"code", std::to_string(key.second)}});
  }
  page.gauge("endure_http_long_polls", "Long polls under way.", input.long_polls);
}

std::uint64_t number(const workflow::Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number() ? found->get<std::uint64_t>() : 0;
}

void write_links(Page& page, const workflow::Json& nodes) {
  struct Family {
    std::string_view name;
    std::string_view type;
    std::string_view help;
    std::function<std::string(const workflow::Json&)> value;
  };
  const auto member = [](const char* name) {
    return [name](const workflow::Json& node) { return std::to_string(number(node, name)); };
  };
  const Family families[] = {
      {"endure_cluster_link_up", "gauge", "1 while calls to the node are answered.",
       [](const workflow::Json& node) {
         return std::string(node.value("state", "") == "up" ? "1" : "0");
       }},
      {"endure_cluster_round_trip_seconds", "gauge", "Of the last heartbeat to the node.",
       [](const workflow::Json& node) { return seconds(number(node, "round_trip_us")); }},
      {"endure_cluster_calls_total", "counter", "Calls to the node.", member("calls")},
      {"endure_cluster_call_failures_total", "counter", "Calls without an answer.",
       member("failed")},
      {"endure_cluster_link_losses_total", "counter", "How often the node was lost.",
       member("losses")},
      {"endure_cluster_queued_bytes", "gauge", "What waits to be sent to the node.",
       member("queued_bytes")},
  };
  for (const auto& family : families) {
    page.family(family.name, family.type, family.help);
    for (const auto& node : nodes) {
      const auto name = node.value("node", "");
      if (node.value("state", "") != "self") page.sample(family.value(node), {{"node", name}});
    }
  }
}

void write_cluster(Page& page, const workflow::Json& cluster) {
  if (!cluster.is_object()) return;
  page.gauge("endure_cluster_born", "1 once the node has met all others and serves.",
             cluster["born"].get<bool>() ? 1 : 0);
  const auto& nodes = cluster["nodes"];
  page.gauge(
      "endure_cluster_nodes", "That belong to the cluster, as this node knows.",
      static_cast<std::uint64_t>(std::count_if(nodes.begin(), nodes.end(), [](const auto& node) {
        return node.contains("number") && node["number"].is_number();
      })));
  const auto& shards = cluster["shards"];
  page.gauge(
      "endure_cluster_shards_owned", "Shards of this node.",
      static_cast<std::uint64_t>(std::count_if(shards.begin(), shards.end(), [](const auto& shard) {
        return shard["here"].template get<bool>();
      })));
  const auto& relay = cluster["relay"];
  page.gauge("endure_cluster_relay_waiting", "Messages that wait for other nodes.",
             number(relay, "waiting"));
  page.family("endure_cluster_relay_oldest_seconds", "gauge", "How long the first has waited.");
  page.sample(seconds(number(relay, "oldest_ms") * 1'000));
  page.counter("endure_cluster_relay_sent_total", "Messages that other nodes have taken.",
               number(relay, "sent"));
  page.counter("endure_cluster_relay_taken_total", "Messages of other nodes.",
               number(relay, "taken"));
  const auto& moves = cluster["moves"];
  page.gauge(
      "endure_cluster_shards_moving", "Shards that are to go to another node.",
      static_cast<std::uint64_t>(std::count_if(shards.begin(), shards.end(), [](const auto& shard) {
        return shard["state"].template get<std::string>() == "moving";
      })));
  page.counter("endure_cluster_shards_gone_total", "Shards that went to other nodes.",
               number(moves, "moved"));
  page.counter("endure_cluster_shards_come_total", "Shards that came from other nodes.",
               number(moves, "taken"));
  page.counter("endure_cluster_moves_given_up_total", "Attempts to move a shard that were undone.",
               number(moves, "given_up"));
  page.counter("endure_cluster_refused_total", "Greetings and keys that were refused.",
               number(cluster, "refused"));
  write_links(page, cluster["nodes"]);
}

}  // namespace

std::string write_metrics(const MetricsInput& input) {
  Page page;
  page.family("endure_info", "gauge", "Always 1; the node's version.");
  page.sample("1", {{"version", input.version}});
  page.gauge("endure_ready", "1 while the node takes work.", input.ready ? 1 : 0);
  write_engine(page, input.stats);
  write_volume(page, input.stats);
  write_schedules(page, input.stats);
  write_queues(page, input);
  write_events(page, input);
  write_actors(page, input);
  write_requests(page, input);
  write_cluster(page, input.cluster);
  return page.take();
}

}  // namespace endure::runtime
