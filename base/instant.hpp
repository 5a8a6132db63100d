// Instant: a point in time in whole milliseconds since the Unix epoch, UTC.
// Durations are plain std::int64_t milliseconds whose names end in `_ms`.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace endure {

struct Instant {
  std::int64_t ms = 0;

  auto operator<=>(const Instant&) const = default;
};

constexpr Instant operator+(Instant t, std::int64_t ms) {
  return {t.ms + ms};
}
constexpr std::int64_t operator-(Instant a, Instant b) {
  return a.ms - b.ms;
}

// "2026-01-31T12:00:00.000Z" (RFC 3339, UTC, milliseconds).
std::string to_rfc3339(Instant t);

// Reads what to_rfc3339 writes, with any fraction and any numeric offset. False where `text` is not
// a date and time; `out` is then unchanged.
bool from_rfc3339(const std::string& text, Instant& out);

}  // namespace endure
