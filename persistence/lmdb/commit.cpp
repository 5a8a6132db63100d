#include "persistence/lmdb/commit.hpp"

#include "persistence/change_check.hpp"
#include "persistence/codec.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/rules.hpp"
#include "persistence/snapshot_head.hpp"

namespace endure::persistence::lmdb {

using workflow::is_ended;

Result<void> Commit::apply(const Change& change) {
  if (auto checked = persistence::check(change); !checked) return checked;
  return std::visit([this](const auto& c) { return apply_change(c); }, change);
}

void Commit::finish(std::optional<std::uint64_t> sequence) {
  queues_.write(txn_, schema_);
  if (sequence) schema_.meta.put(txn_, meta_sequence, encode_number(*sequence));
}

Result<void> Commit::apply_change(const QueuePaused& change) {
  queues_.at(change.queue).paused = change.paused;
  return {};
}

Result<void> Commit::apply_change(const DefinitionDeployed& change) {
  const auto& ref = change.row.ref;
  if (const auto bytes = schema_.definitions.get(txn_, ref)) {
    const auto stored = placed(decode_definition(ref, *bytes), schema_.definitions, ref);
    if (!stored) return Failure(stored.error());
    if (stored->source != change.row.source) return Failure(other_source(ref));
    return {};
  }
  if (change.schedule) {
    if (auto follows = check_revision(*change.schedule); !follows) return follows;
    write_schedule(*change.schedule);
  }
  schema_.definitions.put(txn_, ref, encode_definition(change.row));
  return {};
}

Result<void> Commit::apply_change(const WorkflowRemoved& change) {
  const auto number = change.workflow;
  if (!is_here(number)) return Failure(not_here(Numbering::shard(number)));
  if (!snapshots_.at(number)) return Failure(no_such_workflow(number));
  const auto snapshot = placed(decode_snapshot(snapshots_.value()), schema_.snapshots, number);
  if (!snapshot) return Failure(snapshot.error());
  if (!is_ended(snapshot->phase)) return Failure(not_ended(number));

  erase_workflow(*snapshot);
  erase_records(schema_.children, number);
  return {};
}

// All rows of the workflow itself; those of its children say what they are children of.
void Commit::erase_workflow(const workflow::Snapshot& snapshot) {
  const auto number = snapshot.number;
  for (const auto& s : snapshot.steps) {
    remove_step({s.queue, s.priority, s.enqueued, number, s.wait});
  }
  for (const auto& t : snapshot.timers) schema_.timers.erase(txn_, {t.due, number, t.wait});
  for (const auto& l : snapshot.listeners) {
    schema_.listeners.erase(txn_, {index_text(l.type), number, l.wait});
  }
  erase_records(schema_.history, number);
  erase_records(schema_.mailbox, number);
  schema_.looking.erase(txn_, number);
  schema_.phases.erase(txn_, {snapshot.phase, number});
  schema_.statuses.erase(txn_, {index_text(snapshot.status), number});
  schema_.ended.erase(txn_, {snapshot.updated, number});
  if (snapshot.parent) schema_.children.erase(txn_, {snapshot.parent->number, number});
  schema_.names.erase(txn_, snapshot.name);
  schema_.snapshots.erase(txn_, number);
}

void Commit::erase_records(const Table<RecordKeys>& table, WorkflowNumber workflow) {
  Cursor cursor(txn_, table);
  for (bool more = cursor.at_or_after({workflow, 0}); more && cursor.key().workflow == workflow;
       more = cursor.next()) {
    cursor.erase();
  }
}

}  // namespace endure::persistence::lmdb
