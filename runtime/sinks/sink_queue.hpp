// What one sink still has to get, as far as it is in memory, and what goes out next. Pure.
//
// Events of one workflow go out one after another, in their order; those of different workflows
// side by side. A sink that fails is left alone for a while, longer each time; what it was to get
// stays first.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "persistence/records.hpp"

namespace endure::sinks {

struct QueueLimits {
  std::size_t window = 256;     // events in memory
  std::size_t concurrency = 8;  // under way at a time
  std::int64_t first_pause_ms = 1'000;
  std::int64_t longest_pause_ms = 60'000;
};

class SinkQueue {
 public:
  explicit SinkQueue(QueueLimits limits) : limits_(limits) {}

  // How many rows to read, from the first on, to learn of every one that has room here.
  std::size_t rows_to_read() const { return limits_.window + settling_.size(); }
  // Takes the rows that are new, as far as there is room.
  void add(std::vector<persistence::SinkRow> rows);
  bool has_room() const { return window_.size() < limits_.window; }

  // The next event to send, which is under way then; nothing where all wait.
  std::optional<persistence::SinkRow> next(std::int64_t now_ms);
  // It need not be sent any more; settled() says that the store knows it.
  void done(std::uint64_t sequence);
  void failed(std::uint64_t sequence, std::int64_t now_ms);
  void settled(std::uint64_t sequence) { settling_.erase(sequence); }
  // Given up, unless it is under way.
  bool drop(std::uint64_t sequence);

  // When next() may have something again that it has not now; nothing where that is not up to time.
  std::optional<std::int64_t> due_ms() const;
  bool is_failing() const { return failures_ > 0; }
  std::int64_t failing_since_ms() const { return failing_since_ms_; }

 private:
  struct Waiting {
    persistence::SinkRow row;
    bool under_way = false;
  };

  const QueueLimits limits_;
  std::map<std::uint64_t, Waiting> window_;
  std::set<std::uint64_t> settling_;  // done, and in the store still
  std::size_t under_way_ = 0;
  std::uint32_t failures_ = 0;  // in a row
  std::int64_t pause_until_ms_ = 0;
  std::int64_t failing_since_ms_ = 0;
};

}  // namespace endure::sinks
