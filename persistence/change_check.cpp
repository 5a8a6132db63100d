#include "persistence/change_check.hpp"

#include <string_view>

#include "persistence/snapshot_head.hpp"

namespace endure::persistence {

namespace {

// Names are parts of keys, which end at the first zero byte and have a greatest length.
bool fits(std::string_view name, std::size_t most) {
  return !name.empty() && name.size() <= most && name.find('\0') == std::string_view::npos;
}

Result<void> check_queue_name(std::string_view queue) {
  if (fits(queue, max_queue_length)) return {};
  return fail(Code::invalid, "a queue's name has 1 to 64 characters", "queue");
}

Result<void> check_name(const WorkflowName& name) {
  if (fits(name.ns, max_namespace_length) && fits(name.id, max_workflow_id_length)) return {};
  return fail(Code::invalid, "a namespace has 1 to 64 characters and a workflow id 1 to 200",
              "name");
}

Result<void> check_child(const ChildRow& child) {
  if (auto checked = check_name(child.name); !checked) return checked;
  const auto head = peek_snapshot(child.snapshot);
  if (head && head->transition == 1 && head->phase == workflow::Phase::pending) return {};
  return fail(Code::invalid, "a child is created pending, by its transition 1", "children");
}

Result<void> check_change(const Transition& t) {
  if (auto checked = check_name(t.name); !checked) return checked;
  const auto head = peek_snapshot(t.snapshot);
  if (!head || head->transition != t.number || head->phase != t.index_after.phase) {
    return fail(Code::invalid, "the snapshot does not fit its transition", "snapshot");
  }
  if (t.create == t.index_before.has_value()) {
    return fail(Code::invalid, "index_before is given for every transition but the first",
                "index_before");
  }
  if (t.number == 0) return fail(Code::invalid, "transitions are counted from 1", "number");
  for (const auto& step : t.enqueue) {
    if (auto checked = check_queue_name(step.key.queue); !checked) return checked;
  }
  for (const auto& key : t.remove_steps) {
    if (auto checked = check_queue_name(key.queue); !checked) return checked;
  }
  for (const auto& bury : t.bury_steps) {
    if (auto checked = check_queue_name(bury.key.queue); !checked) return checked;
  }
  for (const auto& key : t.redrive_steps) {
    if (auto checked = check_queue_name(key.queue); !checked) return checked;
  }
  for (const auto& child : t.children) {
    if (auto checked = check_child(child); !checked) return checked;
  }
  return {};
}

Result<void> check_change(const StepRetried& change) {
  return check_queue_name(change.record.key.queue);
}
Result<void> check_change(const StepsDue& change) {
  return check_queue_name(change.queue);
}
Result<void> check_change(const LeasesKept& change) {
  for (const auto& lease : change.leases) {
    if (auto checked = check_queue_name(lease.key.queue); !checked) return checked;
  }
  return {};
}
Result<void> check_change(const QueuePaused& change) {
  return check_queue_name(change.queue);
}

Result<void> check_change(const DefinitionDeployed& change) {
  const auto& ref = change.row.ref;
  if (fits(ref.ns, 128) && fits(ref.name, 128) && fits(ref.version, 128)) return {};
  return fail(Code::invalid,
              "a definition's namespace, name and version have 1 to 128 characters each",
              "document");
}

Result<void> check_change(const ScheduleChanged& change) {
  const auto& row = change.row;
  if (fits(row.ns, 128) && fits(row.name, 128) && row.revision > 0) return {};
  return fail(Code::invalid,
              "a schedule's namespace and name have 1 to 128 characters each, and its revisions "
              "are counted from 1",
              "schedule");
}

template <class Other>
Result<void> check_change(const Other&) {
  return {};
}

}  // namespace

Result<void> check(const Change& change) {
  return std::visit([](const auto& c) { return check_change(c); }, change);
}

}  // namespace endure::persistence
