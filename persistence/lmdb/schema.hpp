// All tables of a volume.
//
//   table        key                                             value
//   meta         name                                            number: format, epoch, sequence
//   names        namespace, id                                   workflow's number
//   snapshots    workflow                                        snapshot
//   history      workflow, transition                            history record
//   mailbox      workflow, sequence                              event
//   ready        queue, priority, enqueued, workflow, wait       step
//   delayed      queue, due, priority, enqueued, workflow, wait  step
//   dead         queue, priority, enqueued, workflow, wait       step
//   parked       queue, priority, enqueued, workflow, wait       delayed (and its due) or dead
//   queues       queue                                           paused, counts of its steps
//   timers       due, workflow, wait                             empty
//   listeners    type, workflow, wait                            empty, or a long type
//   outbox       sequence                                        event, progress
//   kept         sequence                                        event that was delivered
//   event_types  type, sequence                                  empty; of outbox and kept
//   event_ids    source and id                                   sequence
//   looking      workflow                                        empty; has to look at kept events
//   sinks        URL, sequence                                   event on its way to a sink
//   phases       phase, workflow                                 empty
//   statuses     status, workflow                                empty; none for an empty status
//   ended        updated, workflow                               empty; ended workflows alone
//   definitions  namespace, name, version                        source
//   children     parent, workflow                                empty; of child workflows
//   schedules    namespace, name                                 schedule
//   triggers     namespace, name, sequence                       event that waits for the schedule
//
// and in the volume of a cluster's node:
//
//   cluster      "self"                                          which node of which cluster
//   shards       shard                                           state, owner, epoch
//   relay        from, to, sequence                              message on its way to another node
//   channels     from, to                                        how far its messages are
//   shard_events shard, had or late                              events of its schedules
#pragma once

#include "persistence/lmdb/table.hpp"

namespace endure::persistence::lmdb {

// Counts up when a volume's tables or keys change; records carry versions of their own.
constexpr std::uint64_t format_version = 2;
// That of a cluster's volume, which a program that knows no clusters must not open.
constexpr std::uint64_t cluster_format_version = 3;

constexpr const char* meta_format = "format";
constexpr const char* meta_epoch = "epoch";
constexpr const char* meta_sequence = "sequence";
constexpr const char* cluster_self = "self";

struct Schema {
  Table<TextKeys> meta{"meta"};
  Table<NameKeys> names{"names"};
  Table<NumberKeys> snapshots{"snapshots"};
  Table<RecordKeys> history{"history"};
  Table<RecordKeys> mailbox{"mailbox"};
  Table<StepKeys> ready{"ready"};
  Table<DelayedKeys> delayed{"delayed"};
  Table<StepKeys> dead{"dead"};
  Table<StepKeys> parked{"parked"};
  Table<TextKeys> queues{"queues"};
  Table<TimerKeys> timers{"timers"};
  Table<ListenerKeys> listeners{"listeners"};
  Table<NumberKeys> outbox{"outbox"};
  Table<NumberKeys> kept{"kept"};
  Table<TypeKeys> event_types{"event_types"};
  Table<TextKeys> event_ids{"event_ids"};
  Table<NumberKeys> looking{"looking"};
  Table<SinkKeys> sinks{"sinks"};
  Table<PhaseKeys> phases{"phases"};
  Table<StatusKeys> statuses{"statuses"};
  Table<EndedKeys> ended{"ended"};
  Table<DefinitionKeys> definitions{"definitions"};
  Table<RecordKeys> children{"children"};
  Table<NameKeys> schedules{"schedules"};
  Table<TriggerKeys> triggers{"triggers"};
  Table<TextKeys> cluster{"cluster"};
  Table<ShardKeys> shards{"shards"};
  Table<RelayKeys> relay{"relay"};
  Table<ChannelKeys> channels{"channels"};
  Table<ShardEventsKeys> shard_events{"shard_events"};
  bool clustered = false;  // the last five are there

  // `visit(table)` for each.
  template <class Visit>
  void for_each(Visit visit) {
    visit(meta);
    visit(names);
    visit(snapshots);
    visit(history);
    visit(mailbox);
    visit(ready);
    visit(delayed);
    visit(dead);
    visit(parked);
    visit(queues);
    visit(timers);
    visit(listeners);
    visit(outbox);
    visit(kept);
    visit(event_types);
    visit(event_ids);
    visit(looking);
    visit(sinks);
    visit(phases);
    visit(statuses);
    visit(ended);
    visit(definitions);
    visit(children);
    visit(schedules);
    visit(triggers);
  }
  template <class Visit>
  void for_each_of_cluster(Visit visit) {
    visit(cluster);
    visit(shards);
    visit(relay);
    visit(channels);
    visit(shard_events);
  }
};

}  // namespace endure::persistence::lmdb
