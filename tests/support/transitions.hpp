// Small transitions of made-up workflows, for tests of stores and journals.
#pragma once

#include <string>

#include "persistence/change.hpp"
#include "persistence/codec.hpp"

namespace endure::persistence {

inline workflow::Snapshot sample_snapshot(WorkflowNumber number, std::uint64_t transition,
                                          workflow::Phase phase = workflow::Phase::waiting,
                                          std::string status = {}) {
  workflow::Snapshot s;
  s.number = number;
  s.name = {"test", "w-" + std::to_string(number)};
  s.definition = {"test", "sample", "1.0.0"};
  s.phase = phase;
  s.status = std::move(status);
  s.transition = transition;
  s.created = {1'000 + static_cast<std::int64_t>(number)};
  s.updated = s.created + static_cast<std::int64_t>(transition) * 10;
  s.input = workflow::Json{{"number", number}};
  return s;
}

// The transition that stores `after`; `before` is the snapshot that lies there (null: creation).
inline Transition transition_to(const workflow::Snapshot& after,
                                const workflow::Snapshot* before = nullptr) {
  Transition t;
  t.workflow = after.number;
  t.name = after.name;
  t.definition = after.definition;
  t.create = before == nullptr;
  t.number = after.transition;
  t.snapshot = encode_snapshot(after);
  HistoryRecord record;
  record.transition = after.transition;
  record.at = after.updated;
  record.phase = after.phase;
  record.event = before == nullptr ? "started" : "step_completed";
  t.history = encode_history(record);
  if (before != nullptr) t.index_before = IndexEntry{before->phase, before->status};
  t.index_after = {after.phase, after.status};
  return t;
}

inline StepKey sample_step_key(WorkflowNumber workflow, workflow::WaitId wait,
                               std::string queue = "enrich", std::int64_t enqueued_ms = 5'000,
                               std::uint8_t priority = 5) {
  return {std::move(queue), priority, {enqueued_ms}, workflow, wait};
}

inline StepRecord sample_step(StepKey key) {
  StepRecord step;
  step.name = {"test", "w-" + std::to_string(key.workflow)};
  step.task = "/do/0/enrich";
  step.arguments = encode_value(workflow::Json{{"wait", key.wait}});
  step.key = std::move(key);
  return step;
}

}  // namespace endure::persistence
