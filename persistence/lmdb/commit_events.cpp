// Timers, listeners, messages and events: on their way, kept for listeners to come, and for sinks.
#include "base/fault_point.hpp"
#include "base/mutant.hpp"
#include "persistence/codec.hpp"
#include "persistence/lmdb/commit.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/rules.hpp"
#include "persistence/snapshot_head.hpp"

namespace endure::persistence::lmdb {

using workflow::is_ended;

// -- a transition's -------------------------------------------------------------

void Commit::write_events(const Transition& t) {
  for (const auto& key : t.disarm_timers) schema_.timers.erase(txn_, key);
  for (const auto& key : t.arm_timers) schema_.timers.put(txn_, key, {});
  for (const auto& key : t.unlisten) {
    schema_.listeners.erase(txn_, {index_text(key.type), key.workflow, key.wait});
  }
  for (const auto& key : t.listen) {
    schema_.listeners.put(txn_, {index_text(key.type), key.workflow, key.wait},
                          encode_listener(key.type));
  }
  write_looking(t);
  for (const auto& message : t.keep_messages) {
    schema_.mailbox.put(txn_, {t.workflow, message.sequence}, message.event);
  }
  for (const auto sequence : t.consume_messages) {
    schema_.mailbox.erase(txn_, {t.workflow, sequence});
  }
  for (const auto& row : t.publish) {
    put_outbox(row);
    broadcast(row);
  }
  for (const auto& row : t.sink_events) {
    schema_.sinks.put(txn_, {index_text(row.key.sink), row.key.sequence}, encode_sink_event(row));
  }
}

// A listener that is opened while an event of its type is kept has to look at it. Said durably, so
// that it does so even if the node dies before; and said here, where nothing can come in between.
void Commit::write_looking(const Transition& t) {
  const bool any_looks = schema_.looking.size(txn_) > 0;
  const bool ends = is_ended(t.index_after.phase);
  if (any_looks && (t.looked || ends)) schema_.looking.erase(txn_, t.workflow);
  if (t.listen.empty() || ends || schema_.event_types.size(txn_) == 0) return;
  for (const auto& listener : t.listen) {
    if (!may_be_kept_for(listener)) continue;
    schema_.looking.put(txn_, t.workflow, {});
    return;
  }
}

// A workflow sees no event that is older than itself.
bool Commit::may_be_kept_for(const ListenerKey& listener) {
  const auto from = listener.workflow + 1;
  if (listener.type.empty()) {
    Cursor kept(txn_, schema_.kept);
    if (kept.at_or_after(from)) return true;
    Cursor outbox(txn_, schema_.outbox);
    for (bool more = outbox.at_or_after(from); more; more = outbox.next()) {
      const auto row = decode_outbox(outbox.key(), outbox.value());
      if (!row || row->keep) return true;
    }
    return false;
  }
  const auto type = index_text(listener.type);
  Cursor cursor(txn_, schema_.event_types);
  return cursor.at_or_after({type, from}) && cursor.key().type == type;
}

void Commit::write_child(const Transition& t, const ChildRow& child) {
  if (!is_here(child.workflow)) {
    return relay_between(t.workflow, child.workflow, RelayedChild{t.workflow, child});
  }
  if (!schema_.names.put_new(txn_, child.name, encode_number(child.workflow))) {
    if (is_ended(t.index_after.phase)) return;
    schema_.mailbox.put(txn_, {t.workflow, child.refusal.sequence}, child.refusal.event);
    return;
  }
  write_new_child(t.workflow, child);
}

void Commit::write_new_child(WorkflowNumber parent, const ChildRow& child) {
  schema_.snapshots.put(txn_, child.workflow, child.snapshot);
  ENDURE_FAULT_POINT("journal.in_commit_of_child");
  schema_.history.put(txn_, {child.workflow, 1}, child.history);
  schema_.phases.put(txn_, {workflow::Phase::pending, child.workflow}, {});
  schema_.children.put(txn_, {parent, child.workflow}, {});
  schema_.mailbox.put(txn_, {child.workflow, child.start.sequence}, child.start.event);
}

void Commit::deliver(const Delivery& delivery) {
  if (ENDURE_MUTANT("lost_child_end")) return;
  // Where its shard goes away, it looks at the kept events at its new node.
  if (!is_here(delivery.workflow)) return;
  if (!snapshots_.at(delivery.workflow)) return;
  const auto head = peek_snapshot(snapshots_.value());
  if (head && is_ended(head->phase)) return;
  schema_.mailbox.put(txn_, {delivery.workflow, delivery.message.sequence}, delivery.message.event);
}

// -- broadcast ------------------------------------------------------------------

void Commit::put_outbox(const OutboxRow& row) {
  schema_.outbox.put(txn_, row.sequence, encode_outbox(row));
  if (!row.keep) return;
  schema_.event_types.put(txn_, {index_text(row.type), row.sequence}, {});
  if (!row.identity.empty()) {
    schema_.event_ids.put(txn_, index_text(row.identity), encode_number(row.sequence));
  }
}

Result<void> Commit::apply_change(const EventAccepted& change) {
  const auto& row = change.row;
  // Others may hear of it no more.
  if (cluster_ != nullptr && is_leaving(cluster_row())) {
    return Failure(node_leaves(cluster_row().identity.node));
  }
  if (row.keep && !row.identity.empty()) {
    const auto key = index_text(row.identity);
    if (const auto bytes = schema_.event_ids.get(txn_, key)) {
      const auto sequence = placed(decode_number(*bytes), schema_.event_ids, key);
      return Failure(sequence ? same_event(*sequence) : sequence.error());
    }
  }
  if (schema_.outbox.get(txn_, row.sequence) || schema_.kept.get(txn_, row.sequence)) {
    return Failure(event_exists(row.sequence));
  }
  put_outbox(row);
  broadcast(row);
  return {};
}

Result<void> Commit::apply_change(const EventDispatched& change) {
  const auto bytes = schema_.outbox.get(txn_, change.sequence);
  if (!bytes) return Failure(no_such_event(change.sequence));
  const auto row = placed(decode_outbox(change.sequence, *bytes), schema_.outbox, change.sequence);
  if (!row) return Failure(row.error());
  for (const auto& delivery : change.deliveries) deliver(delivery);
  write_triggers(change.triggers);
  note_late_event(*row, change.triggers);
  if (change.progress) {
    schema_.outbox.put(txn_, change.sequence, encode_outbox(*change.progress));
    return {};
  }
  schema_.outbox.erase(txn_, change.sequence);
  if (row->keep && !ENDURE_MUTANT("forget_kept"))
    schema_.kept.put(txn_, change.sequence, encode_kept(kept_from(*row)));
  return {};
}

Result<void> Commit::apply_change(const EventsExpired& change) {
  for (const auto sequence : change.sequences) {
    const auto bytes = schema_.kept.get(txn_, sequence);
    if (!bytes) continue;
    const auto row = placed(decode_kept(sequence, *bytes), schema_.kept, sequence);
    if (!row && row.error().code == Code::corrupt) continue;  // its index rows cannot be found
    if (!row) throw Failed(row.error());
    schema_.event_types.erase(txn_, {index_text(row->type), sequence});
    if (!row->identity.empty()) schema_.event_ids.erase(txn_, index_text(row->identity));
    schema_.kept.erase(txn_, sequence);
  }
  return {};
}

Result<void> Commit::apply_change(const EventsLooked& change) {
  if (!is_here(change.workflow)) return Failure(not_here(Numbering::shard(change.workflow)));
  schema_.looking.erase(txn_, change.workflow);
  return {};
}

// -- sinks ------------------------------------------------------------------------

Result<void> Commit::apply_change(const SinkSettled& change) {
  for (const auto& key : change.keys) {
    schema_.sinks.erase(txn_, {index_text(key.sink), key.sequence});
  }
  return {};
}

}  // namespace endure::persistence::lmdb
