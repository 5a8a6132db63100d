#include "persistence/lmdb/reserve.hpp"

#include <algorithm>
#include <numeric>

namespace endure::persistence::lmdb {

namespace {

constexpr std::uint64_t MiB = 1U << 20U;
// The leaves that a change alone copies. Branches are shared by the changes of a commit.
constexpr std::uint64_t copied_bytes = 16 * 1024;

// Cancelled, terminated, paused, or given up: all that people and supervisors do to stop a
// workflow.
bool only_stops(const Transition& change) {
  const auto phase = change.index_after.phase;
  return (phase == workflow::Phase::cancelled || phase == workflow::Phase::suspended) &&
         change.enqueue.empty() && change.children.empty();
}

std::uint64_t payload(const Transition& change) {
  std::uint64_t bytes = change.snapshot.size() + change.history.size();
  for (const auto& step : change.enqueue) bytes += step.arguments.size();
  for (const auto& message : change.keep_messages) bytes += message.event.size();
  for (const auto& row : change.publish) bytes += row.event.size();
  for (const auto& child : change.children) bytes += child.snapshot.size() + child.history.size();
  for (const auto& delivery : change.deliver) bytes += delivery.message.event.size();
  for (const auto& row : change.sink_events) bytes += row.event.size();
  return bytes;
}

std::uint64_t payload(const DefinitionDeployed& change) {
  return change.row.source.size();
}

std::uint64_t payload(const EventAccepted& change) {
  return change.row.event.size();
}

std::uint64_t payload(const EventDispatched& change) {
  std::uint64_t bytes = 0;
  for (const auto& delivery : change.deliveries) bytes += delivery.message.event.size();
  return bytes;
}

std::uint64_t payload(const RelayTaken& change) {
  std::uint64_t bytes = 0;
  for (const auto& message : change.messages) bytes += message.size();
  return bytes;
}

std::uint64_t payload(const ShardMoved& change) {
  std::uint64_t bytes = 0;
  for (const auto& row : change.rows) bytes += 2 * (row.key.size() + row.value.size());
  return bytes;
}

template <class Small>
std::uint64_t payload(const Small&) {
  return 0;
}

}  // namespace

std::uint64_t reserve_bytes(std::uint64_t map_bytes) {
  return std::clamp(map_bytes / 16, 16 * MiB, 256 * MiB);
}

bool may_use_reserve(const Change& change) {
  if (const auto* transition = std::get_if<Transition>(&change)) return only_stops(*transition);
  if (const auto* moved = std::get_if<ShardMoved>(&change)) {
    return moved->step.act != ShardAct::part && moved->step.act != ShardAct::expect;
  }
  return std::holds_alternative<WorkflowRemoved>(change) ||
         std::holds_alternative<EventsExpired>(change) ||
         std::holds_alternative<RelayAcked>(change) ||
         std::holds_alternative<SinkSettled>(change) || std::holds_alternative<QueuePaused>(change);
}

std::uint64_t bytes_needed(std::span<const Change> changes) {
  return std::accumulate(changes.begin(), changes.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Change& change) {
                           return sum + copied_bytes +
                                  std::visit([](const auto& one) { return payload(one); }, change);
                         });
}

}  // namespace endure::persistence::lmdb
