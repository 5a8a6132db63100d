// Schedules and the events that wait for them.
#include "persistence/lmdb/commit.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/rules.hpp"

namespace endure::persistence::lmdb {

Result<void> Commit::check_revision(const ScheduleChanged& change) {
  const WorkflowName key{change.row.ns, change.row.name};
  if (!is_here(key)) {
    return Failure(not_here(shard_of(key, cluster_->numbering().shards)));
  }
  std::uint64_t stored = 0;
  if (const auto bytes = schema_.schedules.get(txn_, key)) {
    const auto row = placed(decode_schedule(key, *bytes), schema_.schedules, key);
    if (!row) return Failure(row.error());
    stored = row->revision;
  }
  if (change.row.revision == stored + 1) return {};
  return Failure(schedule_moved_on(change.row, stored));
}

void Commit::write_schedule(const ScheduleChanged& change) {
  const auto& row = change.row;
  for (const auto sequence : change.consumed) {
    schema_.triggers.erase(txn_, {row.ns, row.name, sequence});
  }
  if (change.remove) {
    schema_.schedules.erase(txn_, {row.ns, row.name});
  } else {
    schema_.schedules.put(txn_, {row.ns, row.name}, encode_schedule(row));
  }
  if (!change.remove && !change.forget_events) return;
  Cursor cursor(txn_, schema_.triggers);
  for (bool more = cursor.at_or_after({row.ns, row.name, 0}); more; more = cursor.next()) {
    const auto key = cursor.key();
    if (key.ns != row.ns || key.name != row.name) break;
    cursor.erase();
  }
}

void Commit::write_triggers(const std::vector<TriggerRow>& triggers) {
  for (const auto& trigger : triggers) {
    const WorkflowName schedule{trigger.ns, trigger.name};
    if (!is_here(schedule) || !schema_.schedules.get(txn_, schedule)) continue;
    if (had_before(trigger)) continue;
    schema_.triggers.put(txn_, {trigger.ns, trigger.name, trigger.sequence},
                         encode_trigger(trigger));
  }
}

Result<void> Commit::apply_change(const ScheduleChanged& change) {
  if (auto follows = check_revision(change); !follows) return follows;
  write_schedule(change);
  return {};
}

}  // namespace endure::persistence::lmdb
