// What people do to schedules: deploy, pause, resume, delete, trigger, look.
#include <algorithm>

#include "actors/schedule_actor.hpp"

namespace endure::actors {

using persistence::ScheduleChanged;
using persistence::ScheduleRow;
using workflow::Schedule;

namespace {

constexpr std::size_t upcoming_shown = 5;

Failure no_such_schedule(const std::string& ns, const std::string& name) {
  return fail(Code::not_found,
              "no schedule '" + name + "' in namespace '" + ns +
                  "': deploy a version of that definition which has a `schedule`",
              "name");
}

// What a schedule is due for when it begins, or begins again.
std::optional<Instant> first_due(const Schedule& schedule, const workflow::TimeZone& zone,
                                 const ScheduleRow& row, Instant now) {
  if (schedule.kind == Schedule::Kind::on) return std::nullopt;
  if (schedule.kind == Schedule::Kind::after) {
    if (row.running != 0) return std::nullopt;  // after its end
    return now;
  }
  return next_run(schedule, zone, row.anchor, now);
}

}  // namespace

// -- deploying ------------------------------------------------------------------

// The schedule of the version that is about to be the latest. Counts, the pause and the run that is
// under way are those of the definition, not of a version; what was due by the old one is not.
ScheduleChanged ScheduleActor::schedule_for(const Entry& entry,
                                            const DeployDefinition& deploy) const {
  ScheduleChanged change = change_of(entry);
  ScheduleRow& row = change.row;
  row.ns = deploy.definition->ref.ns;
  row.name = deploy.definition->ref.name;
  row.version = deploy.definition->ref.version;
  if (!deploy.definition->schedule) {
    change.remove = true;
    return change;
  }
  const Schedule& schedule = *deploy.definition->schedule;
  row.anchor = deploy.row.deployed;
  row.skipped += row.queued.size();
  row.queued.clear();
  row.due.reset();
  if (!row.paused) row.due = first_due(schedule, *deploy.zone, row, row.anchor);
  // Events that were taken for one definition's filters say nothing about another's.
  change.forget_events = schedule.kind != Schedule::Kind::on ||
                         schedule.mode == workflow::ListenTask::Mode::all ||
                         (entry.definition != nullptr &&
                          entry.definition->schedule->mode == workflow::ListenTask::Mode::all);
  return change;
}

void ScheduleActor::on_deploy(const DeployDefinition& deploy) {
  const Name name{deploy.definition->ref.ns, deploy.definition->ref.name};
  when_free(name, [this, name, deploy] {
    persistence::DefinitionDeployed change{deploy.row, {}};
    const bool is_new = !context_.definitions.knows(deploy.definition->ref);
    const auto found = entries_.find(name);
    const bool scheduled =
        !deploy.copied && (deploy.definition->schedule || found != entries_.end());
    if (!is_new || !scheduled) {
      context_.journal.submit(std::move(change),
                              [&context = context_, deploy](const Result<void>& result) {
                                if (result) {
                                  context.definitions.add(deploy.definition, deploy.row.deployed);
                                }
                                deploy.reply(result);
                              });
      return;
    }
    Entry& entry = entries_[name];
    change.schedule = schedule_for(entry, deploy);
    entry.under_way = [this, name, deploy,
                       schedule = *change.schedule](const Result<void>& result) {
      if (result) deployed(name, deploy, schedule);
      deploy.reply(result);
    };
    const bool forgets = change.schedule->forget_events;
    context_.journal.submit(std::move(change),
                            [self = caf::actor_cast<caf::actor>(this), &context = context_, name,
                             deploy, forgets](const Result<void>& result) {
                              if (result) {
                                // At once, so that no event that comes after the answer passes by.
                                context.definitions.add(deploy.definition, deploy.row.deployed);
                                const auto& schedule = deploy.definition->schedule;
                                const std::uint64_t waiting =
                                    forgets ? 0 : context.triggers.waiting(name.first, name.second);
                                context.triggers.remove(name.first, name.second);
                                if (schedule && schedule->kind == Schedule::Kind::on) {
                                  context.triggers.set(deploy.definition, waiting);
                                }
                              }
                              tell(self, ScheduleSettled{name.first, name.second, result});
                            });
  });
}

void ScheduleActor::deployed(const Name& name, const DeployDefinition& deploy,
                             const ScheduleChanged& change) {
  Entry& entry = entries_.at(name);
  if (change.remove) {
    entry.row.revision = 0;  // look() lets it go
    entry.definition = nullptr;
    return;
  }
  adopt(entry, change.row);
  entry.definition = deploy.definition;
  entry.zone = deploy.zone;
  entry.retry_ms = 0;
  if (change.forget_events) entry.waiting.clear();
  if (deploy.definition->schedule->kind == Schedule::Kind::on) load_waiting(name, entry);
  if (change.row.running == 0) entry.run_over = true;
}

// -- verbs ----------------------------------------------------------------------

void ScheduleActor::on_control(const ControlSchedule& control) {
  const Name name{control.ns, control.name};
  when_free(name, [this, name, control] {
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
      return control.reply(no_such_schedule(control.ns, control.name));
    }
    Entry& entry = found->second;
    ScheduleChanged change = change_of(entry);
    ScheduleRow& row = change.row;
    if (control.verb == ScheduleVerb::remove) {
      change.remove = true;
    } else {
      const bool pause = control.verb == ScheduleVerb::pause;
      if (row.paused == pause) return control.reply({});
      row.paused = pause;
      row.due.reset();
      if (!pause && entry.definition) {
        row.due = first_due(*entry.definition->schedule, *entry.zone, row, context_.clock.now());
      }
    }
    submit(name, entry, change);
    entry.under_way = [this, name, control, change,
                       then = std::move(*entry.under_way)](const Result<void>& result) {
      then(result);
      Entry& changed = entries_.at(name);
      changed.retry_ms = 0;  // an answer is better than another try
      if (result && change.remove) {
        context_.triggers.remove(name.first, name.second);
        changed.row.revision = 0;  // look() lets it go
        changed.definition = nullptr;
      }
      if (result && control.verb == ScheduleVerb::resume && changed.definition &&
          changed.definition->schedule->kind == Schedule::Kind::on) {
        load_waiting(name, changed);
      }
      control.reply(result);
    };
  });
}

