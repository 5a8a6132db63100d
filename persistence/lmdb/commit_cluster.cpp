// What concerns other nodes: a cluster's birth, and messages between workflows of different nodes.
#include <algorithm>

#include "base/fault_point.hpp"
#include "persistence/cluster_codec.hpp"
#include "persistence/codec.hpp"
#include "persistence/lmdb/commit.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/rules.hpp"
#include "persistence/shard_move.hpp"

namespace endure::persistence::lmdb {

// With what this transaction has changed so far.
bool Commit::serves(Shard shard) const {
  if (!cluster_now_) return cluster_->owns(shard);
  const auto& rows = cluster_now_->shards;
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const ShardRow& each) { return each.shard == shard; });
  return row != rows.end() && row->state == ShardRow::State::owned;
}

bool Commit::is_here(WorkflowNumber workflow) const {
  return cluster_ == nullptr || serves(Numbering::shard(workflow));
}

bool Commit::is_here(const WorkflowName& name) const {
  return cluster_ == nullptr || serves(shard_of(name, cluster_->numbering().shards));
}

// What this transaction makes of the cluster's state.
Commit::ClusterNow& Commit::cluster_change() {
  if (!cluster_now_) cluster_now_ = ClusterNow{cluster_->row(), cluster_->shards()};
  return *cluster_now_;
}

ClusterRow Commit::cluster_row() const {
  return cluster_now_ ? cluster_now_->row : cluster_->row();
}

Result<void> Commit::apply_change(const NodeMet& change) {
  if (cluster_ == nullptr) return Failure(no_cluster());
  ClusterRow& row = cluster_change().row;
  for (const auto& known : row.known) {
    if (known.node != change.node.node) continue;
    if (known.volume == change.node.volume) return {};
    return fail(Code::conflict, "the node is known with another volume", known.node);
  }
  row.known.push_back(change.node);
  schema_.cluster.put(txn_, cluster_self, encode_cluster(row));
  return {};
}

Result<void> Commit::apply_change(const ClusterBorn& change) {
  if (cluster_ == nullptr) return Failure(no_cluster());
  auto& [row, shards] = cluster_change();
  if (row.born) return fail(Code::conflict, "the node's shards have been made");
  row.born = true;
  for (const Shard shard : change.shards) {
    shards.push_back({shard, ShardRow::State::owned, row.identity.node, 1});
    schema_.shards.put(txn_, shard, encode_shard(shards.back()));
  }
  schema_.cluster.put(txn_, cluster_self, encode_cluster(row));
  return {};
}

// -- who belongs to it --------------------------------------------------------------

Result<void> Commit::apply_change(const MembersChanged& change) {
  if (cluster_ == nullptr) return Failure(no_cluster());
  const auto row = cluster_row();
  if (!row.born) return fail(Code::conflict, "the cluster has not begun for this node");
  if (auto fits = check_successor(row.members, change.members); !fits) return fits;
  ENDURE_FAULT_POINT("members.in_commit");
  auto& now = cluster_change().row;
  now.members = change.members;
  schema_.cluster.put(txn_, cluster_self, encode_cluster(now));
  return {};
}

Result<void> Commit::apply_change(const ClusterJoined& change) {
  if (cluster_ == nullptr) return Failure(no_cluster());
  const auto row = cluster_row();
  if (row.born) return fail(Code::conflict, "the node belongs to a cluster already");
  const Member* self = change.members.find(row.identity.node);
  if (self == nullptr || self->gone || self->number < change.born.size() ||
      self->number >= max_nodes) {
    return fail(Code::invalid, "the node was not added to that cluster");
  }
  if (auto fits = check_successor(born_with(change.born), change.members); !fits) return fits;
  ENDURE_FAULT_POINT("members.in_join");
  auto& now = cluster_change().row;
  now.identity.nodes = change.born;
  now.members = change.members;
  now.born = true;
  schema_.cluster.put(txn_, cluster_self, encode_cluster(now));
  return {};
}

Result<void> Commit::apply_change(const NodeDeparts& change) {
  if (cluster_ == nullptr) return Failure(no_cluster());
  const auto row = cluster_row();
  const auto shards = cluster_now_ ? cluster_now_->shards : cluster_->shards();
  if (change.version) {
    if (!row.born || *change.version != row.members.version) {
      return fail(Code::conflict, "the list of nodes stands at " + row.identity.node +
                                      " as of change " + std::to_string(row.members.version));
    }
    const auto needed = std::count_if(shards.begin(), shards.end(), needs_this_node);
    if (needed > 0) {
      return fail(Code::conflict,
                  row.identity.node + " still has " + std::to_string(needed) +
                      " shards: endure cluster drain " + row.identity.node,
                  row.identity.node);
    }
  }
  auto& now = cluster_change().row;
  now.departs = change.version;
  schema_.cluster.put(txn_, cluster_self, encode_cluster(now));
  return {};
}

