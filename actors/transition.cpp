#include "actors/transition.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "persistence/codec.hpp"
#include "workflow/lifecycle.hpp"

namespace endure::actors {

using persistence::StepKey;
using persistence::StepRecord;
using persistence::Transition;
using workflow::Snapshot;
using workflow::WaitId;

namespace {

const workflow::OpenStep* find_step(const Snapshot& snapshot, WaitId wait) {
  const auto found = std::find_if(snapshot.steps.begin(), snapshot.steps.end(),
                                  [wait](const auto& step) { return step.wait == wait; });
  return found == snapshot.steps.end() ? nullptr : &*found;
}

// Puts each effect where the commit needs it.
class EffectWriter {
 public:
  EffectWriter(Transition& out, const Snapshot* before, const Snapshot& next,
               const workflow::Event& event, std::uint64_t message, persistence::Store& store,
               const EngineConfig& config)
      : out_(out),
        before_(before),
        next_(next),
        event_(event),
        message_(message),
        store_(store),
        config_(config) {}

  void operator()(const workflow::EnqueueStep& effect) {
    if (ENDURE_MUTANT("lost_step")) return;
    StepRecord step;
    step.key = key(next_, effect.wait);
    step.name = next_.name;
    step.task = effect.task;
    step.max_attempts = effect.policy.max_attempts.value_or(config_.default_max_attempts);
    step.lease_ms = effect.policy.lease_ms.value_or(config_.default_lease_ms);
    step.backoff_ms = effect.policy.backoff_ms.value_or(config_.default_backoff_ms);
    step.max_backoff_ms = effect.policy.max_backoff_ms.value_or(
        std::max(config_.default_max_backoff_ms, step.backoff_ms));
    step.arguments = persistence::encode_value(effect.arguments);
    out_.enqueue.push_back(std::move(step));
  }
  void operator()(const workflow::RemoveStep& effect) {
    if (workflow::is_ended(next_.phase) && ENDURE_MUTANT("hand_out_after_end")) return;
    out_.remove_steps.push_back(key(*before_, effect.wait));
  }
  void operator()(const workflow::BuryStep& effect) {
    out_.bury_steps.push_back({key(*before_, effect.wait), effect.fault, next_.updated});
  }
  void operator()(const workflow::RedriveStep& effect) {
    out_.redrive_steps.push_back(key(*before_, effect.wait));
  }
  void operator()(const workflow::ArmTimer& effect) {
    if (ENDURE_MUTANT("lost_timer")) return;
    out_.arm_timers.push_back({effect.due, next_.number, effect.wait});
  }
  void operator()(const workflow::DisarmTimer& effect) {
    out_.disarm_timers.push_back({effect.due, next_.number, effect.wait});
  }
  void operator()(const workflow::Listen& effect) {
    out_.listen.push_back({effect.type, next_.number, effect.wait});
  }
  void operator()(const workflow::Unlisten& effect) {
    out_.unlisten.push_back({effect.type, next_.number, effect.wait});
  }
  void operator()(const workflow::KeepMessage&) {
    out_.keep_messages.push_back({message_, persistence::encode_event(event_)});
  }
  void operator()(const workflow::PutMessage& effect) {
    out_.keep_messages.push_back({effect.sequence, persistence::encode_event(effect.event)});
  }
  void operator()(const workflow::ConsumeMessage& effect) {
    out_.consume_messages.push_back(effect.sequence);
  }
  void operator()(const workflow::PublishEvent& effect) {
    persistence::OutboxRow row;
    row.sequence = store_.next_sequence();
    row.event = persistence::encode_value(effect.event);
    row.type = effect.event->value("type", "");
    row.keep = config_.keep_events_ms > 0;
    row.accepted = next_.updated;
    out_.publish.push_back(std::move(row));
  }

  void operator()(const workflow::StartChild& effect) {
    const workflow::Outcome created = workflow::new_child(next_, effect, next_.updated);
    persistence::ChildRow child;
    child.workflow = effect.number;
    child.name = effect.name;
    child.snapshot = persistence::encode_snapshot(created.next);
    persistence::HistoryRecord record;
    record.transition = created.next.transition;
    record.at = created.next.updated;
    record.event = "created";
    record.entries = created.history;
    child.history = persistence::encode_history(record);
    child.start = {store_.next_sequence(), persistence::encode_event(workflow::Started{})};
    child.refusal = {store_.next_sequence(), persistence::encode_event(name_taken(effect))};
    out_.children.push_back(std::move(child));
  }
  void operator()(const workflow::CancelChild& effect) {
    out_.deliver.push_back({effect.number,
                            {store_.next_sequence(),
                             persistence::encode_event(workflow::CancelRequested{effect.reason})}});
  }
  void operator()(const workflow::TellParent& effect) {
    out_.deliver.push_back(
        {effect.parent, {store_.next_sequence(), persistence::encode_event(effect.event)}});
  }

