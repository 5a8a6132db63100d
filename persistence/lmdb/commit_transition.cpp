// One transition: first everything that can refuse it, then its writes.
#include "base/fault_point.hpp"
#include "base/mutant.hpp"
#include "persistence/codec.hpp"
#include "persistence/lmdb/commit.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/rules.hpp"
#include "persistence/snapshot_head.hpp"

namespace endure::persistence::lmdb {

using workflow::is_ended;

Result<void> Commit::apply_change(const Transition& t) {
  const auto planned = plan(t);
  if (!planned) return Failure(planned.error());
  // The first write, which refuses by itself where the name is taken.
  if (t.create && !schema_.names.put_new(txn_, t.name, encode_number(t.workflow))) {
    return Failure(name_taken(t.name));
  }
  if (t.schedule) write_schedule(*t.schedule);
  if (t.create || !ENDURE_MUTANT("half_commit")) write_snapshot(t, *planned);
  ENDURE_FAULT_POINT("journal.in_commit");
  if (!ENDURE_MUTANT("skip_history")) {
    schema_.history.put(txn_, {t.workflow, t.number}, t.history);
  }
  write_index(t, *planned);
  write_steps(t, *planned);
  write_events(t);
  for (const auto& child : t.children) write_child(t, child);
  for (const auto& delivery : t.deliver) {
    is_here(delivery.workflow) ? deliver(delivery)
                               : relay_between(t.workflow, delivery.workflow, delivery);
  }
  return {};
}

// -- reading ------------------------------------------------------------------

Result<Commit::Plan> Commit::plan(const Transition& t) {
  if (!is_here(t.workflow)) return Failure(not_here(Numbering::shard(t.workflow)));
  Plan plan;
  plan.exists = snapshots_.at(t.workflow);
  if (t.create && plan.exists) return Failure(name_taken(t.name));
  if (!t.create && !plan.exists) return Failure(no_such_workflow(t.workflow));

  SnapshotHead stored;
  if (plan.exists) {
    const auto head = peek_snapshot(snapshots_.value());
    if (!head) {
      return fail(Code::corrupt, "the stored snapshot is damaged",
                  schema_.snapshots.place(t.workflow));
    }
    stored = *head;
  }
  if (t.number != stored.transition + 1) {
    return Failure(wrong_transition(t.workflow, stored.transition, t.number));
  }
  if (plan.exists && t.index_before->phase != stored.phase) {
    return Failure(wrong_index(t.workflow));
  }
  if (plan.exists && is_ended(stored.phase)) {
    const auto before = placed(decode_summary(snapshots_.value()), schema_.snapshots, t.workflow);
    if (!before) return Failure(before.error());
    plan.ended_before = before->updated;
  }
  if (is_ended(t.index_after.phase)) {
    const auto after = decode_summary(t.snapshot);
    if (!after) return Failure(after.error());
    plan.ended_after = after->updated;
  }
  if (t.schedule) {
    if (auto follows = check_revision(*t.schedule); !follows) return Failure(follows.error());
  }
  if (auto found = plan_steps(t, plan); !found) return Failure(found.error());
  return plan;
}

Result<void> Commit::plan_steps(const Transition& t, Plan& plan) {
  for (const auto& bury : t.bury_steps) {
    Parked where{StepState::ready, {}};
    auto step = find_step(bury.key, where);
    if (!step) return Failure(step.error());
    if (!*step) {
      const auto parked = find_parked(bury.key);
      if (!parked) return Failure(parked.error());
      if (!*parked || (*parked)->state != StepState::delayed) continue;  // gone, or dead already
      where = **parked;
      step = find_step(bury.key, where);
      if (!step) return Failure(step.error());
      if (!*step) continue;
    }
    plan.buried.push_back({where.state, where.due, buried(**std::move(step), bury)});
  }
  for (const auto& key : t.redrive_steps) {
    auto step = find_step(key, {StepState::dead, {}});
    if (!step) return Failure(step.error());
    if (*step) plan.redriven.push_back({StepState::dead, {}, redriven(**std::move(step))});
  }
  return {};
}

// -- writing ------------------------------------------------------------------

void Commit::write_snapshot(const Transition& t, const Plan& plan) {
  if (plan.exists) {
    snapshots_.replace(t.workflow, t.snapshot);  // the cursor stands there since the plan was made
  } else {
    schema_.snapshots.put(txn_, t.workflow, t.snapshot);
  }
}

void Commit::write_index(const Transition& t, const Plan& plan) {
  const auto& before = t.index_before;
  const auto& after = t.index_after;
  if (!before || before->phase != after.phase) {
    if (before) schema_.phases.erase(txn_, {before->phase, t.workflow});
    schema_.phases.put(txn_, {after.phase, t.workflow}, {});
  }
  if (!before || before->status != after.status) {
    if (before && !before->status.empty()) {
      schema_.statuses.erase(txn_, {index_text(before->status), t.workflow});
    }
    if (!after.status.empty()) {
      schema_.statuses.put(txn_, {index_text(after.status), t.workflow}, {});
    }
  }
  if (plan.ended_before != plan.ended_after) {
    if (plan.ended_before) schema_.ended.erase(txn_, {*plan.ended_before, t.workflow});
    if (plan.ended_after) schema_.ended.put(txn_, {*plan.ended_after, t.workflow}, {});
  }
}

void Commit::write_steps(const Transition& t, const Plan& plan) {
  for (const auto& key : t.remove_steps) remove_step(key);
  for (const auto& [from, due, step] : plan.buried) {
    const bool taken = from == StepState::ready ? take_ready(step.key)
                                                : take_parked(step.key, {StepState::delayed, due});
    if (taken) park(step, {StepState::dead, {}});
  }
  for (const auto& move : plan.redriven) {
    if (take_parked(move.step.key, {StepState::dead, {}})) enqueue(move.step);
  }
  for (const auto& step : t.enqueue) enqueue(step);
}

}  // namespace endure::persistence::lmdb
