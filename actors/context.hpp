// What every actor of a node may use: the ports to the outside and the handles of its neighbours.
// Lives as long as the engine; any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/announcer.hpp"
#include "actors/blocking_pool.hpp"
#include "actors/caf_seam.hpp"
#include "actors/definition_cache.hpp"
#include "actors/end_waiters.hpp"
#include "actors/engine.hpp"
#include "actors/event_figures.hpp"
#include "actors/event_triggers.hpp"
#include "actors/intake.hpp"
#include "actors/messages.hpp"
#include "actors/relay_watch.hpp"
#include "actors/shard_slot.hpp"
#include "actors/step_waits.hpp"
#include "base/clock.hpp"
#include "base/watchdog.hpp"
#include "persistence/journal.hpp"
#include "persistence/store.hpp"

namespace endure::actors {

struct Counters {
  std::atomic<std::uint64_t> active_workflows{0};
  std::atomic<std::uint64_t> started{0};
  std::atomic<std::uint64_t> completed{0};
  std::atomic<std::uint64_t> faulted{0};
  std::atomic<std::uint64_t> transitions{0};
  std::atomic<std::uint64_t> restarts{0};
  std::atomic<std::uint64_t> pending_starts{0};
  std::atomic<std::uint64_t> schedule_runs{0};
  std::atomic<std::uint64_t> schedule_skipped{0};
  std::atomic<std::uint64_t> schedule_missed{0};
  std::atomic<std::uint64_t> schedule_failed{0};
};

// What the tree shows of one actor.
struct Vitals {
  std::atomic<std::uint64_t> children{0};
  std::atomic<std::uint64_t> mailbox{0};
  std::atomic<std::uint64_t> restarts{0};
  std::shared_ptr<Watchdog::Slot> question;  // how it is; open until it has come to it
  std::mutex mutex;
  std::string last_failure;

  // By the actor itself.
  void shown(std::size_t waiting) {
    mailbox = waiting;
    question->answered();
  }
  void failed(const std::string& cause) {
    ++restarts;
    const std::lock_guard lock(mutex);
    last_failure = cause;
  }
};

struct Context {
  const EngineConfig config;
  persistence::Store& store;
  persistence::Journal& journal;
  Clock& clock;
  workflow::Expressions& expressions;
  DefinitionCache& definitions;
  BlockingPool& loader;    // reads the store
  BlockingPool& deciders;  // decides for definitions that need jq
  std::function<void(const Error&)> fatal;
  Watchdog& watchdog;

  persistence::ClusterStore* const cluster;  // null: the node belongs to none
  // 64 workflows that were made one after the other are neighbours.
  const unsigned neighbour_bits;

  Counters counters;
  EndWaiters waiters;
  Announcer announcer;  // the journal's thread
  EventFigures event_figures;
  StepWaits step_waits;
  std::atomic<bool> expiring_events{false};
  std::atomic<bool> stopping{false};

  std::vector<std::unique_ptr<ShardSlot>> shards;
  ActorSlot timers;
  ActorSlot broker;
  ActorSlot schedules;
  EventTriggers triggers;
  RelayWatch relay_watch;
  std::atomic<std::int64_t> next_timer_ms{INT64_MAX};  // what the timer actor is armed for

  // The actor of a workflow's shard.
  ShardSlot& shard_of(WorkflowNumber number) const { return *shards[shard_index(number)]; }
  // The message goes to the shard of its workflow, whose number is read before the message is
  // moved.
  template <class Message>
  void tell_shard(Message message) const {
    ShardSlot& shard = shard_of(message.number);
    shard.tell(std::move(message));
  }
  // Neighbours share a shard: what a shard does in one go then lies on the same pages of the
  // volume.
  std::size_t shard_index(WorkflowNumber number) const {
    return (number >> neighbour_bits) % shards.size();
  }
  // Whether this node has the workflow's shard of the cluster.
  bool is_here(WorkflowNumber number) const {
    return cluster == nullptr || cluster->owns(Numbering::shard(number));
  }

  // The actor of a queue; made by `open_queue` where there is none yet.
  caf::actor queue(const std::string& name);
  // All that have been opened.
  std::map<std::string, caf::actor> queues() const;
  using Results = std::shared_ptr<Intake<CompleteStep>>;
  std::function<caf::actor(const std::string&, Results)> open_queue;
  // The step's queue takes the result with all others that have come meanwhile.
  void complete(CompleteStep result);
  Results results_of(const std::string& queue);

  // Who takes steps from which queue, remembered so that a restarted queue actor gets its consumers
  // back (with their first credit: what was in flight returns its own).
  void attach_consumer(const AttachConsumer& attach);
  void first_credit(ConsumerId consumer, const std::string& queue, std::uint32_t steps);
  // The queues that it was attached to.
  std::vector<std::string> detach_consumer(ConsumerId consumer);
  void queue_restarted(const std::string& name, const caf::actor& handle);

  // Whether one more workflow may be started; else Code::retry_later or Code::full. Reads the
  // store.
  Result<void> room_for_start();
  // For actors, which do not wait for the store: as it was when somebody last looked.
  std::atomic<bool> has_room{true};
  void look_for_room() { has_room = room_for_start().has_value(); }
  // Who is told that there are new events for sinks.
  void set_sinks_told(std::function<void()> told);
  void tell_sinks();
  void report_sinks(std::vector<SinkView> views);
  std::vector<SinkView> sinks() const;

  // Lets go of every actor, so that the system can end.
  void drop_handles();

  // After an actor died over a commit: what it would have announced is read from the tables again.
  void rescan_all();

  // Lets every workflow with messages in its mailbox look at them: what was put there and not taken
  // before the node (or an actor) went down. Reads the store.
  void activate_mailboxes();
  // And every one that has opened a listener and not looked yet at the events kept for it, of those
  // that `which` lets through (none: all).
  using Which = std::function<bool(WorkflowNumber)>;
  void activate_looking(const Which& which = {});

  // Of the calling thread of the scheduler, while it decides for a workflow.
  Watchdog::Slot& deciding();

  std::shared_ptr<Vitals> vitals(const std::string& path);
  std::map<std::string, std::shared_ptr<Vitals>> all_vitals() const;

  Context(EngineConfig engine_config, persistence::Store& the_store,
          persistence::Journal& the_journal, Clock& the_clock,
          workflow::Expressions& the_expressions, DefinitionCache& the_definitions,
          BlockingPool& the_loader, BlockingPool& the_deciders,
          std::function<void(const Error&)> on_fatal, Watchdog& the_watchdog);

 private:
  struct QueueSlot {
    caf::actor handle;
    Results results = std::make_shared<Intake<CompleteStep>>();
  };
  QueueSlot queue_slot(const std::string& name);
  template <class Read>
  void activate(const Read& read, const Which& which);

  mutable std::shared_mutex queues_mutex_;
  std::map<std::string, QueueSlot> queues_;
  struct Attachment {
    AttachConsumer attach;
    std::uint32_t first_credit = 0;
  };
  std::mutex attachments_mutex_;
  std::map<ConsumerId, std::map<std::string, Attachment>> attachments_;
  mutable std::mutex sinks_mutex_;
  std::vector<SinkView> sinks_;
  std::function<void()> sinks_told_;
  mutable std::mutex vitals_mutex_;
  std::map<std::string, std::shared_ptr<Vitals>> vitals_;
};

}  // namespace endure::actors
