#include "actors/schedule_actor.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "persistence/codec.hpp"
#include "persistence/rules.hpp"

namespace endure::actors {

using persistence::ScheduleChanged;
using persistence::ScheduleRow;
using workflow::Schedule;

namespace {

constexpr std::int64_t longest_sleep_ms = 1'000;
constexpr std::int64_t retry_soon_ms = 1'000;    // the volume is full, the node is busy
constexpr std::int64_t retry_later_ms = 10'000;  // something that does not pass by itself

// Whether the next run has to know when the one before has ended.
bool tracks_runs(const Schedule& schedule) {
  return schedule.kind == Schedule::Kind::after || schedule.overlap != Schedule::Overlap::allow;
}

LoadedSchedule load_one(Context& context, ScheduleRow row) {
  LoadedSchedule loaded;
  auto definition = context.definitions.find(row.ns, row.name, row.version);
  if (!definition) {
    loaded.error = definition.error().what;
  } else if (!(*definition)->schedule) {
    loaded.error = "version " + row.version + " has no schedule";
  } else {
    const std::string& zone = (*definition)->schedule->time_zone;
    auto found = workflow::find_time_zone(zone.empty() ? context.config.schedule_time_zone : zone);
    if (found) {
      loaded.zone = std::move(*found);
      loaded.definition = std::move(*definition);
    } else {
      loaded.error = found.error().what;
    }
  }
  loaded.row = std::move(row);
  return loaded;
}

SchedulesLoaded load_schedules(Context& context) {
  SchedulesLoaded loaded;
  auto rows = context.store.schedules();
  if (!rows) {
    context.fatal(rows.error());
    return loaded;
  }
  for (ScheduleRow& row : *rows) loaded.schedules.push_back(load_one(context, std::move(row)));
  return loaded;
}

}  // namespace

ScheduleActor::ScheduleActor(caf::actor_config& config, Context& context)
    : EndureActor(config), context_(context), vitals_(context.vitals("/root/schedules")) {}

caf::behavior ScheduleActor::make_behavior() {
  // After all that an actor before this one has submitted.
  context_.journal.submit(persistence::LeasesKept{}, [self = caf::actor_cast<caf::actor>(this),
                                                      &context = context_](const Result<void>&) {
    context.loader.post([self, &context] { tell(self, load_schedules(context)); });
  });
  return {
      [this](const SchedulesLoaded& m) { on_loaded(m); },
      [this](const DeployDefinition& m) { on_deploy(m); },
      [this](const ControlSchedule& m) { on_control(m); },
      [this](const TriggerSchedule& m) { on_trigger(m); },
      [this](const ReportSchedules& m) { on_report(m); },
      [this](const ScheduleSettled& m) { on_settled(m); },
      [this](const RunEnded& m) { on_run_ended(m); },
      [this](const EventsWaiting& m) { on_events(m); },
      [this](const WaitingLoaded& m) { on_waiting_loaded(m); },
      [this](const ScheduleTick& m) { on_tick(m); },
      [this](const ShardLeft& m) { on_left(m); },
      [this](const ShardArrived& m) { on_arrived(m); },
      [this](const ShowVitals&) { vitals_->shown(mailbox().size()); },
  };
}

// Whoever waits for an answer hears that the call was interrupted.
void ScheduleActor::on_exit() {
  before_loaded_.clear();
  entries_.clear();
}

void ScheduleActor::on_loaded(const SchedulesLoaded& loaded) {
  for (const LoadedSchedule& one : loaded.schedules) {
    if (!entries_.contains({one.row.ns, one.row.name})) add(one);
  }
  loaded_ = true;
  for (auto waiting = std::move(before_loaded_); !waiting.empty(); waiting.pop_front()) {
    waiting.front()();
  }
  look_all();
}

void ScheduleActor::add(const LoadedSchedule& loaded) {
  const Name name{loaded.row.ns, loaded.row.name};
  Entry& entry = entries_[name];
  entry.row = loaded.row;
  entry.definition = loaded.definition;
  entry.zone = loaded.zone;
  entry.error = loaded.error;
  if (!loaded.definition) {
    log(Level::error, "a schedule cannot run",
        {{"schedule", loaded.row.ns + "/" + loaded.row.name}, {"error", loaded.error}});
    return;
  }
  if (loaded.row.running != 0) watch(name, loaded.row.running);
  if (loaded.definition->schedule->kind == Schedule::Kind::on) load_waiting(name, entry);
}

// -- shards that come and go ----------------------------------------------------

// Whoever waits for an answer hears that the call was interrupted.
void ScheduleActor::on_left(const ShardLeft& left) {
  const auto shards = context_.store.numbering().shards;
  std::erase_if(entries_, [&](const auto& entry) {
    const auto& [ns, name] = entry.first;
    return shard_of({ns, name}, shards) == left.shard;
  });
}

void ScheduleActor::on_arrived(const ShardArrived&) {
  context_.loader.post([self = caf::actor_cast<caf::actor>(this), &context = context_] {
    tell(self, load_schedules(context));
  });
}

// -- one change at a time -------------------------------------------------------

void ScheduleActor::when_free(const Name& name, std::function<void()> work) {
  if (!loaded_) {
    before_loaded_.push_back([this, name, work = std::move(work)] { when_free(name, work); });
    return;
  }
  const auto entry = entries_.find(name);
  if (entry != entries_.end() && (entry->second.under_way || !entry->second.deferred.empty())) {
    entry->second.deferred.push_back(std::move(work));
    return;
  }
  work();
}

ScheduleChanged ScheduleActor::change_of(const Entry& entry) const {
  ScheduleChanged change;
  change.row = entry.row;
  ++change.row.revision;
  return change;
}

void ScheduleActor::submit(const Name& name, Entry& entry, ScheduleChanged change) {
  auto settle = [self = caf::actor_cast<caf::actor>(this), name](const Result<void>& result) {
    tell(self, ScheduleSettled{name.first, name.second, result});
  };
  entry.under_way = [this, name, row = change.row](const Result<void>& result) {
    Entry& changed = entries_.at(name);
    if (result) {
      adopt(changed, row);
    } else {
      changed.retry_ms = context_.clock.steady_ms() + retry_soon_ms;
      changed.error = result.error().what;
    }
  };
  context_.journal.submit(std::move(change), std::move(settle));
}

void ScheduleActor::on_settled(const ScheduleSettled& settled) {
  if (!settled.result && persistence::is_schedule_moved_on(settled.result.error())) {
    throw std::runtime_error("the stored schedule has changed under its actor: " +
                             settled.result.error().what);
  }
  const Name name{settled.ns, settled.name};
  const auto found = entries_.find(name);
  if (found == entries_.end() || !found->second.under_way) return;
  const Settled then = std::move(*found->second.under_way);
  found->second.under_way.reset();
  then(settled.result);
  look(name);
}

// The row as it is stored now.
void ScheduleActor::adopt(Entry& entry, const ScheduleRow& row) {
  context_.counters.schedule_skipped += row.skipped - entry.row.skipped;
  context_.counters.schedule_missed += row.missed - entry.row.missed;
  if (row.missed != entry.row.missed) {
    log(Level::warning, "runs of a schedule were missed",
        {{"schedule", row.ns + "/" + row.name}, {"missed", row.missed - entry.row.missed}});
  }
  entry.row = row;
  entry.error.clear();
}

// -- looking --------------------------------------------------------------------

void ScheduleActor::look_all() {
  std::vector<Name> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  for (const Name& name : names) look_without_wake(name);
  wake();
}

void ScheduleActor::look(const Name& name) {
  look_without_wake(name);
  wake();
}

void ScheduleActor::look_without_wake(const Name& name) {
  for (;;) {
    const auto found = entries_.find(name);
    if (found == entries_.end() || found->second.under_way) break;
    Entry& entry = found->second;
    if (!entry.deferred.empty()) {
      const auto work = std::move(entry.deferred.front());
      entry.deferred.pop_front();
      work();
      continue;
    }
    if (entry.row.revision == 0) {
      entries_.erase(found);
    } else {
      take_step(name, entry);
    }
    break;
  }
}

void ScheduleActor::take_step(const Name& name, Entry& entry) {
  if (entry.row.paused || !entry.definition || context_.stopping) return;
  if (context_.clock.steady_ms() < entry.retry_ms) return;
  if (entry.definition->schedule->kind == Schedule::Kind::on) {
    take_event_step(name, entry);
  } else {
    take_time_step(name, entry, context_.clock.now());
  }
}

void ScheduleActor::take_time_step(const Name& name, Entry& entry, Instant now) {
  const Schedule& schedule = *entry.definition->schedule;
  ScheduleChanged change = change_of(entry);
  ScheduleRow& row = change.row;
  if (schedule.kind == Schedule::Kind::after && entry.run_over && row.running != 0) {
    row.running = 0;
    row.due = entry.run_over_at + schedule.interval_ms;
    return submit(name, entry, std::move(change));
  }
  if (entry.run_over && !row.queued.empty()) {
    const Instant due = row.queued.front();
    row.queued.erase(row.queued.begin());
    return start_due(name, entry, std::move(change), due);
  }
  if (!row.due || *row.due > now) return;
  const workflow::LatePolicy late{context_.config.schedule_grace_ms,
                                  context_.config.schedule_max_catch_up};
  const workflow::DueStep step = due_step(schedule, *entry.zone, row.anchor, *row.due, now, late);
  row.due = step.next;
  row.missed += step.missed;
  if (!step.run) return submit(name, entry, std::move(change));
  if (entry.run_over || schedule.overlap == Schedule::Overlap::allow) {
    return start_due(name, entry, std::move(change), *step.run);
  }
  if (schedule.overlap == Schedule::Overlap::queue &&
      row.queued.size() < context_.config.schedule_max_queued) {
    row.queued.push_back(*step.run);
  } else {
    ++row.skipped;
  }
  submit(name, entry, std::move(change));
}

// -- starting -------------------------------------------------------------------

void ScheduleActor::start_due(const Name& name, Entry& entry, ScheduleChanged change, Instant due) {
  Run run;
  run.id = workflow::run_id(name.second, due);
  run.input = workflow::Value(workflow::Json::object());
  run.tracked = tracks_runs(*entry.definition->schedule);
  run.change = std::move(change);
  run.change.row.last_due = due;
  ++run.change.row.started;
  start(name, entry, std::move(run));
}

void ScheduleActor::start(const Name& name, Entry& entry, Run run) {
  if (!context_.has_room) {  // as starts by hand are refused
    entry.error = "the volume is nearly full: new workflows are refused";
    entry.retry_ms = context_.clock.steady_ms() + retry_soon_ms;
    ++context_.counters.schedule_failed;
    context_.loader.post([&context = context_] { context.look_for_room(); });
    return;
  }
  StartWorkflow message;
  message.name = {name.first, run.id};
  message.number =
      context_.store.numbering().workflow(context_.store.next_sequence(), message.name);
  message.definition = entry.definition;
  message.input = run.input;
  ScheduleRow& row = run.change.row;
  row.last_id = run.id;
  row.last_start = context_.clock.now();
  if (run.tracked) row.running = message.number;
  message.schedule = std::make_shared<const ScheduleChanged>(run.change);
  message.settle = Settle([self = caf::actor_cast<caf::actor>(this), name](
                              const Result<void>& result, const workflow::Snapshot*) {
    tell(self, ScheduleSettled{name.first, name.second, result});
  });
  ++entry.waiting_round;
  entry.under_way = [this, name, run = std::move(run)](const Result<void>& result) {
    ++entries_.at(name).waiting_round;
    result ? started(name, run) : not_started(name, run, result.error());
  };
  ENDURE_FAULT_POINT("schedule.before_start");
  context_.tell_shard(std::move(message));
}

void ScheduleActor::started(const Name& name, const Run& run) {
  ENDURE_FAULT_POINT("schedule.started");
  Entry& entry = entries_.at(name);
  adopt(entry, run.change.row);
  ++context_.counters.schedule_runs;
  if (run.tracked) {
    entry.run_over = false;
    watch(name, run.change.row.running);
  }
  forget(name, entry, run.change.consumed);
}

void ScheduleActor::not_started(const Name& name, const Run& run, const Error& error) {
  Entry& entry = entries_.at(name);
  if (error.code != Code::conflict) {
    ++context_.counters.schedule_failed;
    const bool passes = error.code == Code::full || error.code == Code::retry_later;
    entry.retry_ms = context_.clock.steady_ms() + (passes ? retry_soon_ms : retry_later_ms);
    if (entry.error != error.what) {
      log(Level::warning, "a schedule cannot start what is due, it tries again",
          {{"schedule", name.first + "/" + name.second}, {"error", error.what}});
    }
    entry.error = error.what;
    return;
  }
  // Somebody has started a workflow of this id by hand: the schedule goes on behind it.
  log(Level::warning, "a scheduled run is skipped: its id is taken",
      {{"schedule", name.first + "/" + name.second}, {"workflow", run.id}});
  ScheduleChanged change = run.change;
  ScheduleRow& row = change.row;
  row.started = entry.row.started;
  row.last_id = entry.row.last_id;
  row.last_due = entry.row.last_due;
  row.last_start = entry.row.last_start;
  row.running = entry.row.running;
  ++row.skipped;
  const Schedule& schedule = *entry.definition->schedule;
  if (schedule.kind == Schedule::Kind::after) {
    row.due = context_.clock.now() + schedule.interval_ms;
  }
  submit(name, entry, change);
  entry.under_way = [this, name, consumed = change.consumed,
                     then = std::move(*entry.under_way)](const Result<void>& result) {
    then(result);
    if (result) forget(name, entries_.at(name), consumed);
  };
}

// -- the end of a run -----------------------------------------------------------

// By the workflow's own commit, or by what the store says where it has ended already.
void ScheduleActor::watch(const Name& name, WorkflowNumber number) {
  entries_.at(name).run_over = false;
  Context& context = context_;
  const std::uint64_t waiter = context_.waiters.add(
      number, INT64_MAX, [&context, name, number](const workflow::Snapshot* snapshot) {
        if (snapshot == nullptr) return;  // the node stops
        context.schedules.tell(RunEnded{name.first, name.second, number, snapshot->updated});
      });
  context_.loader.post([&context, name, number, waiter] {
    const auto stored = context.store.load_workflow(number);
    if (!stored) return context.fatal(stored.error());
    if (!*stored) {  // past its retention
      context.waiters.finish(number, waiter, nullptr);
      context.schedules.tell(RunEnded{name.first, name.second, number, context.clock.now()});
      return;
    }
    const auto snapshot = persistence::decode_snapshot((*stored)->snapshot);
    if (snapshot && is_ended(snapshot->phase)) {
      context.waiters.finish(number, waiter, &*snapshot);
    }
  });
}

void ScheduleActor::on_run_ended(const RunEnded& ended) {
  const Name name{ended.ns, ended.name};
  when_free(name, [this, name, ended] {
    const auto found = entries_.find(name);
    if (found == entries_.end() || found->second.row.running != ended.number) return;
    found->second.run_over = true;
    found->second.run_over_at = ended.at;
  });
  look(name);
}

// -- time -----------------------------------------------------------------------

void ScheduleActor::on_tick(const ScheduleTick& tick) {
  if (tick.round != tick_round_) return;  // an older, later one
  wake_ms_ = INT64_MAX;
  context_.loader.post([&context = context_] { context.look_for_room(); });
  look_all();
}

void ScheduleActor::wake() {
  if (!loaded_) return;
  std::optional<std::int64_t> delay;
  const Instant now = context_.clock.now();
  const std::int64_t steady = context_.clock.steady_ms();
  for (const auto& [name, entry] : entries_) {
    if (entry.under_way || entry.row.paused || !entry.definition) continue;
    std::optional<std::int64_t> wait;
    if (entry.row.due) wait = *entry.row.due - now;
    if (steady < entry.retry_ms) wait = std::max(wait.value_or(0), entry.retry_ms - steady);
    if (wait) delay = std::min(delay.value_or(longest_sleep_ms), std::max<std::int64_t>(*wait, 1));
  }
  if (!delay || now.ms + *delay >= wake_ms_) return;
  wake_ms_ = now.ms + *delay;
  tell_later(this, *delay, ScheduleTick{++tick_round_});
}

}  // namespace endure::actors