 private:
  static workflow::ChildEnded name_taken(const workflow::StartChild& child) {
    const std::string name = child.name.ns + "/" + child.name.id;
    workflow::Fault fault = workflow::configuration_fault(
        "The child's name " + name +
        " is taken by another workflow. Start the parent under another id.");
    return {child.wait, name, {}, std::move(fault)};
  }

  StepKey key(const Snapshot& snapshot, WaitId wait) const { return step_key(snapshot, wait); }

  Transition& out_;
  const Snapshot* before_;
  const Snapshot& next_;
  const workflow::Event& event_;
  std::uint64_t message_;
  persistence::Store& store_;
  const EngineConfig& config_;
};

// Without the entries, which the outcome has.
persistence::HistoryRecord record_of(const workflow::Outcome& outcome, std::string event) {
  persistence::HistoryRecord record;
  record.transition = outcome.next.transition;
  record.at = outcome.next.updated;
  record.phase = outcome.next.phase;
  record.status = outcome.next.status;
  record.event = std::move(event);
  return record;
}

std::string encode_record(const workflow::Outcome& outcome, const workflow::Event& event) {
  persistence::HistoryRecord record =
      record_of(outcome, std::string(persistence::event_kind(event)));
  if (const auto* completed = std::get_if<workflow::StepCompleted>(&event)) {
    record.worker = completed->worker;
    record.attempt = completed->attempt;
  } else if (const auto* failed = std::get_if<workflow::StepFailed>(&event)) {
    record.worker = failed->worker;
    record.attempt = failed->attempt;
  }
  return persistence::encode_history_with(record, outcome.history);
}

Transition change_of(const Snapshot* before, const Snapshot& next) {
  Transition out;
  out.workflow = next.number;
  out.name = next.name;
  out.definition = next.definition;
  out.create = before == nullptr;
  out.number = next.transition;
  out.snapshot = persistence::encode_snapshot(next);
  if (before != nullptr) out.index_before = {before->phase, before->status};
  out.index_after = {next.phase, next.status};
  return out;
}

}  // namespace

void number_children(workflow::Outcome& outcome, persistence::Store& store) {
  for (workflow::Effect& effect : outcome.effects) {
    auto* start = std::get_if<workflow::StartChild>(&effect);
    if (start == nullptr || start->number != 0) continue;
    start->number = store.numbering().workflow(store.next_sequence(), start->name);
    for (auto& child : outcome.next.children) {
      if (child.wait == start->wait) child.number = start->number;
    }
  }
}

StepKey step_key(const Snapshot& snapshot, WaitId wait) {
  const workflow::OpenStep* step = find_step(snapshot, wait);
  ENDURE_ASSERT(step != nullptr);
  return {step->queue, step->priority, step->enqueued, snapshot.number, wait};
}

Transition make_transition(const Snapshot* before, const workflow::Outcome& outcome,
                           const workflow::Event& event, std::uint64_t message,
                           persistence::Store& store, const EngineConfig& config) {
  const Snapshot& next = outcome.next;
  Transition out = change_of(before, next);
  out.history = encode_record(outcome, event);
  EffectWriter write(out, before, next, event, message, store, config);
  for (const workflow::Effect& effect : outcome.effects) std::visit(write, effect);
  return out;
}

Transition make_migration(const Snapshot& before, const workflow::Outcome& outcome) {
  Transition out = change_of(&before, outcome.next);
  out.history = persistence::encode_history_with(record_of(outcome, "migrated"), outcome.history);
  return out;
}

void add_sink_events(Transition& change, const workflow::Definition* definition,
                     const Snapshot* before, const workflow::Outcome& outcome,
                     persistence::Store& store, const EngineConfig& config) {
  const workflow::EventTypes types(config.sink_types);
  for (const auto& event : workflow::lifecycle_events(definition, before, outcome, types)) {
    const auto sequence = store.next_sequence();
    const auto bytes = persistence::encode_value(event);
    for (const auto& sink : config.sinks) {
      change.sink_events.push_back({{sink, sequence}, change.workflow, bytes});
    }
  }
}

}  // namespace endure::actors
