// The schedule of a definition: what starts its workflows without anybody asking.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "workflow/definition.hpp"
#include "workflow/event.hpp"
#include "workflow/schedule/cron.hpp"
#include "workflow/schedule/time_zone.hpp"

namespace endure::workflow {

struct Schedule {
  enum class Kind : std::uint8_t { every, cron, after, on };
  // What becomes of runs that were due while the node was down.
  enum class Missed : std::uint8_t { skip, once, all };
  // What becomes of a run that is due while the one before is not over.
  enum class Overlap : std::uint8_t { allow, skip, queue };

  Kind kind = Kind::every;
  std::string text;              // as the document says it: "PT5M", "0 0 * * *", "one"
  std::int64_t interval_ms = 0;  // every, after
  Cron cron;
  std::string time_zone;  // cron; empty: the node's
  Missed missed = Missed::once;
  Overlap overlap = Overlap::allow;

  // on
  ListenTask::Mode mode = ListenTask::Mode::one;
  std::vector<EventFilter> filters;  // `any` with none takes every event
  ListenTask::Read read = ListenTask::Read::data;
};

std::string_view to_string(Schedule::Kind kind);
std::string_view to_string(Schedule::Missed missed);
std::string_view to_string(Schedule::Overlap overlap);

// -- times (every and cron) ---------------------------------------------------

// The first run after `t`. `anchor` is when `every` began to count. Nothing for the other kinds.
std::optional<Instant> next_run(const Schedule& schedule, const TimeZone& zone, Instant anchor,
                                Instant t);

struct LatePolicy {
  std::int64_t grace_ms = 60'000;    // a run that is due longer than this is late
  std::uint32_t max_catch_up = 100;  // late runs that `all` makes up for; older ones are given up
};

// The next step of a schedule whose time has come.
struct DueStep {
  std::optional<Instant> run;   // start one that is due for this time; nothing: only go on
  std::optional<Instant> next;  // what the schedule is due for then; it may have come already
  std::uint64_t missed = 0;     // runs that are given up
};

// `due` <= `now`. Pure; at most some 600,000 runs are looked at (older ones are not counted).
DueStep due_step(const Schedule& schedule, const TimeZone& zone, Instant anchor, Instant due,
                 Instant now, const LatePolicy& policy);

// The id of the workflow that a run at `due` is: "backup-2026-01-31T00:00:00.000Z".
std::string run_id(const std::string& definition, Instant due);
// The id of the workflow that the event of this number starts: "alarm-event-17".
std::string event_run_id(const std::string& definition, std::uint64_t sequence);

// -- events (on) --------------------------------------------------------------

// The filters that the event passes, ascending; `any` without filters: 0. Code::retry_later where
// the machine was too busy for an expression.
Result<std::vector<std::uint32_t>> passed_filters(const Definition& definition,
                                                  const Schedule& schedule, const CloudEvent& event,
                                                  Expressions& expressions);

struct WaitingEvent {
  std::uint64_t sequence = 0;
  Value event;
  std::vector<std::uint32_t> filters;
};

// Of the events that wait, in their order, those that the next run takes, as indexes; empty where
// there are not enough. `all`: for each filter the first event that passes it, each event once.
std::vector<std::size_t> events_of_next_run(const Schedule& schedule,
                                            const std::vector<WaitingEvent>& waiting);

// The array that such a run gets as its input: data, envelopes or raw data.
Value input_of_events(const Schedule& schedule, const std::vector<WaitingEvent>& waiting,
                      const std::vector<std::size_t>& taken);

}  // namespace endure::workflow
