#include "actors/event_triggers.hpp"

#include <algorithm>
#include <mutex>

#include "base/log.hpp"
#include "workflow/schedule/schedule.hpp"

namespace endure::actors {

namespace {

bool has_expressions(const workflow::Schedule& schedule) {
  return std::any_of(schedule.filters.begin(), schedule.filters.end(), [](const auto& filter) {
    return filter.data || std::any_of(filter.with.begin(), filter.with.end(), [](const auto& each) {
             return std::holds_alternative<workflow::Expression>(each.match);
           });
  });
}

}  // namespace

EventTriggers::EventTriggers(workflow::Expressions& expressions, std::size_t most_waiting)
    : expressions_(expressions), most_waiting_(most_waiting) {}

void EventTriggers::set(std::shared_ptr<const workflow::Definition> definition,
                        std::size_t waiting) {
  auto entry = std::make_shared<Entry>();
  entry->waiting = waiting;
  const Name name{definition->ref.ns, definition->ref.name};
  entry->evaluates = has_expressions(*definition->schedule);
  entry->definition = std::move(definition);
  const std::unique_lock lock(mutex_);
  entries_[name] = std::move(entry);
  count();
}

void EventTriggers::remove(const std::string& ns, const std::string& name) {
  const std::unique_lock lock(mutex_);
  entries_.erase({ns, name});
  count();
}

void EventTriggers::remove_if(const std::function<bool(const WorkflowName&)>& which) {
  const std::unique_lock lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) {
    return which({entry.first.first, entry.first.second});
  });
  count();
}

void EventTriggers::count() {
  count_ = entries_.size();
  evaluating_ = static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [](const auto& entry) { return entry.second->evaluates; }));
}

Result<std::vector<persistence::TriggerRow>> EventTriggers::triggers(
    const workflow::Value& event, const persistence::OutboxRow& row) {
  std::vector<persistence::TriggerRow> rows;
  if (count_ == 0 || !event->is_object()) return rows;
  std::vector<EntryPtr> entries;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [name, entry] : entries_) entries.push_back(entry);
  }
  for (const EntryPtr& entry : entries) {
    const workflow::Definition& definition = *entry->definition;
    auto passed = workflow::passed_filters(definition, *definition.schedule, event, expressions_);
    if (!passed) return Failure{passed.error()};
    if (passed->empty()) continue;
    if (entry->waiting >= most_waiting_) {
      ++entry->dropped;
      ++all_dropped_;
      log(Level::warning, "event dropped: too many wait for the schedule",
          {{"schedule", to_string(definition.ref)}, {"sequence", row.sequence}});
      continue;
    }
    rows.push_back(
        {definition.ref.ns, definition.ref.name, row.sequence, row.event, std::move(*passed)});
  }
  return rows;
}

EventTriggers::EntryPtr EventTriggers::find(const std::string& ns, const std::string& name) const {
  const std::shared_lock lock(mutex_);
  const auto found = entries_.find({ns, name});
  return found == entries_.end() ? nullptr : found->second;
}

void EventTriggers::stored(const std::string& ns, const std::string& name) {
  if (const EntryPtr entry = find(ns, name)) ++entry->waiting;
}

void EventTriggers::taken(const std::string& ns, const std::string& name, std::size_t events) {
  const EntryPtr entry = find(ns, name);
  if (!entry) return;
  // What was counted before the schedule was replaced may be taken after it.
  std::size_t waiting = entry->waiting;
  while (!entry->waiting.compare_exchange_weak(waiting, waiting - std::min(waiting, events))) {
  }
}

std::uint64_t EventTriggers::waiting(const std::string& ns, const std::string& name) const {
  const EntryPtr entry = find(ns, name);
  return entry ? entry->waiting.load() : 0;
}

std::uint64_t EventTriggers::dropped(const std::string& ns, const std::string& name) const {
  const EntryPtr entry = find(ns, name);
  return entry ? entry->dropped.load() : 0;
}

}  // namespace endure::actors
