// Callers that wait for workflows to end. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

#include "base/ids.hpp"
#include "workflow/snapshot.hpp"

namespace endure::actors {

class EndWaiters {
 public:
  // Called once: with the final snapshot, or with null when the deadline passed.
  using Waiter = std::function<void(const workflow::Snapshot*)>;

  // Returns an id for finish().
  std::uint64_t add(WorkflowNumber number, std::int64_t deadline_ms, Waiter waiter);
  // Calls one waiter now, unless it was called already.
  void finish(WorkflowNumber number, std::uint64_t id, const workflow::Snapshot* snapshot);
  // The workflow has ended, durably.
  void ended(const workflow::Snapshot& snapshot);
  // Ends those whose workflow is served elsewhere from now on: they ask again.
  void leave(const std::function<bool(WorkflowNumber)>& is_gone);
  // Ends those whose deadline (steady) has passed; INT64_MAX ends all.
  void expire(std::int64_t steady_ms);

 private:
  struct Entry {
    std::uint64_t id = 0;
    std::int64_t deadline_ms = 0;
    Waiter waiter;
  };

  void end_some(const std::function<bool(WorkflowNumber, const Entry&)>& which);

  std::mutex mutex_;
  std::atomic<std::size_t> count_{0};  // lets ended() return without the lock when nobody waits
  std::uint64_t next_id_ = 1;
  std::multimap<WorkflowNumber, Entry> waiters_;
};

}  // namespace endure::actors
