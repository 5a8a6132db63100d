// The rules that every store follows, as pure functions: what becomes of a step record in each
// change, and which workflows a filter lets through.
#pragma once

#include "persistence/change.hpp"
#include "persistence/store.hpp"

namespace endure::persistence {

// After a failed attempt: `report` gives attempts, fault, due time and lease; all else is kept.
StepRecord retried(StepRecord stored, const StepRecord& report);
// Delayed → ready.
StepRecord come_due(StepRecord stored);
// → dead. The attempt that brought the fault counts.
StepRecord buried(StepRecord stored, const Transition::Bury& bury);
// Dead → ready; the last fault is kept for whoever looks at it.
StepRecord redriven(StepRecord stored);
StepRecord leased(StepRecord stored, const LeasesKept::Lease& lease);

// Whether a retried step has to wait, or may be handed out again at once.
constexpr bool waits(const StepRecord& report) {
  return report.due.ms > 0;
}

bool matches(const WorkflowFilter& filter, const WorkflowSummary& workflow);

// The event as it is kept once it has been delivered.
KeptRow kept_from(const OutboxRow& row);

// The errors of commit(), alike in every store.
Error name_taken(const WorkflowName& name);
Error no_such_workflow(WorkflowNumber workflow);
Error wrong_transition(WorkflowNumber workflow, std::uint64_t stored, std::uint64_t given);
Error wrong_index(WorkflowNumber workflow);
Error step_gone(const StepKey& key);
Error not_ended(WorkflowNumber workflow);
Error other_source(const workflow::DefinitionRef& ref);
Error no_such_event(std::uint64_t sequence);
// The shard (or the node, of a channel's end) is not this volume's.
Error not_here(std::uint32_t shard);
Error no_cluster();
Error node_leaves(const std::string& node);
Error event_exists(std::uint64_t sequence);
Error schedule_moved_on(const ScheduleRow& row, std::uint64_t stored);
// Whether `error` is schedule_moved_on(): somebody else has changed the row.
bool is_schedule_moved_on(const Error& error);
// The same source and id as the event of this sequence.
Error same_event(std::uint64_t sequence);

// How many rows one list call may look at; a page then ends short, with a cursor.
constexpr std::size_t max_scanned_rows = 10'000;

}  // namespace endure::persistence
