// Walks the tables of one volume within one read transaction and gathers what is wrong.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "persistence/lmdb/rows.hpp"
#include "persistence/lmdb/schema.hpp"
#include "persistence/verify.hpp"

namespace endure::persistence::lmdb {

class Verifier {
 public:
  Verifier(const Schema& schema, const Txn& txn, std::size_t max_findings)
      : schema_(schema), txn_(txn), max_findings_(max_findings) {}

  std::vector<Finding> run();

 private:
  // -- workflows (verify_workflows.cpp) --
  void check_snapshots();
  void check_snapshot(WorkflowNumber number, const workflow::Snapshot& snapshot);
  void check_open_rows(WorkflowNumber number, const workflow::Snapshot& snapshot);
  void check_names();
  void check_history();
  void check_mailbox();
  void check_indexes();

  // -- of a cluster's volume (verify_cluster.cpp) --
  void check_cluster();
  void check_channels();
  std::optional<ShardRow> shard_row(Shard shard);
  bool may_be_elsewhere(WorkflowNumber workflow);
  bool is_arriving(Shard shard);

  // -- rows that workflows own (verify_rows.cpp) --
  void check_meta();
  void check_ready();
  void check_delayed();
  void check_dead();
  void check_parked();
  void check_queues();
  void check_timers();
  void check_listeners();
  void check_outbox();
  void check_kept();
  void check_sinks();
  void check_definitions();
  void check_schedules();
  void check_triggers();
  template <class Keys>
  void check_step(const Table<Keys>& table, const typename Keys::Key& key, const StepKey& step,
                  std::string_view bytes, StepState state, Instant due);

  // The workflow's snapshot; nothing where it is missing or damaged (which is a finding elsewhere).
  const workflow::Snapshot* owner(WorkflowNumber number);

  bool is_full() const { return findings_.size() >= max_findings_; }
  template <class Keys>
  void report(const Table<Keys>& table, const typename Keys::Key& key, std::string what) {
    if (!is_full()) findings_.push_back({table.name(), Keys::show(key), std::move(what)});
  }
  // Calls visit(key, value) for each row whose key can be read.
  template <class Keys, class Visit>
  void walk(const Table<Keys>& table, Visit visit) {
    Cursor cursor(txn_, table);
    for (bool more = cursor.first(); more && !is_full(); more = cursor.next()) {
      KeyReader reader(cursor.key_bytes());
      const auto key = Keys::read(reader);
      if (reader.whole()) {
        visit(key, cursor.value());
      } else {
        findings_.push_back({table.name(), Keys::show(key), "the key is damaged"});
      }
    }
  }
  // The value, or a finding and nothing.
  template <class T, class Keys>
  std::optional<T> read(Result<T> result, const Table<Keys>& table, const typename Keys::Key& key) {
    if (result) return *std::move(result);
    report(table, key, result.error().what);
    return std::nullopt;
  }

  const Schema& schema_;
  const Txn& txn_;
  const std::size_t max_findings_;
  std::vector<Finding> findings_;
  std::map<std::string, QueueCounts> counted_;  // by looking at the steps
  WorkflowNumber owner_number_ = 0;             // of the snapshot that was looked at last
  std::optional<workflow::Snapshot> owner_;
};

}  // namespace endure::persistence::lmdb
