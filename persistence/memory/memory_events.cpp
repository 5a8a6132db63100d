// Kept events and those for sinks.
#include <algorithm>

#include "persistence/memory/memory_store.hpp"
#include "persistence/rules.hpp"

namespace endure::persistence {

std::vector<KeptRow> MemoryStore::held_events() const {
  std::vector<KeptRow> rows;
  for (const auto& [sequence, row] : kept_) rows.push_back(row);
  for (const auto& [sequence, row] : outbox_) {
    if (row.keep) rows.push_back(kept_from(row));
  }
  std::sort(rows.begin(), rows.end(),
            [](const KeptRow& a, const KeptRow& b) { return a.sequence < b.sequence; });
  return rows;
}

Result<std::vector<KeptRow>> MemoryStore::kept_events(std::uint64_t after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<KeptRow> rows;
  for (auto it = kept_.upper_bound(after); it != kept_.end() && rows.size() < limit; ++it) {
    rows.push_back(it->second);
  }
  return rows;
}

Result<std::vector<KeptRow>> MemoryStore::events_of(const std::vector<std::string>& types,
                                                    std::uint64_t after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<KeptRow> rows;
  for (auto& row : held_events()) {
    if (row.sequence <= after || rows.size() >= limit) continue;
    const bool fits = std::any_of(types.begin(), types.end(), [&](const std::string& type) {
      return type.empty() || type == row.type;
    });
    if (fits) rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::optional<std::uint64_t>> MemoryStore::find_event(const std::string& identity) {
  const std::lock_guard lock(mutex_);
  const auto it = event_ids_.find(identity);
  if (it == event_ids_.end()) return std::nullopt;
  return it->second;
}

Result<std::vector<WorkflowNumber>> MemoryStore::looking_workflows(WorkflowNumber after,
                                                                   std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<WorkflowNumber> numbers;
  for (auto it = looking_.upper_bound(after); it != looking_.end() && numbers.size() < limit;
       ++it) {
    numbers.push_back(*it);
  }
  return numbers;
}

bool MemoryStore::holds_no_event() const {
  const std::lock_guard lock(mutex_);
  return kept_.empty() && outbox_.empty();
}

Result<std::vector<SinkRow>> MemoryStore::sink_events(const std::string& sink, std::uint64_t after,
                                                      std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<SinkRow> rows;
  for (auto it = sinks_.upper_bound({sink, after});
       it != sinks_.end() && it->first.sink == sink && rows.size() < limit; ++it) {
    rows.push_back(it->second);
  }
  return rows;
}

Result<std::vector<SinkBacklog>> MemoryStore::sink_backlogs() {
  const std::lock_guard lock(mutex_);
  std::vector<SinkBacklog> backlogs;
  for (const auto& [key, row] : sinks_) {
    if (backlogs.empty() || backlogs.back().sink != key.sink) backlogs.push_back({key.sink, 0});
    ++backlogs.back().events;
  }
  return backlogs;
}

}  // namespace endure::persistence
