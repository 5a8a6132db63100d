// The rows of one shard as they go to another volume: which tables they are of, by numbers that
// never change, for they go over the wire.
#pragma once

#include <cstdint>

#include "base/placement.hpp"
#include "persistence/lmdb/schema.hpp"

namespace endure::persistence::lmdb {

enum class RowOf : std::uint8_t {
  snapshots = 1,
  names = 2,
  phases = 3,
  statuses = 4,
  ended = 5,
  children = 6,
  ready = 7,
  delayed = 8,
  dead = 9,
  parked = 10,
  timers = 11,
  listeners = 12,
  history = 13,
  mailbox = 14,
  schedules = 15,
  triggers = 16,
  relay = 17,
  channels_out = 18,  // the sender's half of a channel's row
  channels_in = 19,   // the receiver's
  had_events = 20,    // of its schedules
};

// `visit(table)` with the table of the rows; false where there is no such table.
template <class Visit>
bool with_table(const Schema& schema, RowOf rows, Visit visit) {
  switch (rows) {
    case RowOf::snapshots: visit(schema.snapshots); return true;
    case RowOf::names: visit(schema.names); return true;
    case RowOf::phases: visit(schema.phases); return true;
    case RowOf::statuses: visit(schema.statuses); return true;
    case RowOf::ended: visit(schema.ended); return true;
    case RowOf::children: visit(schema.children); return true;
    case RowOf::ready: visit(schema.ready); return true;
    case RowOf::delayed: visit(schema.delayed); return true;
    case RowOf::dead: visit(schema.dead); return true;
    case RowOf::parked: visit(schema.parked); return true;
    case RowOf::timers: visit(schema.timers); return true;
    case RowOf::listeners: visit(schema.listeners); return true;
    case RowOf::history: visit(schema.history); return true;
    case RowOf::mailbox: visit(schema.mailbox); return true;
    case RowOf::schedules: visit(schema.schedules); return true;
    case RowOf::triggers: visit(schema.triggers); return true;
    case RowOf::relay: visit(schema.relay); return true;
    case RowOf::channels_out:
    case RowOf::channels_in: visit(schema.channels); return true;
    case RowOf::had_events: visit(schema.shard_events); return true;
  }
  return false;
}

// Which shard the row of this table and key belongs to.
inline Shard shard_of_row(RowOf, WorkflowNumber workflow, std::uint32_t) {
  return Numbering::shard(workflow);
}
inline Shard shard_of_row(RowOf, const WorkflowName& name, std::uint32_t shards) {
  return shard_of(name, shards);
}
inline Shard shard_of_row(RowOf, const PhaseKey& key, std::uint32_t) {
  return Numbering::shard(key.workflow);
}
inline Shard shard_of_row(RowOf, const StatusKey& key, std::uint32_t) {
  return Numbering::shard(key.workflow);
}
inline Shard shard_of_row(RowOf, const EndedKey& key, std::uint32_t) {
  return Numbering::shard(key.workflow);
}
inline Shard shard_of_row(RowOf rows, const RecordKey& key, std::uint32_t) {
  return Numbering::shard(rows == RowOf::children ? key.record : key.workflow);
}
inline Shard shard_of_row(RowOf, const StepKey& key, std::uint32_t) {
  return Numbering::shard(key.workflow);
}
inline Shard shard_of_row(RowOf, const DelayedKey& key, std::uint32_t) {
  return Numbering::shard(key.step.workflow);
}
inline Shard shard_of_row(RowOf, const TimerKey& key, std::uint32_t) {
  return Numbering::shard(key.workflow);
}
inline Shard shard_of_row(RowOf, const ListenerKey& key, std::uint32_t) {
  return Numbering::shard(key.workflow);
}
inline Shard shard_of_row(RowOf, const TriggerKey& key, std::uint32_t shards) {
  return shard_of({key.ns, key.name}, shards);
}
inline Shard shard_of_row(RowOf, const RelayKey& key, std::uint32_t) {
  return key.channel.from;
}
inline Shard shard_of_row(RowOf, const ShardEventsKey& key, std::uint32_t) {
  return key.shard;
}
inline Shard shard_of_row(RowOf rows, const ChannelKey& key, std::uint32_t) {
  return rows == RowOf::channels_in ? key.to : key.from;
}

}  // namespace endure::persistence::lmdb
