// The engine's calls that concern definitions: deployments, schedules, migrations. Any thread.
#pragma once

#include <memory>
#include <string>

#include "actors/context.hpp"

namespace endure::actors {

// Before the actors: what events start must be known when the first one comes. Code::invalid where
// the configured time zone is none.
Result<void> open_schedules(Context& context);
// Of those that are served here, what is not known yet.
Result<void> open_event_schedules(Context& context);

void deploy(Context& context, workflow::DefinitionSource source,
            Reply<std::shared_ptr<const workflow::Definition>> reply);
// As another node of the cluster has deployed it.
void copy_definition(Context& context, persistence::DefinitionRow row, Reply<void> reply);
void schedules(Context& context, Reply<std::vector<ScheduleView>> reply);
void schedule(Context& context, const std::string& ns, const std::string& name,
              Reply<ScheduleView> reply);
void control_schedule(Context& context, const std::string& ns, const std::string& name,
                      ScheduleVerb verb, Reply<void> reply);
void trigger_schedule(Context& context, TriggerRequest request, Reply<StartReceipt> reply);
void migrate(Context& context, MigrationRequest request, Reply<persistence::WorkflowSummary> reply);
ScheduleStats schedule_stats(const Context& context);

}  // namespace endure::actors
