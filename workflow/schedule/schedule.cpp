#include "workflow/schedule/schedule.hpp"

#include <algorithm>

namespace endure::workflow {

namespace {

// Of a cron that runs each minute, so much is looked back: more than a year.
constexpr std::int64_t longest_look_back_ms = 400LL * 24 * 3600 * 1000;

std::uint64_t intervals(std::int64_t from_ms, std::int64_t to_ms, std::int64_t interval_ms) {
  return to_ms < from_ms ? 0 : static_cast<std::uint64_t>((to_ms - from_ms) / interval_ms) + 1;
}

// The runs that are late: the last of them, and how many there are.
struct Late {
  Instant last;
  std::uint64_t count = 0;
};

Late late_runs(const Schedule& schedule, const TimeZone& zone, Instant due, Instant before) {
  Late late{due, 1};
  if (schedule.kind == Schedule::Kind::every) {
    late.count = intervals(due.ms, before.ms - 1, schedule.interval_ms);
    late.last = {due.ms + static_cast<std::int64_t>(late.count - 1) * schedule.interval_ms};
    return late;
  }
  Instant from = due;
  if (before - due > longest_look_back_ms) from = before + -longest_look_back_ms;
  for (auto next = next_after(schedule.cron, zone, from); next && *next < before;
       next = next_after(schedule.cron, zone, *next)) {
    late.last = *next;
    ++late.count;
  }
  return late;
}

// The run that has `ahead` late ones after it, of `late.count` that begin with `due`.
Instant skip_oldest(const Schedule& schedule, const TimeZone& zone, Instant anchor, Instant due,
                    std::uint64_t skip) {
  if (schedule.kind == Schedule::Kind::every) {
    return {due.ms + static_cast<std::int64_t>(skip) * schedule.interval_ms};
  }
  Instant run = due;
  for (; skip > 0; --skip) run = next_run(schedule, zone, anchor, run).value_or(run);
  return run;
}

}  // namespace

std::string_view to_string(Schedule::Kind kind) {
  switch (kind) {
    case Schedule::Kind::every: return "every";
    case Schedule::Kind::cron: return "cron";
    case Schedule::Kind::after: return "after";
    case Schedule::Kind::on: return "on";
  }
  return "unknown";
}

std::string_view to_string(Schedule::Missed missed) {
  switch (missed) {
    case Schedule::Missed::skip: return "skip";
    case Schedule::Missed::once: return "once";
    case Schedule::Missed::all: return "all";
  }
  return "unknown";
}

std::string_view to_string(Schedule::Overlap overlap) {
  switch (overlap) {
    case Schedule::Overlap::allow: return "allow";
    case Schedule::Overlap::skip: return "skip";
    case Schedule::Overlap::queue: return "queue";
  }
  return "unknown";
}

std::optional<Instant> next_run(const Schedule& schedule, const TimeZone& zone, Instant anchor,
                                Instant t) {
  if (schedule.kind == Schedule::Kind::cron) return next_after(schedule.cron, zone, t);
  if (schedule.kind != Schedule::Kind::every) return std::nullopt;
  if (t < anchor) return anchor + schedule.interval_ms;
  const std::int64_t passed = (t - anchor) / schedule.interval_ms;
  return anchor + (passed + 1) * schedule.interval_ms;
}

DueStep due_step(const Schedule& schedule, const TimeZone& zone, Instant anchor, Instant due,
                 Instant now, const LatePolicy& policy) {
  const Instant in_time = now + -policy.grace_ms;  // what is due before it is late
  if (due >= in_time || schedule.kind == Schedule::Kind::after) {
    return {due, next_run(schedule, zone, anchor, due), 0};
  }
  const Late late = late_runs(schedule, zone, due, in_time);
  const auto first_in_time = next_run(schedule, zone, anchor, late.last);
  switch (schedule.missed) {
    case Schedule::Missed::skip: return {std::nullopt, first_in_time, late.count};
    case Schedule::Missed::once: return {late.last, first_in_time, late.count - 1};
    case Schedule::Missed::all: break;
  }
  const std::uint64_t skipped =
      late.count > policy.max_catch_up ? late.count - policy.max_catch_up : 0;
  if (skipped == late.count) return {std::nullopt, first_in_time, late.count};
  Instant run = due;
  if (skipped > 0) {
    // Looked back from the first that was counted, which may be later than `due`.
    Instant from = due;
    if (schedule.kind == Schedule::Kind::cron && in_time - due > longest_look_back_ms) {
      from = in_time + -longest_look_back_ms;
    }
    run = skip_oldest(schedule, zone, anchor, from, skipped);
  }
  return {run, next_run(schedule, zone, anchor, run), skipped};
}

std::string run_id(const std::string& definition, Instant due) {
  return definition + "-" + to_rfc3339(due);
}

std::string event_run_id(const std::string& definition, std::uint64_t sequence) {
  return definition + "-event-" + std::to_string(sequence);
}

}  // namespace endure::workflow
