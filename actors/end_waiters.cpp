#include "actors/end_waiters.hpp"

#include <utility>
#include <vector>

namespace endure::actors {

std::uint64_t EndWaiters::add(WorkflowNumber number, std::int64_t deadline_ms, Waiter waiter) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = next_id_++;
  waiters_.emplace(number, Entry{id, deadline_ms, std::move(waiter)});
  ++count_;
  return id;
}

void EndWaiters::finish(WorkflowNumber number, std::uint64_t id,
                        const workflow::Snapshot* snapshot) {
  Waiter waiter;
  {
    const std::lock_guard lock(mutex_);
    const auto [first, last] = waiters_.equal_range(number);
    for (auto it = first; it != last; ++it) {
      if (it->second.id != id) continue;
      waiter = std::move(it->second.waiter);
      waiters_.erase(it);
      --count_;
      break;
    }
  }
  if (waiter) waiter(snapshot);
}

void EndWaiters::ended(const workflow::Snapshot& snapshot) {
  if (count_.load() == 0) return;
  std::vector<Waiter> called;
  {
    const std::lock_guard lock(mutex_);
    const auto [first, last] = waiters_.equal_range(snapshot.number);
    for (auto it = first; it != last; ++it) called.push_back(std::move(it->second.waiter));
    count_ -= called.size();
    waiters_.erase(first, last);
  }
  for (const Waiter& waiter : called) waiter(&snapshot);
}

void EndWaiters::leave(const std::function<bool(WorkflowNumber)>& is_gone) {
  end_some([&](WorkflowNumber number, const Entry&) { return is_gone(number); });
}

void EndWaiters::expire(std::int64_t steady_ms) {
  end_some([&](WorkflowNumber, const Entry& entry) { return entry.deadline_ms <= steady_ms; });
}

void EndWaiters::end_some(const std::function<bool(WorkflowNumber, const Entry&)>& which) {
  std::vector<Waiter> called;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      if (which(it->first, it->second)) {
        called.push_back(std::move(it->second.waiter));
        it = waiters_.erase(it);
        --count_;
      } else {
        ++it;
      }
    }
  }
  for (const Waiter& waiter : called) waiter(nullptr);
}

}  // namespace endure::actors
