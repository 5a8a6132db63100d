// The tables that are about workflows as such.
#include <algorithm>

#include "persistence/codec.hpp"
#include "persistence/lmdb/verifier.hpp"
#include "persistence/snapshot_head.hpp"

namespace endure::persistence::lmdb {

using workflow::is_ended;
using workflow::Phase;
using workflow::Snapshot;

void Verifier::check_snapshots() {
  walk(schema_.snapshots, [&](WorkflowNumber number, std::string_view bytes) {
    const auto snapshot = read(decode_snapshot(bytes), schema_.snapshots, number);
    if (!snapshot) return;
    check_snapshot(number, *snapshot);
    check_open_rows(number, *snapshot);
  });
}

void Verifier::check_snapshot(WorkflowNumber number, const Snapshot& s) {
  const auto& table = schema_.snapshots;
  if (s.number != number) report(table, number, "the snapshot is another workflow's");
  if (!schema_.names.get(txn_, s.name)) report(table, number, "its name is not in the table names");
  if (!schema_.phases.get(txn_, {s.phase, number})) {
    report(table, number, "it is not in the index of its phase");
  }
  if (!s.status.empty() && !schema_.statuses.get(txn_, {index_text(s.status), number})) {
    report(table, number, "it is not in the index of its status");
  }
  if (is_ended(s.phase) && !schema_.ended.get(txn_, {s.updated, number})) {
    report(table, number, "it has ended and is not in the index of those");
  }
  if (is_arriving(Numbering::shard(number))) return;
  if (!schema_.history.get(txn_, {number, s.transition})) {
    report(table, number, "its last transition has no history record");
  }
  if (!is_ended(s.phase) && !schema_.definitions.get(txn_, s.definition)) {
    report(table, number, "its definition is not stored");
  }
  if (s.parent && schema_.snapshots.get(txn_, s.parent->number) &&
      !schema_.children.get(txn_, {s.parent->number, number})) {
    report(table, number, "it is not in the index of its parent's children");
  }
  if (s.phase != Phase::waiting && s.phase != Phase::running) return;
  Cursor mailbox(txn_, schema_.mailbox);
  const bool has_message = mailbox.at_or_after({number, 0}) && mailbox.key().workflow == number;
  const bool has_child = std::any_of(s.children.begin(), s.children.end(), [&](const auto& child) {
    if (may_be_elsewhere(child.number)) return true;
    const auto bytes = schema_.snapshots.get(txn_, child.number);
    const auto head = bytes ? peek_snapshot(*bytes) : std::nullopt;
    return head && !is_ended(head->phase);
  });
  if (s.steps.empty() && s.timers.empty() && s.listeners.empty() && !has_child && !has_message) {
    report(table, number,
           "it waits for nothing: no step, timer, listener, child or message can move it");
  }
}

// Every row that the snapshot speaks of is there.
void Verifier::check_open_rows(WorkflowNumber number, const Snapshot& s) {
  const auto& table = schema_.snapshots;
  for (const auto& open : s.steps) {
    const StepKey key{open.queue, open.priority, open.enqueued, number, open.wait};
    const auto wait = std::to_string(open.wait);
    if (open.dead) {
      if (!schema_.dead.get(txn_, key))
        report(table, number, "its dead step " + wait + " is missing");
      continue;
    }
    if (schema_.ready.get(txn_, key)) continue;
    const auto bytes = schema_.parked.get(txn_, key);
    const auto parked = bytes ? decode_parked(*bytes) : fail(Code::not_found, {});
    if (!parked || parked->state != StepState::delayed) {
      report(table, number, "its step " + wait + " is on no queue");
    }
  }
  for (const auto& timer : s.timers) {
    if (!schema_.timers.get(txn_, {timer.due, number, timer.wait})) {
      report(table, number, "its timer " + std::to_string(timer.wait) + " is missing");
    }
  }
  for (const auto& listener : s.listeners) {
    if (!schema_.listeners.get(txn_, {index_text(listener.type), number, listener.wait})) {
      report(table, number, "its listener " + std::to_string(listener.wait) + " is missing");
    }
  }
}

void Verifier::check_names() {
  walk(schema_.names, [&](const WorkflowName& name, std::string_view bytes) {
    const auto number = read(decode_number(bytes), schema_.names, name);
    if (!number) return;
    const auto snapshot = schema_.snapshots.get(txn_, *number);
    if (!snapshot) return report(schema_.names, name, "it names a workflow that is not there");
    const auto summary = decode_summary(*snapshot);
    if (summary && summary->name != name) {
      report(schema_.names, name, "it names another workflow, " + std::to_string(*number));
    }
  });
}

void Verifier::check_history() {
  RecordKey last;
  walk(schema_.history, [&](RecordKey key, std::string_view bytes) {
    const auto record = read(decode_history(bytes), schema_.history, key);
    if (record && record->transition != key.record) {
      report(schema_.history, key, "the record is another transition's");
    }
    if (key.workflow == last.workflow && key.record != last.record + 1) {
      report(schema_.history, key, "the transitions before it are missing");
    }
    last = key;
    const auto snapshot = schema_.snapshots.get(txn_, key.workflow);
    if (!snapshot) return report(schema_.history, key, "its workflow is not there");
    const auto head = peek_snapshot(*snapshot);
    if (head && key.record > head->transition) {
      report(schema_.history, key, "its workflow has not come that far");
    }
  });
}

void Verifier::check_mailbox() {
  walk(schema_.mailbox, [&](RecordKey key, std::string_view bytes) {
    read(decode_event(bytes), schema_.mailbox, key);
    if (!schema_.snapshots.get(txn_, key.workflow)) {
      report(schema_.mailbox, key, "its workflow is not there");
    }
  });
}

void Verifier::check_indexes() {
  const std::string wrong = "the index does not fit its workflow";
  walk(schema_.phases, [&](PhaseKey key, std::string_view) {
    const auto* s = owner(key.workflow);
    if (s == nullptr || s->phase != key.phase) report(schema_.phases, key, wrong);
  });
  walk(schema_.statuses, [&](const StatusKey& key, std::string_view) {
    const auto* s = owner(key.workflow);
    if (s == nullptr || index_text(s->status) != key.status) report(schema_.statuses, key, wrong);
  });
  walk(schema_.children, [&](RecordKey key, std::string_view) {
    const auto* s = owner(key.record);
    if (s == nullptr || !s->parent || s->parent->number != key.workflow) {
      report(schema_.children, key, wrong);
    }
  });
  walk(schema_.ended, [&](EndedKey key, std::string_view) {
    const auto* s = owner(key.workflow);
    if (s == nullptr || !is_ended(s->phase) || s->updated != key.updated) {
      report(schema_.ended, key, wrong);
    }
  });
}

}  // namespace endure::persistence::lmdb
