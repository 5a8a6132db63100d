#include "actors/shard_supervisor.hpp"

#include <utility>

#include "actors/containment.hpp"
#include "actors/workflow_actor.hpp"
#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "persistence/codec.hpp"
#include "persistence/rules.hpp"

namespace endure::actors {

namespace {

// The messages of its mailbox. One that is damaged goes with the transition that suspends the
// workflow.
bool read_mailbox(Context& context, const persistence::StoredWorkflow& stored,
                  workflow::Snapshot& snapshot, WorkflowLoaded& loaded) {
  for (const auto& row : stored.mailbox) {
    auto event = persistence::decode_event(row.event);
    if (event) {
      snapshot.mailbox.push_back({row.sequence, std::move(*event)});
      continue;
    }
    loaded.error = event.error();
    if (loaded.error.code != Code::corrupt) return false;
    const persistence::DamagedRow damaged{
        "mailbox", std::to_string(loaded.number) + "/" + std::to_string(row.sequence),
        event.error().what, loaded.number};
    context.store.damage().note(damaged);
    loaded.damage.emplace_back(damage_cause(damaged), row.sequence);
  }
  return true;
}

WorkflowLoaded read_workflow(Context& context, WorkflowNumber number) {
  WorkflowLoaded loaded;
  loaded.number = number;
  auto stored = context.store.load_workflow(number);
  if (!stored) {
    loaded.error = stored.error();
    return loaded;
  }
  if (!*stored) {
    loaded.error = {Code::not_found, "there is no workflow number " + std::to_string(number), ""};
    return loaded;
  }
  auto snapshot = persistence::decode_snapshot((*stored)->snapshot);
  if (!snapshot) {
    loaded.error = snapshot.error();
    return loaded;
  }
  if (!read_mailbox(context, **stored, *snapshot, loaded)) return loaded;
  const auto& ref = snapshot->definition;
  auto definition = context.definitions.find(ref.ns, ref.name, ref.version);
  if (definition) {
    loaded.definition = std::move(*definition);
  } else {
    loaded.error = definition.error();
    if (loaded.error.code == Code::corrupt) {
      loaded.damage.emplace_back("Its definition " + to_string(ref) + " cannot be read (" +
                                     loaded.error.where + "): " + loaded.error.what,
                                 0);
    }
  }
  loaded.may_look = (*stored)->may_look;
  loaded.snapshot = std::make_shared<workflow::Snapshot>(std::move(*snapshot));
  return loaded;
}

void refuse(const DeliverEvent& event, const Error& error) {
  event.settle(Failure{error}, nullptr);
  if (event.answer) event.answer->refuse(error);
}

Error not_here(WorkflowNumber number) {
  return persistence::not_here(Numbering::shard(number));
}

}  // namespace

ShardSupervisor::ShardSupervisor(caf::actor_config& config, Context& context, ShardSlot& slot,
                                 const std::string& path)
    : EndureActor(config), context_(context), slot_(slot), vitals_(context.vitals(path)) {}

caf::behavior ShardSupervisor::make_behavior() {
  return {
      [this](const WorkArrived&) { take_work(); },
      [this](const ActivateWorkflow& m) { on_activate(m); },
      [this](const WorkflowLoaded& m) { on_loaded(m); },
      [this](const WorkflowIdle& m) { on_idle(m); },
      [this](const WorkflowFailed& m) { on_failed(m); },
      [this](const ReviveWorkflow& m) { on_revive(m); },
      [this](const ShardLeft& m) { on_left(m); },
      [this](const Tick&) { on_tick(); },
      [this](const ShowVitals&) { vitals_->shown(mailbox().size()); },
  };
}

void ShardSupervisor::on_exit() {
  // CAF leaves the children of a dead supervisor alive; ours must not outlive it.
  for (auto& [number, child] : children_) exit_urgently(child.actor);
  children_.clear();
  loading_.clear();
}

// -- events ---------------------------------------------------------------------

void ShardSupervisor::take_work() {
  for (ShardWork& work : slot_.take()) {
    if (auto* event = std::get_if<DeliverEvent>(&work)) {
      deliver(std::move(*event));
    } else {
      start(std::move(std::get<StartWorkflow>(work)));
    }
  }
}

void ShardSupervisor::start(StartWorkflow&& start) {
  const Instant now = context_.clock.now();
  workflow::Snapshot snapshot =
      workflow::new_workflow(start.number, std::move(start.name), *start.definition, now);
  DeliverEvent first{start.number, workflow::Started{std::move(start.input)}, 0,
                     std::move(start.settle)};
  first.schedule = std::move(start.schedule);
  spawn_child(std::move(snapshot), std::move(start.definition), {}, WorkflowActor::Origin::created,
              std::move(first));
}

void ShardSupervisor::deliver(DeliverEvent&& event) {
  ENDURE_FAULT_POINT("shard.before_delivery");
  const auto child = children_.find(event.number);
  if (child != children_.end()) {
    forward(child->second, std::move(event));
    return;
  }
  const WorkflowNumber number = event.number;
  if (!context_.is_here(number)) return refuse(event, not_here(number));
  const auto [waiting, fresh] = loading_.try_emplace(number);
  waiting->second.push_back(std::move(event));
  if (fresh) load(number);
}

void ShardSupervisor::on_activate(const ActivateWorkflow& activate) {
  if (children_.contains(activate.number)) return;
  if (loading_.try_emplace(activate.number).second) load(activate.number);
}

void ShardSupervisor::forward(Child& child, DeliverEvent&& event) {
  ++child.sent;
  child.last_sent_ms = context_.clock.steady_ms();
  tell(child.actor, std::move(event));
}

// -- activation -------------------------------------------------------------------

void ShardSupervisor::load(WorkflowNumber number) {
  context_.loader.post([self = caf::actor_cast<caf::actor>(this), &context = context_,
                        number] { tell(self, read_workflow(context, number)); },
                       number);
}

void ShardSupervisor::load_after_barrier(WorkflowNumber number) {
  context_.journal.submit(persistence::LeasesKept{}, [self = caf::actor_cast<caf::actor>(this),
                                                      &context = context_,
                                                      number](const Result<void>&) {
    context.loader.post([self, &context, number] { tell(self, read_workflow(context, number)); });
  });
}

void ShardSupervisor::on_loaded(const WorkflowLoaded& loaded) {
  auto waiting = loading_.extract(loaded.number);
  if (waiting.empty() || children_.contains(loaded.number)) return;
  if (!context_.is_here(loaded.number)) {
    for (const DeliverEvent& event : waiting.mapped()) refuse(event, not_here(loaded.number));
    return;
  }
  if (!loaded.snapshot) {
    if (loaded.error.code != Code::not_found) {
      log(Level::error, "workflow cannot be loaded",
          {{"number", loaded.number}, {"where", loaded.error.where}, {"error", loaded.error.what}});
    }
    for (const DeliverEvent& event : waiting.mapped()) refuse(event, loaded.error);
    return;
  }
  const auto origin =
      loaded.may_look ? WorkflowActor::Origin::may_look : WorkflowActor::Origin::stored;
  if (!spawn_child(*loaded.snapshot, loaded.definition, loaded.error, origin)) return;
  Child& child = children_.at(loaded.number);
  for (const auto& [cause, message] : loaded.damage) {
    forward(child, DeliverEvent{loaded.number, workflow::Crashed{cause}, message, {}});
  }
  for (DeliverEvent& event : waiting.mapped()) forward(child, std::move(event));
}

bool ShardSupervisor::spawn_child(workflow::Snapshot snapshot, DefinitionPtr definition,
                                  Error error, WorkflowActor::Origin origin,
                                  std::optional<DeliverEvent> first) {
  const WorkflowNumber number = snapshot.number;
  try {
    Child child;
    child.sent = first ? 1 : 0;
    child.actor = spawn<WorkflowActor>(context_, std::move(snapshot), std::move(definition),
                                       std::move(error), origin, std::move(first));
    child.last_sent_ms = context_.clock.steady_ms();
    children_[number] = std::move(child);
    vitals_->children = children_.size();
    return true;
  } catch (const std::exception& e) {
    on_failed({number, e.what()});
    return false;
  }
}

// -- leaving and dying --------------------------------------------------------------

void ShardSupervisor::on_idle(const WorkflowIdle& idle) {
  const auto child = children_.find(idle.number);
  if (child == children_.end()) return;
  // A delivery may be on its way; the actor speaks up again when it has had it.
  if (idle.received != WorkflowIdle::never_was && idle.received != child->second.sent) return;
  tell(child->second.actor, EndActor{});
  children_.erase(child);
  vitals_->children = children_.size();
}

// The children have had everything that was committed for them; what they still hold is refused.
void ShardSupervisor::on_left(const ShardLeft& left) {
  const auto is_of = [&](const auto& entry) { return Numbering::shard(entry.first) == left.shard; };
  std::erase_if(children_, [&](const auto& entry) {
    if (is_of(entry)) tell(entry.second.actor, EndActor{});
    return is_of(entry);
  });
  vitals_->children = children_.size();
  for (const auto& [number, waiting] : loading_) {
    if (Numbering::shard(number) != left.shard) continue;
    for (const DeliverEvent& event : waiting) refuse(event, not_here(number));
  }
  std::erase_if(loading_, is_of);
  std::erase_if(failures_, is_of);
}

void ShardSupervisor::on_failed(const WorkflowFailed& failed) {
  children_.erase(failed.number);
  vitals_->children = children_.size();
  vitals_->failed(failed.cause);
  ++context_.counters.restarts;
  const auto [entry, fresh] =
      failures_.try_emplace(failed.number, context_.config.restart_intensity,
                            context_.config.restart_period_ms, context_.config.restart_backoff_ms);
  RestartIntensity& intensity = entry->second;
  auto& waiting = loading_[failed.number];
  if (intensity.allow(context_.clock.steady_ms())) {
    log(Level::warning, "workflow actor died, it is restarted",
        {{"number", failed.number}, {"cause", failed.cause}, {"failures", intensity.failures()}});
    tell_later(this, intensity.delay_ms(), ReviveWorkflow{failed.number});
  } else {
    log(Level::error, "workflow suspended: its actor keeps dying",
        {{"number", failed.number}, {"cause", failed.cause}, {"failures", intensity.failures()}});
    waiting.insert(waiting.begin(),
                   DeliverEvent{failed.number, workflow::Crashed{failed.cause}, 0, {}});
    failures_.erase(entry);
    load_after_barrier(failed.number);
  }
  // What the dead actor had committed but not announced is found in the tables.
  context_.rescan_all();
}

void ShardSupervisor::on_revive(const ReviveWorkflow& revive) {
  if (children_.contains(revive.number) || !loading_.contains(revive.number)) return;
  load_after_barrier(revive.number);
}

// -- housekeeping -------------------------------------------------------------------

void ShardSupervisor::on_tick() {
  const std::int64_t now = context_.clock.steady_ms();
  for (auto& [number, child] : children_) {
    if (now - child.last_sent_ms < context_.config.passivate_after_ms) continue;
    child.last_sent_ms = now;
    tell(child.actor, PassivateIfIdle{});
  }
  std::erase_if(failures_, [this, now](const auto& entry) {
    return entry.second.quiet_since(now - context_.config.restart_period_ms);
  });
}

}  // namespace endure::actors
