// What the engine says of schedules, and what can be asked of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "persistence/records.hpp"
#include "workflow/value/value.hpp"

namespace endure::actors {

struct ScheduleView {
  persistence::ScheduleRow row;
  std::string kind;                  // every, cron, after, on
  std::string text;                  // as the definition says it: "PT5M", "0 0 * * *"
  std::string missed;                // by time: skip, once, all
  std::string overlap;               // by time: allow, skip, queue
  std::string time_zone;             // cron
  std::uint64_t waiting_events = 0;  // on
  std::uint64_t dropped_events = 0;  // on: since the start of the node, because too many waited
  std::vector<Instant> upcoming;     // the next few runs by time
  std::string error;                 // why it cannot start what is due; empty: it can
};

enum class ScheduleVerb : std::uint8_t { pause, resume, remove };

// A run by hand, beside those that the schedule makes.
struct TriggerRequest {
  std::string ns;
  std::string name;
  std::optional<std::string> id;  // of the workflow; absent: made from the name and a number
  workflow::Value input;
};

struct ScheduleStats {  // since the start of the node
  std::uint64_t runs = 0;
  std::uint64_t skipped = 0;
  std::uint64_t missed = 0;
  std::uint64_t failed = 0;  // starts that could not be made, each tried again
  std::uint64_t dropped_events = 0;
};

// Moves a workflow to another version of its definition.
struct MigrationRequest {
  WorkflowName name;
  std::string version;
  // Code::conflict where the workflow has moved on from this transition; 0: wherever it is.
  std::uint64_t transition = 0;
};

}  // namespace endure::actors
