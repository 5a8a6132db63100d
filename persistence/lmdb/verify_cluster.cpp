// The tables of a cluster's volume.
#include "persistence/cluster_codec.hpp"
#include "persistence/lmdb/verifier.hpp"
#include "persistence/shard_move.hpp"

namespace endure::persistence::lmdb {

// This volume's word on the workflow's shard; nothing: it never was here.
std::optional<ShardRow> Verifier::shard_row(Shard shard) {
  const auto bytes = schema_.shards.get(txn_, shard);
  const auto row = bytes ? decode_shard(shard, *bytes) : fail(Code::not_found, {});
  return row ? std::optional(*row) : std::nullopt;
}

// Whether a workflow that is not here may be on another node.
bool Verifier::may_be_elsewhere(WorkflowNumber workflow) {
  if (!schema_.clustered) return false;
  const auto row = shard_row(Numbering::shard(workflow));
  return !row || !is_own(*row);
}

// Whether the rest of its rows is still to come from another node.
bool Verifier::is_arriving(Shard shard) {
  if (!schema_.clustered) return false;
  const auto row = shard_row(shard);
  return row && row->state == ShardRow::State::arriving && !row->complete;
}

void Verifier::check_cluster() {
  std::optional<ClusterRow> self;
  walk(schema_.cluster, [&](const std::string& name, std::string_view bytes) {
    self = read(decode_cluster(bytes), schema_.cluster, name);
  });
  if (!self) return report(schema_.cluster, cluster_self, "it does not say whose volume it is");
  if (self->members.find(self->identity.node) == nullptr) {
    report(schema_.cluster, cluster_self, "the node has no number in its cluster");
  }
  for (std::size_t i = 0; i < self->members.all.size(); ++i) {
    if (self->members.all[i].number == i) continue;
    report(schema_.cluster, cluster_self, "its nodes are not numbered one after the other");
    break;
  }
  walk(schema_.shards, [&](Shard shard, std::string_view bytes) {
    const auto row = read(decode_shard(shard, bytes), schema_.shards, shard);
    if (!row) return;
    if (shard >= self->identity.shards) report(schema_.shards, shard, "there is no such shard");
    const bool own = row->owner == self->identity.node;
    if (own != is_own(*row)) {
      report(schema_.shards, shard, "its owner does not fit its state");
    }
  });
  walk(schema_.snapshots, [&](WorkflowNumber number, std::string_view) {
    const auto row = shard_row(Numbering::shard(number));
    if (!row || (!is_own(*row) && !row->has_rows)) {
      report(schema_.snapshots, number, "its shard is not this node's");
    }
  });
  walk(schema_.shard_events, [&](ShardEventsKey key, std::string_view bytes) {
    read(decode_sequences(bytes), schema_.shard_events, key);
  });
  check_channels();
}

// Of each channel the messages that are not acknowledged, without gap.
void Verifier::check_channels() {
  walk(schema_.channels, [&](ChannelKey key, std::string_view bytes) {
    const auto row = read(decode_channel(bytes), schema_.channels, key);
    if (!row) return;
    if (is_arriving(key.from)) return;
    if (row->acked > row->sent) report(schema_.channels, key, "more was taken than sent");
    for (auto sequence = row->acked + 1; sequence <= row->sent && !is_full(); ++sequence) {
      if (!schema_.relay.get(txn_, {key, sequence})) {
        report(schema_.channels, key, "its message " + std::to_string(sequence) + " is missing");
      }
    }
  });
  walk(schema_.relay, [&](const RelayKey& key, std::string_view bytes) {
    read(decode_relayed(bytes), schema_.relay, key);
    if (is_arriving(key.channel.from)) return;
    const auto channel = schema_.channels.get(txn_, key.channel);
    const auto row = channel ? decode_channel(*channel) : fail(Code::not_found, {});
    if (!row || key.sequence <= row->acked || key.sequence > row->sent) {
      report(schema_.relay, key, "its channel does not count it");
    }
  });
}

}  // namespace endure::persistence::lmdb
