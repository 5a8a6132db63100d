// The schedules that events start, by what they take. Kept beside the actors, so that no event is
// passed on before they are known. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "persistence/records.hpp"
#include "workflow/definition.hpp"
#include "workflow/value/value.hpp"

namespace endure::actors {

class EventTriggers {
 public:
  // An event beyond `most_waiting` for one schedule is dropped, and counted.
  EventTriggers(workflow::Expressions& expressions, std::size_t most_waiting);

  // In place of the one of the same name; `waiting`: events that lie in its table.
  void set(std::shared_ptr<const workflow::Definition> definition, std::size_t waiting);
  void remove(const std::string& ns, const std::string& name);
  void remove_if(const std::function<bool(const WorkflowName& schedule)>& which);
  bool knows(const std::string& ns, const std::string& name) const {
    return find(ns, name) != nullptr;
  }

  // What the event's first slice stores. Evaluates expressions: for the loader's thread. An error
  // means: try again.
  Result<std::vector<persistence::TriggerRow>> triggers(const workflow::Value& event,
                                                        const persistence::OutboxRow& row);
  void stored(const std::string& ns, const std::string& name);
  void taken(const std::string& ns, const std::string& name, std::size_t events);

  // Whether triggers() has expressions to evaluate.
  bool evaluates() const { return evaluating_ > 0; }

  std::uint64_t waiting(const std::string& ns, const std::string& name) const;
  std::uint64_t dropped(const std::string& ns, const std::string& name) const;
  std::uint64_t dropped() const { return all_dropped_; }

 private:
  using Name = std::pair<std::string, std::string>;
  struct Entry {
    std::shared_ptr<const workflow::Definition> definition;
    bool evaluates = false;
    std::atomic<std::size_t> waiting{0};
    std::atomic<std::uint64_t> dropped{0};
  };
  using EntryPtr = std::shared_ptr<Entry>;

  void count();  // under the lock
  EntryPtr find(const std::string& ns, const std::string& name) const;

  workflow::Expressions& expressions_;
  const std::size_t most_waiting_;
  std::atomic<std::uint64_t> all_dropped_{0};
  std::atomic<std::size_t> count_{0};  // lets triggers() return without the lock
  std::atomic<std::size_t> evaluating_{0};
  mutable std::shared_mutex mutex_;
  std::map<Name, EntryPtr> entries_;
};

}  // namespace endure::actors
