// Time zones: how far local time is from UTC, and when that changes. The data is the system's
// (tzdata); UTC needs none.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace endure::workflow {

class TimeZone {
 public:
  // A stretch of time in which the offset stays: begin <= t < end.
  struct Span {
    Instant begin;
    Instant end;
    std::int64_t offset_ms = 0;  // local time minus UTC
  };

  virtual ~TimeZone() = default;
  virtual const std::string& name() const = 0;
  // The span that holds `t`. Any thread; never throws.
  virtual Span span_at(Instant t) const = 0;
};

using TimeZonePtr = std::shared_ptr<const TimeZone>;

// A zone by its name in the IANA data: "Europe/Berlin", "UTC". Code::invalid where there is no such
// zone, or the machine has no data about zones. Reads the data at first use: not for a scheduled
// actor. Any thread.
Result<TimeZonePtr> find_time_zone(const std::string& name);

// Needs no data.
TimeZonePtr utc();

}  // namespace endure::workflow
