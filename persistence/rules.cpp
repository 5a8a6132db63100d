#include "persistence/rules.hpp"

#include <utility>

namespace endure::persistence {

StepRecord retried(StepRecord stored, const StepRecord& report) {
  stored.attempts = report.attempts;
  stored.last_fault = report.last_fault;
  stored.due = waits(report) ? report.due : Instant{};
  stored.leased_until = report.leased_until;
  stored.leased_by = report.leased_by;
  return stored;
}

StepRecord come_due(StepRecord stored) {
  stored.due = {};
  return stored;
}

StepRecord buried(StepRecord stored, const Transition::Bury& bury) {
  ++stored.attempts;
  stored.last_fault = bury.fault;
  stored.buried = bury.at;
  stored.due = {};
  stored.leased_until = {};
  stored.leased_by.clear();
  return stored;
}

StepRecord redriven(StepRecord stored) {
  stored.attempts = 0;
  stored.buried = {};
  return stored;
}

StepRecord leased(StepRecord stored, const LeasesKept::Lease& lease) {
  stored.leased_until = lease.until;
  stored.leased_by = lease.worker;
  return stored;
}

bool matches(const WorkflowFilter& filter, const WorkflowSummary& w) {
  return (!filter.ns || *filter.ns == w.name.ns) && (!filter.phase || *filter.phase == w.phase) &&
         (!filter.status || *filter.status == w.status) &&
         (!filter.definition || *filter.definition == w.definition.name) &&
         (!filter.definition_version || *filter.definition_version == w.definition.version) &&
         (!filter.created_before || w.created < *filter.created_before) &&
         (!filter.created_after || w.created > *filter.created_after) &&
         (!filter.parent || (w.parent && w.parent->number == *filter.parent));
}

KeptRow kept_from(const OutboxRow& row) {
  return {row.sequence, row.event, row.type, row.accepted, row.identity};
}

// -- errors -------------------------------------------------------------------

Error name_taken(const WorkflowName& name) {
  return {Code::conflict, "a workflow of this name exists already", name.ns + "/" + name.id};
}

Error no_such_workflow(WorkflowNumber workflow) {
  return {Code::not_found, "there is no such workflow", std::to_string(workflow)};
}

Error wrong_transition(WorkflowNumber workflow, std::uint64_t stored, std::uint64_t given) {
  return {Code::conflict,
          "transition " + std::to_string(given) + " does not follow the stored transition " +
              std::to_string(stored),
          std::to_string(workflow)};
}

Error wrong_index(WorkflowNumber workflow) {
  return {Code::invalid, "index_before is not the stored snapshot's phase",
          std::to_string(workflow)};
}

Error step_gone(const StepKey& key) {
  return {Code::conflict, "the step is no longer on its queue",
          key.queue + "/" + std::to_string(key.workflow) + "/" + std::to_string(key.wait)};
}

Error not_ended(WorkflowNumber workflow) {
  return {Code::conflict, "the workflow has not ended", std::to_string(workflow)};
}

Error other_source(const workflow::DefinitionRef& ref) {
  return {Code::conflict,
          "this version is deployed already with another source: deploy a new version",
          ref.ns + "/" + ref.name + ":" + ref.version};
}

Error no_such_event(std::uint64_t sequence) {
  return {Code::not_found, "the event is not in the outbox (any more)", std::to_string(sequence)};
}

Error same_event(std::uint64_t sequence) {
  return {Code::conflict, "an event of this source and id has been published already",
          std::to_string(sequence)};
}

Error not_here(std::uint32_t shard) {
  return {Code::retry_later, "the shard is not on this node", "shards/" + std::to_string(shard)};
}

Error node_leaves(const std::string& node) {
  return {Code::retry_later, node + " leaves the cluster; ask another node", node};
}
Error no_cluster() {
  return {Code::invalid, "the volume belongs to no cluster", ""};
}

Error event_exists(std::uint64_t sequence) {
  return {Code::conflict, "the outbox holds an event of this number", std::to_string(sequence)};
}

Error schedule_moved_on(const ScheduleRow& row, std::uint64_t stored) {
  return {Code::conflict,
          "revision " + std::to_string(row.revision) + " of the schedule does not follow the " +
              "stored revision " + std::to_string(stored),
          "schedules/" + row.ns + "/" + row.name};
}

bool is_schedule_moved_on(const Error& error) {
  return error.code == Code::conflict && error.where.starts_with("schedules/");
}

}  // namespace endure::persistence