void ScheduleActor::on_trigger(const TriggerSchedule& trigger) {
  const Name name{trigger.request.ns, trigger.request.name};
  when_free(name, [this, name, trigger] {
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
      return trigger.reply(no_such_schedule(name.first, name.second), nullptr);
    }
    Entry& entry = found->second;
    if (!entry.definition) {
      return trigger.reply(fail(Code::invalid, "the schedule cannot run: " + entry.error), nullptr);
    }
    StartWorkflow message;
    const std::uint64_t sequence = context_.store.next_sequence();
    message.name = {name.first, trigger.request.id.value_or(name.second + "-manual-" +
                                                            std::to_string(sequence))};
    message.number = context_.store.numbering().workflow(sequence, message.name);
    message.definition = entry.definition;
    message.input = trigger.request.input;
    ScheduleChanged change = change_of(entry);
    ++change.row.triggered;
    message.schedule = std::make_shared<const ScheduleChanged>(change);
    message.settle = Settle([self = caf::actor_cast<caf::actor>(this), name, reply = trigger.reply](
                                const Result<void>& result, const workflow::Snapshot* snapshot) {
      reply(result, snapshot);
      tell(self, ScheduleSettled{name.first, name.second, result});
    });
    entry.under_way = [this, name, row = change.row](const Result<void>& result) {
      if (result) adopt(entries_.at(name), row);
    };
    context_.tell_shard(std::move(message));
  });
}

// -- looking --------------------------------------------------------------------

ScheduleView ScheduleActor::view(const Name& name, const Entry& entry) const {
  ScheduleView view;
  view.row = entry.row;
  if (entry.run_over) view.row.running = 0;  // the stored row hears of it with its next change
  view.error = entry.error;
  if (!entry.definition) return view;
  const Schedule& schedule = *entry.definition->schedule;
  view.kind = to_string(schedule.kind);
  view.text = schedule.text;
  if (schedule.kind == Schedule::Kind::cron) view.time_zone = entry.zone->name();
  if (schedule.kind == Schedule::Kind::on) {
    view.waiting_events = context_.triggers.waiting(name.first, name.second);
    view.dropped_events = context_.triggers.dropped(name.first, name.second);
  }
  std::optional<Instant> next = entry.row.due;
  if (schedule.kind == Schedule::Kind::every || schedule.kind == Schedule::Kind::cron) {
    view.missed = to_string(schedule.missed);
    view.overlap = to_string(schedule.overlap);
  }
  while (next && view.upcoming.size() < upcoming_shown) {
    view.upcoming.push_back(*next);
    next = next_run(schedule, *entry.zone, entry.row.anchor, *next);
  }
  return view;
}

void ScheduleActor::on_report(const ReportSchedules& report) {
  if (!loaded_) {
    before_loaded_.push_back([this, report] { on_report(report); });
    return;
  }
  look_all();
  std::vector<ScheduleView> views;
  for (const auto& [name, entry] : entries_) {
    if (entry.row.revision != 0) views.push_back(view(name, entry));
  }
  report.reply(std::move(views));
}

}  // namespace endure::actors
