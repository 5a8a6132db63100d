#include "actors/definition_calls.hpp"

#include <utility>

#include "actors/summary.hpp"
#include "persistence/codec.hpp"

namespace endure::actors {

namespace {

Failure stopping() {
  return fail(Code::retry_later, "the node is stopping; try again when it is back");
}

}  // namespace

Result<void> open_schedules(Context& context) {
  if (auto zone = workflow::find_time_zone(context.config.schedule_time_zone); !zone) {
    return fail(Code::invalid, "schedule.time_zone: " + zone.error().what, "schedule.time_zone");
  }
  return open_event_schedules(context);
}

Result<void> open_event_schedules(Context& context) {
  auto rows = context.store.schedules();
  if (!rows) return Failure{rows.error()};
  for (const persistence::ScheduleRow& row : *rows) {
    if (context.triggers.knows(row.ns, row.name)) continue;
    const auto definition = context.definitions.find(row.ns, row.name, row.version);
    if (!definition || !(*definition)->schedule) continue;  // its actor says so
    if ((*definition)->schedule->kind != workflow::Schedule::Kind::on) continue;
    const auto waiting =
        context.store.triggers(row.ns, row.name, 0, context.config.schedule_max_waiting);
    if (!waiting) return Failure{waiting.error()};
    context.triggers.set(*definition, waiting->size());
  }
  return {};
}

void deploy(Context& context, workflow::DefinitionSource source,
            Reply<std::shared_ptr<const workflow::Definition>> reply) {
  if (context.stopping) return reply(stopping());
  auto parsed = context.definitions.read_for_deployment(source, context.config.run);
  if (!parsed) return reply(Failure{parsed.error()});
  auto definition = *parsed;
  DeployDefinition message;
  if (definition->schedule) {
    const std::string& zone = definition->schedule->time_zone;
    auto found = workflow::find_time_zone(zone.empty() ? context.config.schedule_time_zone : zone);
    if (!found) return reply(Failure{found.error()});
    message.zone = std::move(*found);
  }
  message.definition = definition;
  message.row = {definition->ref, std::move(source.text), context.clock.now(),
                 definition->resources};
  message.reply = Promise<>([definition, reply = std::move(reply)](const Result<void>& result) {
    result ? reply(definition) : reply(Failure{result.error()});
  });
  context.schedules.tell(std::move(message));
}

void copy_definition(Context& context, persistence::DefinitionRow row, Reply<void> reply) {
  if (context.stopping) return reply(stopping());
  workflow::DefinitionSource source{row.source, row.resources};
  auto parsed = context.definitions.read_for_deployment(source, context.config.run);
  if (!parsed) return reply(Failure{parsed.error()});
  DeployDefinition message;
  message.definition = *parsed;
  message.row = std::move(row);
  message.copied = true;
  message.reply = Promise<>(std::move(reply));
  context.schedules.tell(std::move(message));
}

void schedules(Context& context, Reply<std::vector<ScheduleView>> reply) {
  context.schedules.tell(ReportSchedules{std::move(reply)});
}

void schedule(Context& context, const std::string& ns, const std::string& name,
              Reply<ScheduleView> reply) {
  schedules(context, [ns, name, reply = std::move(reply)](Result<std::vector<ScheduleView>> views) {
    if (!views) return reply(Failure{views.error()});
    for (ScheduleView& view : *views) {
      if (view.row.ns == ns && view.row.name == name) return reply(std::move(view));
    }
    reply(fail(Code::not_found,
               "no schedule '" + name + "' in namespace '" + ns +
                   "': deploy a version of that definition which has a `schedule`",
               "name"));
  });
}

void control_schedule(Context& context, const std::string& ns, const std::string& name,
                      ScheduleVerb verb, Reply<void> reply) {
  if (context.stopping) return reply(stopping());
  context.schedules.tell(ControlSchedule{ns, name, verb, Promise<>(std::move(reply))});
}

void trigger_schedule(Context& context, TriggerRequest request, Reply<StartReceipt> reply) {
  if (request.id) {
    if (auto checked = check_workflow_id(*request.id); !checked) {
      return reply(Failure{checked.error()});
    }
  }
  if (auto room = context.room_for_start(); !room) return reply(Failure{room.error()});
  Settle settle(
      [reply = std::move(reply)](const Result<void>& result, const workflow::Snapshot* snapshot) {
        if (!result) return reply(Failure{result.error()});
        reply(StartReceipt{persistence::summary_of(*snapshot), false});
      });
  context.schedules.tell(TriggerSchedule{std::move(request), std::move(settle)});
}

void migrate(Context& context, MigrationRequest request,
             Reply<persistence::WorkflowSummary> reply) {
  if (context.stopping) return reply(stopping());
  const auto number = context.store.find_workflow(request.name);
  if (!number) return reply(Failure{number.error()});
  const auto stored = *number ? context.store.load_workflow(**number)
                              : Result<std::optional<persistence::StoredWorkflow>>();
  if (!stored) return reply(Failure{stored.error()});
  if (!*stored) {
    return reply(
        fail(Code::not_found,
             "no workflow '" + request.name.id + "' in namespace '" + request.name.ns + "'", "id"));
  }
  const auto summary = persistence::decode_summary((*stored)->snapshot);
  if (!summary) return reply(Failure{summary.error()});
  const auto& ref = summary->definition;
  auto to = context.definitions.find(ref.ns, ref.name, request.version);
  if (!to) return reply(Failure{to.error()});
  DeliverEvent event;
  event.number = **number;
  event.migration =
      std::make_shared<const Migration>(Migration{std::move(*to), request.transition});
  event.settle = settled_with_summary(std::move(reply));
  context.tell_shard(std::move(event));
}

ScheduleStats schedule_stats(const Context& context) {
  const Counters& counters = context.counters;
  return {counters.schedule_runs, counters.schedule_skipped, counters.schedule_missed,
          counters.schedule_failed, context.triggers.dropped()};
}

}  // namespace endure::actors
