#include "base/assert.hpp"
#include "persistence/change_check.hpp"
#include "persistence/codec.hpp"
#include "persistence/memory/memory_store.hpp"
#include "persistence/rules.hpp"
#include "persistence/snapshot_head.hpp"

namespace endure::persistence {

using workflow::is_ended;

Result<void> MemoryStore::commit(std::span<const Change> changes, std::span<Result<void>> results) {
  ENDURE_ASSERT(changes.size() == results.size());
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    results[i] = check(changes[i]);
    if (results[i]) {
      results[i] = std::visit([this](const auto& change) { return apply(change); }, changes[i]);
    }
  }
  ++commits_;
  changes_ += changes.size();
  return {};
}

Result<void> MemoryStore::apply(const Transition& t) {
  const auto found = workflows_.find(t.workflow);
  if (t.create) {
    if (names_.contains(t.name)) return Failure(name_taken(t.name));
    if (found != workflows_.end()) return Failure(name_taken(found->second.name));
  } else if (found == workflows_.end()) {
    return Failure(no_such_workflow(t.workflow));
  }
  const auto stored = t.create ? SnapshotHead() : *peek_snapshot(found->second.snapshot);
  if (t.number != stored.transition + 1) {
    return Failure(wrong_transition(t.workflow, stored.transition, t.number));
  }
  if (!t.create && t.index_before->phase != stored.phase) return Failure(wrong_index(t.workflow));
  const auto summary = decode_summary(t.snapshot);
  if (!summary) return Failure(summary.error());
  if (t.schedule) {
    if (auto follows = check_revision(*t.schedule); !follows) return follows;
    write_schedule(*t.schedule);
  }

  if (t.create) names_[t.name] = t.workflow;
  auto& workflow = workflows_[t.workflow];
  if (t.create) workflow.name = t.name;
  if (!t.create) ended_.erase({decode_summary(workflow.snapshot)->updated, t.workflow});
  workflow.snapshot = t.snapshot;
  workflow.history[t.number] = t.history;
  if (is_ended(summary->phase)) ended_.insert({summary->updated, t.workflow});
  apply_steps(t);
  for (const auto& key : t.disarm_timers) timers_.erase(key);
  timers_.insert(t.arm_timers.begin(), t.arm_timers.end());
  for (const auto& key : t.unlisten) listeners_.erase(key);
  listeners_.insert(t.listen.begin(), t.listen.end());
  apply_looking(t);
  for (const auto& message : t.keep_messages) workflow.mailbox[message.sequence] = message.event;
  for (const auto sequence : t.consume_messages) workflow.mailbox.erase(sequence);
  for (const auto& row : t.publish) put_outbox(row);
  for (const auto& child : t.children) create_child(t, child);
  for (const auto& delivery : t.deliver) deliver(delivery);
  for (const auto& row : t.sink_events) sinks_[row.key] = row;
  return {};
}

void MemoryStore::create_child(const Transition& t, const ChildRow& child) {
  if (names_.contains(child.name)) {
    if (is_ended(t.index_after.phase)) return;
    workflows_[t.workflow].mailbox[child.refusal.sequence] = child.refusal.event;
    return;
  }
  names_[child.name] = child.workflow;
  auto& workflow = workflows_[child.workflow];
  workflow.name = child.name;
  workflow.snapshot = child.snapshot;
  workflow.history[1] = child.history;
  workflow.mailbox[child.start.sequence] = child.start.event;
}

void MemoryStore::deliver(const Delivery& delivery) {
  const auto it = workflows_.find(delivery.workflow);
  if (it == workflows_.end() || is_ended(peek_snapshot(it->second.snapshot)->phase)) return;
  it->second.mailbox[delivery.message.sequence] = delivery.message.event;
}

void MemoryStore::apply_steps(const Transition& t) {
  for (const auto& key : t.remove_steps) remove_step(key);
  for (const auto& bury : t.bury_steps) {
    if (auto step = take_live_step(bury.key)) dead_[bury.key] = buried(*std::move(step), bury);
  }
  for (const auto& key : t.redrive_steps) {
    auto row = dead_.extract(key);
    if (!row.empty()) ready_[key] = redriven(std::move(row.mapped()));
  }
  for (const auto& step : t.enqueue) {
    ready_[step.key] = step;
    queues_.try_emplace(step.key.queue, false);
  }
}

MemoryStore::Delayed::iterator MemoryStore::find_delayed(const StepKey& key) {
  for (auto it = delayed_.lower_bound({key.queue, Instant{INT64_MIN}, StepKey{}});
       it != delayed_.end() && std::get<0>(it->first) == key.queue; ++it) {
    if (std::get<2>(it->first) == key) return it;
  }
  return delayed_.end();
}

std::optional<StepRecord> MemoryStore::take_live_step(const StepKey& key) {
  if (auto row = ready_.extract(key); !row.empty()) return std::move(row.mapped());
  const auto it = find_delayed(key);
  if (it == delayed_.end()) return std::nullopt;
  return std::move(delayed_.extract(it).mapped());
}

void MemoryStore::remove_step(const StepKey& key) {
  if (!take_live_step(key)) dead_.erase(key);
}

Result<void> MemoryStore::apply(const StepRetried& change) {
  const auto& key = change.record.key;
  const auto it = ready_.find(key);
  if (it == ready_.end()) return Failure(step_gone(key));
  auto step = retried(std::move(it->second), change.record);
  if (waits(change.record)) {
    ready_.erase(it);
    delayed_[{key.queue, step.due, key}] = std::move(step);
  } else {
    it->second = std::move(step);
  }
  return {};
}

