#include "persistence/lmdb/lmdb_store.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "persistence/lmdb/commit.hpp"
#include "persistence/lmdb/reserve.hpp"
#include "persistence/lmdb/store_impl.hpp"

namespace endure::persistence {

namespace lmdb {

LmdbStore::LmdbStore(const LmdbConfig& config)
    : volume_(config), sequence_(volume_.sequence), stored_sequence_(volume_.sequence) {
  const ReadTxn txn(volume_.env);
  counters_.load(txn, volume_.schema, damage());
  events_held_ = volume_.schema.kept.size(txn) + volume_.schema.outbox.size(txn);
  if (!volume_.cluster) return;
  cluster_.emplace(*volume_.cluster, txn, volume_.schema);
}

Result<void> LmdbStore::commit(std::span<const Change> changes, std::span<Result<void>> results) {
  ENDURE_ASSERT(changes.size() == results.size());
  if (failed_) return Failure(*failed_);
  auto outcome = guarded([&] { commit_all(changes, results); });
  // Of a full volume nothing is lost. After anything else nobody knows what the disk holds, and a
  // second flush would say that all is well.
  if (!outcome && outcome.error().code != Code::full) failed_ = outcome.error();
  return outcome;
}

void LmdbStore::commit_all(std::span<const Change> changes, std::span<Result<void>> results) {
  const bool privileged = std::all_of(changes.begin(), changes.end(), may_use_reserve);
  if (!privileged && !volume_.env.has_room(bytes_needed(changes))) {
    throw Failed(error_of(MDB_MAP_FULL, "commit"));
  }
  WriteTxn txn(volume_.env);
  QueueStates touched;
  std::uint64_t sequence = 0;
  std::uint64_t events_held = 0;
  std::optional<Commit::ClusterNow> cluster;
  bool relayed = false;
  {
    Commit commit(volume_.schema, txn, counters_.states(), damage(),
                  cluster_ ? &*cluster_ : nullptr);
    for (std::size_t i = 0; i < changes.size(); ++i) results[i] = commit.apply(changes[i]);
    sequence = sequence_.load();  // at least the highest number that these changes carry
    commit.finish(sequence > stored_sequence_ ? std::optional(sequence) : std::nullopt);
    touched = commit.touched_queues();
    cluster = commit.cluster_now();
    relayed = commit.relayed();
    events_held = volume_.schema.kept.size(txn) + volume_.schema.outbox.size(txn);
  }
  txn.commit();
  stored_sequence_ = sequence;
  events_held_ = events_held;
  counters_.publish(touched);
  if (cluster) cluster_->publish(std::move(cluster->row), cluster->shards);
  if (relayed) ++relays_;
  ++commits_;
  changes_ += changes.size();
  if (damage().count() > 0) forget_damage(changes, results);
}

// Rows of a workflow go when it ends; what it left behind goes with itself.
void LmdbStore::forget_damage(std::span<const Change> changes,
                              std::span<const Result<void>> results) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!results[i]) continue;
    if (const auto* removed = std::get_if<WorkflowRemoved>(&changes[i])) {
      damage().forget(removed->workflow);
    } else if (const auto* transition = std::get_if<Transition>(&changes[i])) {
      for (const auto sequence : transition->consume_messages) {
        damage().forget(volume_.schema.mailbox.place({transition->workflow, sequence}));
      }
      if (workflow::is_ended(transition->index_after.phase)) damage().forget(transition->workflow);
    }
  }
}

StoreStats LmdbStore::stats() {
  StoreStats stats;
  stats.commits = commits_;
  stats.changes = changes_;
  stats.damaged = damage().count();
  // A failure here is one of the machine; the numbers then stay 0 and the next commit reports it.
  guarded([&] {
    const auto usage = volume_.env.usage();
    stats.room = {usage.map_bytes, usage.used_bytes};
    stats.readers = usage.readers;
    stats.reader_behind = usage.reader_behind;
    const ReadTxn txn(volume_.env);
    stats.workflows = volume_.schema.snapshots.size(txn);
    stats.timers = volume_.schema.timers.size(txn);
    stats.outbox = volume_.schema.outbox.size(txn);
    stats.schedules = volume_.schema.schedules.size(txn);
    stats.triggers = volume_.schema.triggers.size(txn);
    stats.kept_events = volume_.schema.kept.size(txn);
    stats.sink_events = volume_.schema.sinks.size(txn);
  }).has_value();
  return stats;
}

Room LmdbStore::room() {
  Room room;  // of a failure the next commit tells
  guarded([&] {
    const auto usage = volume_.env.usage();
    room = {usage.map_bytes, usage.used_bytes};
  }).has_value();
  return room;
}

}  // namespace lmdb

Result<std::unique_ptr<Store>> open_lmdb_store(const LmdbConfig& config) {
  return lmdb::guarded(
      [&]() -> std::unique_ptr<Store> { return std::make_unique<lmdb::LmdbStore>(config); });
}

}  // namespace endure::persistence
