#include "persistence/memory/memory_store.hpp"

#include <algorithm>
#include <iterator>

#include "persistence/codec.hpp"
#include "persistence/rules.hpp"
#include "persistence/snapshot_head.hpp"

namespace endure::persistence {

Result<std::optional<WorkflowNumber>> MemoryStore::find_workflow(const WorkflowName& name) {
  const std::lock_guard lock(mutex_);
  const auto it = names_.find(name);
  if (it == names_.end()) return std::nullopt;
  return it->second;
}

Result<std::optional<StoredWorkflow>> MemoryStore::load_workflow(WorkflowNumber number) {
  const std::lock_guard lock(mutex_);
  const auto it = workflows_.find(number);
  if (it == workflows_.end()) return std::nullopt;
  StoredWorkflow stored{it->second.snapshot, {}, looking_.contains(number)};
  for (const auto& [sequence, event] : it->second.mailbox) {
    stored.mailbox.push_back({sequence, event});
  }
  return stored;
}

Result<Page<WorkflowSummary, WorkflowNumber>> MemoryStore::list_workflows(
    const WorkflowFilter& filter, std::optional<WorkflowNumber> after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  Page<WorkflowSummary, WorkflowNumber> page;
  const auto end = after ? workflows_.lower_bound(*after) : workflows_.end();
  std::size_t scanned = 0;
  for (auto it = std::make_reverse_iterator(end); it != workflows_.rend(); ++it) {
    auto summary = decode_summary(it->second.snapshot);
    if (!summary) return Failure(summary.error());
    if (matches(filter, *summary)) page.rows.push_back(std::move(*summary));
    if (page.rows.size() >= limit || ++scanned >= max_scanned_rows) {
      if (std::next(it) != workflows_.rend()) page.next = it->first;
      break;
    }
  }
  return page;
}

Result<Page<HistoryRow, std::uint64_t>> MemoryStore::history(WorkflowNumber number,
                                                             std::uint64_t after,
                                                             std::size_t limit) {
  const std::lock_guard lock(mutex_);
  Page<HistoryRow, std::uint64_t> page;
  const auto workflow = workflows_.find(number);
  if (workflow == workflows_.end()) return page;
  const auto& rows = workflow->second.history;
  auto it = rows.upper_bound(after);
  for (; it != rows.end() && page.rows.size() < limit; ++it) {
    page.rows.push_back({it->first, it->second});
  }
  if (it != rows.end() && !page.rows.empty()) page.next = page.rows.back().transition;
  return page;
}

Result<std::vector<WorkflowNumber>> MemoryStore::ended_before(Instant t, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<WorkflowNumber> numbers;
  for (const auto& [updated, number] : ended_) {
    if (updated >= t || numbers.size() >= limit) break;
    numbers.push_back(number);
  }
  return numbers;
}

Result<std::vector<WorkflowNumber>> MemoryStore::live_workflows(workflow::Phase phase,
                                                                WorkflowNumber after,
                                                                std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<WorkflowNumber> numbers;
  for (auto it = workflows_.upper_bound(after); it != workflows_.end() && numbers.size() < limit;
       ++it) {
    if (peek_snapshot(it->second.snapshot)->phase == phase) numbers.push_back(it->first);
  }
  return numbers;
}

// -- queues -------------------------------------------------------------------

QueueCounts MemoryStore::count(const std::string& queue) const {
  const auto of_queue = [&](const auto& row) { return row.second.key.queue == queue; };
  const auto count_in = [&](const auto& rows) {
    return static_cast<std::uint64_t>(std::count_if(rows.begin(), rows.end(), of_queue));
  };
  return {count_in(ready_), count_in(delayed_), count_in(dead_)};
}

Result<std::vector<QueueRow>> MemoryStore::queues() {
  const std::lock_guard lock(mutex_);
  std::vector<QueueRow> rows;
  for (const auto& [queue, paused] : queues_) rows.push_back({queue, paused, count(queue)});
  return rows;
}

QueueCounts MemoryStore::queue_counts(const std::string& queue) {
  const std::lock_guard lock(mutex_);
  return count(queue);
}

std::vector<StepRecord> MemoryStore::slice(const Steps& steps, const std::string& queue,
                                           const std::optional<StepKey>& after, std::size_t limit) {
  std::vector<StepRecord> rows;
  auto it =
      after ? steps.upper_bound(*after) : steps.lower_bound({queue, 0, Instant{INT64_MIN}, 0, 0});
  for (; it != steps.end() && it->first.queue == queue && rows.size() < limit; ++it) {
    rows.push_back(it->second);
  }
  return rows;
}

Result<std::vector<StepRecord>> MemoryStore::ready_steps(const std::string& queue,
                                                         const std::optional<StepKey>& after,
                                                         std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return slice(ready_, queue, after, limit);
}

Result<std::vector<StepRecord>> MemoryStore::delayed_steps(const std::string& queue, Instant until,
                                                           std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<StepRecord> rows;
  for (const auto& [key, step] : delayed_) {
    if (rows.size() >= limit) break;
    if (std::get<0>(key) == queue && step.due <= until) rows.push_back(step);
  }
  return rows;
}

Result<std::optional<Instant>> MemoryStore::next_delayed(const std::string& queue) {
  const std::lock_guard lock(mutex_);
  const auto it = delayed_.lower_bound({queue, Instant{INT64_MIN}, StepKey{}});
  if (it == delayed_.end() || std::get<0>(it->first) != queue) return std::nullopt;
  return it->second.due;
}

Result<std::vector<StepRecord>> MemoryStore::dead_steps(const std::string& queue,
                                                        const std::optional<StepKey>& after,
                                                        std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return slice(dead_, queue, after, limit);
}

Result<std::optional<StepRecord>> MemoryStore::find_dead_step(const StepKey& key) {
  const std::lock_guard lock(mutex_);
  const auto it = dead_.find(key);
  if (it == dead_.end()) return std::nullopt;
  return it->second;
}

// -- timers, events, definitions ----------------------------------------------

Result<std::vector<TimerKey>> MemoryStore::timers(Instant until,
                                                  const std::optional<TimerKey>& after,
                                                  std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<TimerKey> keys;
  for (auto it = after ? timers_.upper_bound(*after) : timers_.begin();
       it != timers_.end() && it->due <= until && keys.size() < limit; ++it) {
    keys.push_back(*it);
  }
  return keys;
}

Result<std::optional<Instant>> MemoryStore::next_timer() {
  const std::lock_guard lock(mutex_);
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->due;
}

Result<std::vector<OutboxRow>> MemoryStore::outbox(std::uint64_t after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<OutboxRow> rows;
  for (auto it = outbox_.upper_bound(after); it != outbox_.end() && rows.size() < limit; ++it) {
    rows.push_back(it->second);
  }
  return rows;
}

Result<std::vector<ListenerKey>> MemoryStore::listeners(const std::string& type,
                                                        WorkflowNumber after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<ListenerKey> keys;
  for (auto it = listeners_.upper_bound({type, after, UINT32_MAX});
       it != listeners_.end() && it->type == type && keys.size() < limit; ++it) {
    keys.push_back(*it);
  }
  return keys;
}

Result<std::vector<WorkflowNumber>> MemoryStore::mailbox_workflows(WorkflowNumber after,
                                                                   std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<WorkflowNumber> numbers;
  for (auto it = workflows_.upper_bound(after); it != workflows_.end() && numbers.size() < limit;
       ++it) {
    if (!it->second.mailbox.empty()) numbers.push_back(it->first);
  }
  return numbers;
}

Result<std::vector<DefinitionRow>> MemoryStore::definitions() {
  const std::lock_guard lock(mutex_);
  std::vector<DefinitionRow> rows;
  for (const auto& [ref, row] : definitions_) rows.push_back(row);
  return rows;
}

Result<std::optional<DefinitionRow>> MemoryStore::find_definition(
    const workflow::DefinitionRef& ref) {
  const std::lock_guard lock(mutex_);
  const auto it = definitions_.find(ref);
  if (it == definitions_.end()) return std::nullopt;
  return it->second;
}

Result<std::vector<ScheduleRow>> MemoryStore::schedules() {
  const std::lock_guard lock(mutex_);
  std::vector<ScheduleRow> rows;
  for (const auto& [name, row] : schedules_) rows.push_back(row);
  return rows;
}

Result<std::optional<ScheduleRow>> MemoryStore::find_schedule(const std::string& ns,
                                                              const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto it = schedules_.find({ns, name});
  if (it == schedules_.end()) return std::nullopt;
  return it->second;
}

Result<std::vector<TriggerRow>> MemoryStore::triggers(const std::string& ns,
                                                      const std::string& name, std::uint64_t after,
                                                      std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<TriggerRow> rows;
  const ScheduleName schedule{ns, name};
  for (auto it = triggers_.upper_bound({schedule, after});
       it != triggers_.end() && it->first.first == schedule && rows.size() < limit; ++it) {
    rows.push_back(it->second);
  }
  return rows;
}

StoreStats MemoryStore::stats() {
  const std::lock_guard lock(mutex_);
  StoreStats stats;
  stats.workflows = workflows_.size();
  stats.timers = timers_.size();
  stats.outbox = outbox_.size();
  stats.schedules = schedules_.size();
  stats.triggers = triggers_.size();
  stats.kept_events = kept_.size();
  stats.sink_events = sinks_.size();
  stats.commits = commits_;
  stats.changes = changes_;
  return stats;
}

std::unique_ptr<Store> make_memory_store() {
  return std::make_unique<MemoryStore>();
}

}  // namespace endure::persistence