Result<void> MemoryStore::apply(const StepsDue& change) {
  for (const auto& due : change.steps) {
    auto row = delayed_.extract({change.queue, due.due, due.key});
    if (!row.empty()) ready_[due.key] = come_due(std::move(row.mapped()));
  }
  return {};
}

Result<void> MemoryStore::apply(const LeasesKept& change) {
  for (const auto& lease : change.leases) {
    const auto it = ready_.find(lease.key);
    if (it != ready_.end()) it->second = leased(std::move(it->second), lease);
  }
  return {};
}

Result<void> MemoryStore::apply(const QueuePaused& change) {
  queues_[change.queue] = change.paused;
  return {};
}

Result<void> MemoryStore::apply(const DefinitionDeployed& change) {
  const auto found = definitions_.find(change.row.ref);
  if (found != definitions_.end()) {
    if (found->second.source != change.row.source) return Failure(other_source(change.row.ref));
    return {};
  }
  if (change.schedule) {
    if (auto follows = check_revision(*change.schedule); !follows) return follows;
    write_schedule(*change.schedule);
  }
  definitions_[change.row.ref] = change.row;
  return {};
}

void MemoryStore::put_outbox(const OutboxRow& row) {
  outbox_[row.sequence] = row;
  if (row.keep && !row.identity.empty()) event_ids_[row.identity] = row.sequence;
}

void MemoryStore::apply_looking(const Transition& t) {
  const bool ends = is_ended(t.index_after.phase);
  if (t.looked || ends) looking_.erase(t.workflow);
  if (ends) return;
  for (const auto& listener : t.listen) {
    for (const auto& event : held_events()) {
      const bool fits = listener.type.empty() || listener.type == event.type;
      if (fits && event.sequence > t.workflow) looking_.insert(t.workflow);
    }
  }
}

Result<void> MemoryStore::apply(const EventAccepted& change) {
  const auto& row = change.row;
  const auto same = event_ids_.find(row.identity);
  if (row.keep && !row.identity.empty() && same != event_ids_.end()) {
    return Failure(same_event(same->second));
  }
  if (outbox_.contains(row.sequence) || kept_.contains(row.sequence))
    return Failure(event_exists(row.sequence));
  put_outbox(row);
  return {};
}

Result<void> MemoryStore::apply(const EventsExpired& change) {
  for (const auto sequence : change.sequences) {
    const auto row = kept_.extract(sequence);
    if (!row.empty()) event_ids_.erase(row.mapped().identity);
  }
  return {};
}

Result<void> MemoryStore::apply(const EventsLooked& change) {
  looking_.erase(change.workflow);
  return {};
}

Result<void> MemoryStore::apply(const SinkSettled& change) {
  for (const auto& key : change.keys) sinks_.erase(key);
  return {};
}

Result<void> MemoryStore::apply(const EventDispatched& change) {
  const auto row = outbox_.find(change.sequence);
  if (row == outbox_.end()) return Failure(no_such_event(change.sequence));
  for (const auto& delivery : change.deliveries) deliver(delivery);
  for (const auto& trigger : change.triggers) {
    if (!schedules_.contains({trigger.ns, trigger.name})) continue;
    triggers_[{{trigger.ns, trigger.name}, trigger.sequence}] = trigger;
  }
  if (change.progress) {
    row->second = *change.progress;
    row->second.sequence = change.sequence;
  } else {
    if (row->second.keep) kept_[change.sequence] = kept_from(row->second);
    outbox_.erase(row);
  }
  return {};
}

Result<void> MemoryStore::check_revision(const ScheduleChanged& change) const {
  const auto it = schedules_.find({change.row.ns, change.row.name});
  const std::uint64_t stored = it == schedules_.end() ? 0 : it->second.revision;
  if (change.row.revision == stored + 1) return {};
  return Failure(schedule_moved_on(change.row, stored));
}

void MemoryStore::write_schedule(const ScheduleChanged& change) {
  const ScheduleName name{change.row.ns, change.row.name};
  for (const auto sequence : change.consumed) triggers_.erase({name, sequence});
  if (change.remove || change.forget_events) {
    std::erase_if(triggers_, [&](const auto& entry) { return entry.first.first == name; });
  }
  if (change.remove) {
    schedules_.erase(name);
  } else {
    schedules_[name] = change.row;
  }
}

Result<void> MemoryStore::apply(const ScheduleChanged& change) {
  if (auto follows = check_revision(change); !follows) return follows;
  write_schedule(change);
  return {};
}

Result<void> MemoryStore::apply(const WorkflowRemoved& change) {
  const auto it = workflows_.find(change.workflow);
  if (it == workflows_.end()) return Failure(no_such_workflow(change.workflow));
  const auto snapshot = decode_snapshot(it->second.snapshot);
  if (!snapshot) return Failure(snapshot.error());
  if (!is_ended(snapshot->phase)) return Failure(not_ended(change.workflow));
  for (const auto& s : snapshot->steps) {
    remove_step({s.queue, s.priority, s.enqueued, change.workflow, s.wait});
  }
  for (const auto& t : snapshot->timers) timers_.erase({t.due, change.workflow, t.wait});
  for (const auto& l : snapshot->listeners) listeners_.erase({l.type, change.workflow, l.wait});
  looking_.erase(change.workflow);
  ended_.erase({snapshot->updated, change.workflow});
  names_.erase(it->second.name);
  workflows_.erase(it);
  return {};
}

}  // namespace endure::persistence
