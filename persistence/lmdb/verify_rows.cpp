// The rows that belong to workflows: steps, timers, listeners; and what stands alone.
#include <algorithm>

#include "persistence/codec.hpp"
#include "persistence/lmdb/verifier.hpp"
#include "persistence/rules.hpp"

namespace endure::persistence::lmdb {

using workflow::is_ended;

void Verifier::check_meta() {
  walk(schema_.meta, [&](const std::string& name, std::string_view bytes) {
    read(decode_number(bytes), schema_.meta, name);
  });
}

// -- steps --------------------------------------------------------------------

template <class Keys>
void Verifier::check_step(const Table<Keys>& table, const typename Keys::Key& key,
                          const StepKey& step, std::string_view bytes, StepState state,
                          Instant due) {
  const auto record = read(decode_step(step, bytes), table, key);
  const auto* s = owner(step.workflow);
  if (s == nullptr) {
    report(table, key, "its workflow is not there");
  } else {
    const auto is_dead = state == StepState::dead;
    const bool listed = std::any_of(s->steps.begin(), s->steps.end(), [&](const auto& open) {
      return open.wait == step.wait && open.queue == step.queue && open.dead == is_dead &&
             open.priority == step.priority && open.enqueued == step.enqueued &&
             (open.detached || !is_ended(s->phase));
    });
    if (!listed && is_ended(s->phase)) report(table, key, "its workflow has ended");
    if (!listed && !is_ended(s->phase)) report(table, key, "its workflow does not know of it");
    if (record && record->name != s->name) report(table, key, "it names another workflow");
  }
  const auto parked_bytes = schema_.parked.get(txn_, step);
  if (state == StepState::ready) {
    if (parked_bytes) report(table, key, "it is ready, and parked as well");
    return;
  }
  const auto parked = parked_bytes ? decode_parked(*parked_bytes) : fail(Code::not_found, {});
  if (!parked || parked->state != state || parked->due != due) {
    report(table, key, "the table parked does not know where it lies");
  }
}

void Verifier::check_ready() {
  walk(schema_.ready, [&](const StepKey& key, std::string_view bytes) {
    ++counted_[key.queue].ready;
    check_step(schema_.ready, key, key, bytes, StepState::ready, {});
  });
}

void Verifier::check_delayed() {
  walk(schema_.delayed, [&](const DelayedKey& key, std::string_view bytes) {
    ++counted_[key.step.queue].delayed;
    check_step(schema_.delayed, key, key.step, bytes, StepState::delayed, key.due);
  });
}

void Verifier::check_dead() {
  walk(schema_.dead, [&](const StepKey& key, std::string_view bytes) {
    ++counted_[key.queue].dead;
    check_step(schema_.dead, key, key, bytes, StepState::dead, {});
  });
}

void Verifier::check_parked() {
  walk(schema_.parked, [&](const StepKey& key, std::string_view bytes) {
    const auto parked = read(decode_parked(bytes), schema_.parked, key);
    if (!parked) return;
    const bool is_there = parked->state == StepState::dead
                              ? schema_.dead.get(txn_, key).has_value()
                              : schema_.delayed.get(txn_, {parked->due, key}).has_value();
    if (!is_there) report(schema_.parked, key, "the step is not where it should lie");
  });
}

void Verifier::check_queues() {
  walk(schema_.queues, [&](const std::string& queue, std::string_view bytes) {
    const auto state = read(decode_queue(bytes), schema_.queues, queue);
    const auto rows = counted_.extract(queue);
    const auto counts = rows.empty() ? QueueCounts() : rows.mapped();
    if (state && !(state->counts == counts)) {
      report(schema_.queues, queue, "its counts are not those of its steps");
    }
  });
  if (is_full()) return;  // the steps were not all counted
  for (const auto& [queue, counts] : counted_) {
    report(schema_.queues, queue, "there are steps on it, and no row that counts them");
  }
}

// -- timers, events, definitions ----------------------------------------------

void Verifier::check_timers() {
  walk(schema_.timers, [&](const TimerKey& key, std::string_view) {
    const auto* s = owner(key.workflow);
    const bool listed = s != nullptr && !is_ended(s->phase) &&
                        std::any_of(s->timers.begin(), s->timers.end(), [&](const auto& open) {
                          return open.wait == key.wait && open.due == key.due;
                        });
    if (!listed) report(schema_.timers, key, "no live workflow knows of it");
  });
}

void Verifier::check_listeners() {
  walk(schema_.listeners, [&](const ListenerKey& key, std::string_view bytes) {
    const auto type = read(decode_listener(key.type, bytes), schema_.listeners, key);
    if (!type) return;
    const auto* s = owner(key.workflow);
    const bool listed =
        s != nullptr && !is_ended(s->phase) &&
        std::any_of(s->listeners.begin(), s->listeners.end(),
                    [&](const auto& open) { return open.wait == key.wait && open.type == *type; });
    if (!listed) report(schema_.listeners, key, "no live workflow knows of it");
  });
}

void Verifier::check_outbox() {
  walk(schema_.outbox, [&](std::uint64_t sequence, std::string_view bytes) {
    read(decode_outbox(sequence, bytes), schema_.outbox, sequence);
  });
}

// An event that is kept, or will be, is found by its type, and by its identity where it has one.
void Verifier::check_kept() {
  const auto check_found = [&](const auto& table, const KeptRow& row) {
    if (!schema_.event_types.get(txn_, {index_text(row.type), row.sequence})) {
      report(table, row.sequence, "it is not in the index of its type");
    }
    if (!row.identity.empty() && !schema_.event_ids.get(txn_, index_text(row.identity))) {
      report(table, row.sequence, "its source and id are not in the table event_ids");
    }
  };
  walk(schema_.kept, [&](std::uint64_t sequence, std::string_view bytes) {
    if (const auto row = read(decode_kept(sequence, bytes), schema_.kept, sequence)) {
      check_found(schema_.kept, *row);
    }
  });
  walk(schema_.outbox, [&](std::uint64_t sequence, std::string_view bytes) {
    const auto row = decode_outbox(sequence, bytes);  // a damaged one is a finding already
    if (row && row->keep) check_found(schema_.outbox, kept_from(*row));
  });
  const auto is_there = [&](std::uint64_t sequence) {
    return schema_.kept.get(txn_, sequence) || schema_.outbox.get(txn_, sequence);
  };
  walk(schema_.event_types, [&](const TypeKey& key, std::string_view) {
    if (!is_there(key.sequence)) report(schema_.event_types, key, "its event is not there");
  });
  walk(schema_.event_ids, [&](const std::string& key, std::string_view bytes) {
    const auto sequence = read(decode_number(bytes), schema_.event_ids, key);
    if (sequence && !is_there(*sequence)) report(schema_.event_ids, key, "its event is not there");
  });
  walk(schema_.looking, [&](WorkflowNumber number, std::string_view) {
    const auto* s = owner(number);
    if (s == nullptr || is_ended(s->phase)) report(schema_.looking, number, "no live workflow");
  });
}

void Verifier::check_sinks() {
  walk(schema_.sinks, [&](const SinkKey& key, std::string_view bytes) {
    read(decode_sink_event(key, bytes), schema_.sinks, key);
  });
}

void Verifier::check_definitions() {
  walk(schema_.definitions, [&](const workflow::DefinitionRef& ref, std::string_view bytes) {
    read(decode_definition(ref, bytes), schema_.definitions, ref);
  });
}

// -- schedules ----------------------------------------------------------------

void Verifier::check_schedules() {
  walk(schema_.schedules, [&](const WorkflowName& key, std::string_view bytes) {
    const auto row = read(decode_schedule(key, bytes), schema_.schedules, key);
    if (!row) return;
    if (!schema_.definitions.get(txn_, {key.ns, key.id, row->version})) {
      report(schema_.schedules, key, "its definition is not there");
    }
  });
}

void Verifier::check_triggers() {
  walk(schema_.triggers, [&](const TriggerKey& key, std::string_view bytes) {
    read(decode_trigger(key, bytes), schema_.triggers, key);
    if (!schema_.schedules.get(txn_, {key.ns, key.name})) {
      report(schema_.triggers, key, "its schedule is not there");
    }
  });
}

}  // namespace endure::persistence::lmdb