// -- out --------------------------------------------------------------------------

ChannelRow Commit::channel(ChannelKey key) {
  const auto bytes = schema_.channels.get(txn_, key);
  return bytes ? taken(decode_channel(*bytes), schema_.channels, key) : ChannelRow();
}

void Commit::relay(ChannelKey key, const Relayed& message) {
  auto row = channel(key);
  ++row.sent;
  schema_.relay.put(txn_, {key, row.sent}, encode_relayed(message));
  schema_.channels.put(txn_, key, encode_channel(row));
  relayed_ = true;
}

void Commit::relay_between(WorkflowNumber from, WorkflowNumber to, const Relayed& message) {
  relay({Numbering::shard(from), Numbering::shard(to)}, message);
}

// An event for every listener, to all other nodes.
void Commit::broadcast(const OutboxRow& row) {
  if (cluster_ == nullptr) return;
  const auto members = cluster_row().members;
  for (const Member& member : members.all) {
    if (member.gone || member.number == cluster_->number()) continue;
    relay({node_end(cluster_->number()), node_end(member.number)}, RelayedEvent{row});
  }
}

Result<void> Commit::apply_change(const RelayAcked& change) {
  if (cluster_ == nullptr) return Failure(no_cluster());
  const auto from = change.channel.from;
  if (!is_node_end(from) && !serves(from)) return Failure(not_here(from));
  auto row = channel(change.channel);
  if (change.upto > row.sent) {
    return fail(Code::invalid, "the other side has taken messages that were never sent",
                schema_.channels.place(change.channel));
  }
  for (auto sequence = row.acked + 1; sequence <= change.upto; ++sequence) {
    schema_.relay.erase(txn_, {change.channel, sequence});
  }
  if (change.upto <= row.acked) return {};
  row.acked = change.upto;
  schema_.channels.put(txn_, change.channel, encode_channel(row));
  return {};
}

// -- in ---------------------------------------------------------------------------

Result<void> Commit::apply_change(const RelayTaken& change) {
  if (cluster_ == nullptr) return Failure(no_cluster());
  const auto to = change.channel.to;
  const bool ends_here = is_node_end(to) ? to == node_end(cluster_->number()) : serves(to);
  if (!ends_here) return Failure(not_here(to));
  auto row = channel(change.channel);
  if (row.taken != change.after) {
    return fail(Code::conflict,
                "the last message that was taken is " + std::to_string(row.taken) + ", not " +
                    std::to_string(change.after),
                schema_.channels.place(change.channel));
  }
  std::vector<Relayed> messages;
  for (const auto& bytes : change.messages) {
    auto message = decode_relayed(bytes);
    if (!message) return Failure(message.error());
    messages.push_back(std::move(*message));
  }
  for (const auto& message : messages) {
    std::visit([this](const auto& one) { take(one); }, message);
  }
  // Read again: a refusal may have gone out on the same pair of shards.
  row = channel(change.channel);
  row.taken += messages.size();
  ENDURE_FAULT_POINT("relay.in_commit");
  schema_.channels.put(txn_, change.channel, encode_channel(row));
  return {};
}

void Commit::take(const Delivery& delivery) {
  deliver(delivery);
}

void Commit::take(const RelayedChild& message) {
  const ChildRow& child = message.child;
  if (!schema_.names.put_new(txn_, child.name, encode_number(child.workflow))) {
    const Delivery refusal{message.parent, child.refusal};
    return is_here(message.parent) ? deliver(refusal)
                                   : relay_between(child.workflow, message.parent, refusal);
  }
  write_new_child(message.parent, child);
}

void Commit::take(const RelayedEvent& message) {
  const OutboxRow& row = message.row;
  const bool known =
      row.keep && !row.identity.empty() && schema_.event_ids.get(txn_, index_text(row.identity));
  if (known || schema_.outbox.get(txn_, row.sequence) || schema_.kept.get(txn_, row.sequence)) {
    return;
  }
  put_outbox(row);
}

}  // namespace endure::persistence::lmdb
