// The rows of a volume that belongs to a cluster (docs/decisions/024), and the changes that write
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/members.hpp"
#include "base/placement.hpp"
#include "persistence/records.hpp"

namespace endure::persistence {

struct MailboxPut {
  std::uint64_t sequence = 0;  // from Store::next_sequence()
  std::string event;           // encode_event()
};

// A row for the mailbox of another workflow than the one that a change is about. Passed over where
// that one is gone or has ended.
struct Delivery {
  WorkflowNumber workflow = 0;
  MailboxPut message;
};

// A workflow that is created by the transition of its parent: pending, with its first event in its
// mailbox. Where its name is taken it is not created; the parent gets `refusal` instead.
struct ChildRow {
  WorkflowNumber workflow = 0;
  WorkflowName name;
  std::string snapshot;  // encode_snapshot(), of its transition 1
  std::string history;   // encode_history()
  MailboxPut start;
  MailboxPut refusal;
};

// -- who is who -------------------------------------------------------------------

// What a node is configured to be. Fixed once its volume is made; the nodes once it has met one.
struct ClusterIdentity {
  std::string cluster;
  std::uint32_t shards = 0;
  std::string node;
  std::vector<std::string> nodes;  // all that the cluster begins with, in order of their names

  bool operator==(const ClusterIdentity&) const = default;
};

struct KnownNode {
  std::string node;
  std::string volume;  // the identity of its volume
};

struct ClusterRow {
  ClusterIdentity identity;
  std::string volume;            // random, made with the volume
  bool born = false;             // the shards that are this node's at birth have been made
  std::vector<KnownNode> known;  // the other nodes that it has met; none changes its volume
  MemberList members;            // who belongs to the cluster; before the birth, who is to
  // It leaves the cluster, as long as the list is of this version: nothing new comes here.
  std::optional<std::uint64_t> departs = {};
};
// Whether the node leaves the cluster, or has left.
bool is_leaving(const ClusterRow& row);

// This volume's word on a shard. A shard without a row never was here. How one state becomes
// another: persistence/shard_move.hpp.
struct ShardRow {
  enum class State : std::uint8_t {
    owned,     // this node serves it
    given,     // it is another one's now
    leaving,   // this node's, and frozen, while its rows go to another one
    arriving,  // another one's, whose rows come here
  };
  Shard shard = 0;
  State state = State::owned;
  std::string owner;        // a node
  std::uint64_t epoch = 1;  // counts its owners
  std::string to = {};      // owned, leaving: where it is to go; empty: it stays
  // Of moving it; leaving, given, arriving.
  std::uint64_t attempt = 0;
  std::uint64_t parts = 0;  // arriving: how many have come
  // Arriving: all have come, and are what was sent. Given: the new owner serves it.
  bool complete = false;
  bool has_rows = false;  // given, arriving: rows of it lie here

  bool operator==(const ShardRow&) const = default;
};

// -- between nodes ----------------------------------------------------------------

// One end of a channel: a shard, or a node.
using ChannelEnd = std::uint32_t;
constexpr ChannelEnd node_end(std::uint32_t node) {
  return 0x1'0000U + node;
}
constexpr bool is_node_end(ChannelEnd end) {
  return end >= 0x1'0000U;
}

struct ChannelKey {
  ChannelEnd from = 0;
  ChannelEnd to = 0;

  auto operator<=>(const ChannelKey&) const = default;
};

// What one workflow, or node, says to another elsewhere.
struct RelayedChild {
  WorkflowNumber parent = 0;
  ChildRow child;
};
struct RelayedEvent {  // for every listener there
  OutboxRow row;
};
using Relayed = std::variant<Delivery, RelayedChild, RelayedEvent>;

std::string encode_relayed(const Relayed& message);
Result<Relayed> decode_relayed(std::string_view bytes);

struct RelayRow {
  std::uint64_t sequence = 0;  // counts the messages of its channel from 1
  std::string message;         // encode_relayed()
};

// A channel of which messages wait here for the other side.
struct PendingChannel {
  ChannelKey key;
  std::uint64_t acked = 0;  // the last that the other side has
  std::uint64_t sent = 0;   // the last that was written
};

// -- changes ----------------------------------------------------------------------

// Another node was met for the first time. Code::conflict where it is known with another volume.
struct NodeMet {
  KnownNode node;
};

// The cluster begins for this node: its shards are made. Code::conflict where they are.
struct ClusterBorn {
  std::vector<Shard> shards;
};

// The cluster has other nodes now, as one of them has decided. Code::conflict where the list that
// is here is as late; Code::invalid where this one does not follow it.
struct MembersChanged {
  MemberList members;
};

// This node was added to a cluster that was born without it, and belongs to that from now on,
// without shards. Code::conflict where it has one; Code::invalid where it was not added.
struct ClusterJoined {
  std::vector<std::string> born;
  MemberList members;
};

// This node leaves the cluster, as long as the list of nodes is of this version; nothing: it stays.
// From then on it takes no shard, and no event for every listener. Code::conflict where the list is
// another one, or a shard needs the node (persistence/shard_move.hpp).
struct NodeDeparts {
  std::optional<std::uint64_t> version;
};

// Messages of a channel, numbered from `after` + 1, take effect here. Code::conflict where the
// last one that was taken is not `after`; Code::retry_later where the channel does not end here.
struct RelayTaken {
  ChannelKey channel;
  std::uint64_t after = 0;
  std::vector<std::string> messages;
};

// What moves a shard: one step of persistence/shard_move.hpp, whose errors it has.
enum class ShardAct : std::uint8_t {
  want,      // at its owner: it shall go to `node`; back to itself: it stays
  freeze,    // leaving
  thaw,      // owned again
  give,      // it is the other's from now on
  confirm,   // the other serves it
  sweep,     // some workflows' rows go, here where it is not owned
  emptied,   // the last rows go
  expect,    // at the other: rows will come from `node`
  part,      // rows have come
  complete,  // all rows have come
  take,      // it is owned here from now on
  yield,     // `node` has it at a later epoch: this volume is an older copy
};
struct ShardStep {
  Shard shard = 0;
  ShardAct act = ShardAct::want;
  std::uint64_t attempt = 0;
  std::string node = {};
  std::uint64_t epoch = 0;  // expect: the owner's; take: the new one; yield: the other's
  std::uint64_t part = 0;   // part: its number, from 1; complete: how many there are
};
// A row as it lies in a table; `table` is the store's own number for that.
struct RawRow {
  std::uint8_t table = 0;
  std::string key;
  std::string value;

  bool operator==(const RawRow&) const = default;
};
struct ShardMoved {
  ShardStep step;
  std::vector<RawRow> rows = {};           // part
  std::vector<WorkflowNumber> swept = {};  // sweep
};

// The shard's schedules have been offered the events that came while nobody could say which of them
// these start. Code::retry_later where the shard is not here.
struct LateEventsOffered {
  Shard shard = 0;
  std::vector<TriggerRow> triggers;
};

// The other side has all up to this one: they go.
struct RelayAcked {
  ChannelKey channel;
  std::uint64_t upto = 0;
};

}  // namespace endure::persistence
