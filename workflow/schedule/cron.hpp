// Cron expressions: five fields (minute, hour, day of month, month, day of week) in local time.
//
//   field   value | value-value | * , each with /step; several joined by commas
//   values  minute 0-59, hour 0-23, day 1-31, month 1-12 or jan-dec, weekday 0-7 or sun-sat
//   names   @yearly @annually @monthly @weekly @daily @midnight @hourly
//
// Where both days are restricted (neither begins with `*`), a day that fits either is meant, as in
// every cron since the first. A range of weekdays may run over the week's end (fri-mon).
//
// Where clocks change: an expression whose hour begins with `*` follows the time that passes, so it
// neither misses nor repeats a run. Any other means a time of day: one that is left out comes at
// the moment of the change, one that comes twice is taken the first time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "workflow/schedule/time_zone.hpp"

namespace endure::workflow {

struct Cron {
  std::uint64_t minutes = 0;  // bit n: minute n
  std::uint32_t hours = 0;    // bit n: hour n
  std::uint32_t days = 0;     // bit n: day n of the month, from 1
  std::uint16_t months = 0;   // bit n: month n, from 1
  std::uint8_t weekdays = 0;  // bit n: weekday n, Sunday 0
  bool every_hour = false;    // the hour's field begins with `*`
  bool any_day = false;       // the day of month's field begins with `*`
  bool any_weekday = false;   // the weekday's field begins with `*`

  bool operator==(const Cron&) const = default;
};

// Code::invalid with the field, what was found and what is expected; also where no day ever fits.
Result<Cron> parse_cron(const std::string& text);

// The first time after `t`; nothing only where none comes within the calendar.
std::optional<Instant> next_after(const Cron& cron, const TimeZone& zone, Instant t);

}  // namespace endure::workflow
