// The number of ready, delayed and dead steps of each queue, exact at every commit.
// The rows of the table `queues` are part of each commit; this is their copy in memory.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "persistence/damage.hpp"
#include "persistence/lmdb/rows.hpp"
#include "persistence/lmdb/schema.hpp"

namespace endure::persistence::lmdb {

using QueueStates = std::map<std::string, QueueState, std::less<>>;

// What the last commit left. published() may be called from any thread, the rest by the writer.
class QueueCounters {
 public:
  // The steps of a queue whose row is damaged are counted; it is taken for one that is not paused.
  void load(const Txn& txn, const Schema& schema, DamageLog& damage);
  void publish(const QueueStates& touched);

  QueueCounts counts(const std::string& queue) const;
  // For the writer: nobody else changes it.
  const QueueStates& states() const { return states_; }

 private:
  mutable std::mutex mutex_;
  QueueStates states_;
};

// What one transaction has changed so far, over what the last commit left.
class TouchedQueues {
 public:
  explicit TouchedQueues(const QueueStates& committed) : committed_(committed) {}

  QueueState& at(const std::string& queue);
  // One row a touched queue.
  void write(WriteTxn& txn, const Schema& schema) const;
  const QueueStates& states() const { return touched_; }

 private:
  const QueueStates& committed_;
  QueueStates touched_;
};

}  // namespace endure::persistence::lmdb
