// Records as bytes: msgpack inside an envelope with schema version and CRC (see envelope.hpp).
// decode_* fail with Code::corrupt (damaged) or Code::invalid (written by a newer version); nothing
// is ever half-read. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "persistence/records.hpp"
#include "workflow/decide.hpp"
#include "workflow/event.hpp"
#include "workflow/snapshot.hpp"

namespace endure::persistence {

// The snapshot record starts with the summary's fields, so that a list reads no further.
std::string encode_snapshot(const workflow::Snapshot& snapshot);
Result<workflow::Snapshot> decode_snapshot(std::string_view bytes);
Result<WorkflowSummary> decode_summary(std::string_view bytes);

struct HistoryRecord {
  std::uint64_t transition = 0;
  Instant at;
  workflow::Phase phase = workflow::Phase::pending;  // after it
  std::string status;                                // after it
  std::string event;                                 // "started", "step_completed", …
  std::string worker;                                // where a worker caused it
  std::uint32_t attempt = 0;
  std::vector<workflow::HistoryEntry> entries;
};
std::string encode_history(const HistoryRecord& record);
// With these entries in place of the record's own.
std::string encode_history_with(const HistoryRecord& record,
                                const std::vector<workflow::HistoryEntry>& entries);
Result<HistoryRecord> decode_history(std::string_view bytes);

std::string encode_event(const workflow::Event& event);
Result<workflow::Event> decode_event(std::string_view bytes);
std::string_view event_kind(const workflow::Event& event);  // "step_completed"

// Everything of a step but its key.
std::string encode_step(const StepRecord& step);
Result<StepRecord> decode_step(const StepKey& key, std::string_view bytes);

// JSON values as plain msgpack, without envelope: what workers get and send.
std::string encode_value(const workflow::Value& value);
Result<workflow::Value> decode_value(std::string_view bytes, std::size_t max_depth = 64);

}  // namespace endure::persistence
