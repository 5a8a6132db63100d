#include "runtime/sinks/sink_queue.hpp"

#include <algorithm>
#include <utility>

namespace endure::sinks {

void SinkQueue::add(std::vector<persistence::SinkRow> rows) {
  for (auto& row : rows) {
    const auto sequence = row.key.sequence;
    if (settling_.contains(sequence) || window_.contains(sequence)) continue;
    if (!has_room()) return;
    window_.emplace(sequence, Waiting{std::move(row), false});
  }
}

std::optional<persistence::SinkRow> SinkQueue::next(std::int64_t now_ms) {
  // A sink that fails is asked by one event at a time until it takes one.
  const std::size_t most = is_failing() ? 1 : limits_.concurrency;
  if (under_way_ >= most || now_ms < pause_until_ms_) return std::nullopt;
  std::set<WorkflowNumber> busy;
  for (auto& [sequence, waiting] : window_) {
    if (!busy.insert(waiting.row.workflow).second || waiting.under_way) continue;
    waiting.under_way = true;
    ++under_way_;
    return waiting.row;
  }
  return std::nullopt;
}

void SinkQueue::done(std::uint64_t sequence) {
  if (window_.erase(sequence) == 0) return;
  --under_way_;
  settling_.insert(sequence);
  failures_ = 0;
  pause_until_ms_ = 0;
}

void SinkQueue::failed(std::uint64_t sequence, std::int64_t now_ms) {
  const auto found = window_.find(sequence);
  if (found == window_.end()) return;
  found->second.under_way = false;
  --under_way_;
  if (now_ms < pause_until_ms_) return;  // it was sent before the pause; one failure is enough
  if (failures_ == 0) failing_since_ms_ = now_ms;
  const auto doublings = std::min<std::uint32_t>(failures_++, 20);
  pause_until_ms_ =
      now_ms + std::min(limits_.longest_pause_ms, limits_.first_pause_ms << doublings);
}

bool SinkQueue::drop(std::uint64_t sequence) {
  const auto found = window_.find(sequence);
  if (found != window_.end() && found->second.under_way) return false;
  if (found != window_.end()) window_.erase(found);
  return settling_.insert(sequence).second;
}

std::optional<std::int64_t> SinkQueue::due_ms() const {
  if (window_.size() == under_way_ || pause_until_ms_ == 0) return std::nullopt;
  return pause_until_ms_;
}

}  // namespace endure::sinks
