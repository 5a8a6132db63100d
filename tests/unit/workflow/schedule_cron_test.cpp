// Cron expressions: what is read, when they come, and what becomes of them where clocks change.
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "workflow/schedule/cron.hpp"

namespace endure::workflow {

namespace {

Instant at(const std::string& text) {
  Instant t;
  INFO(text);
  REQUIRE(from_rfc3339(text, t));
  return t;
}

TimeZonePtr zone(const std::string& name) {
  auto found = find_time_zone(name);
  INFO(name);
  REQUIRE(found);
  return *found;
}

Cron cron(const std::string& text) {
  auto read = parse_cron(text);
  INFO(text << ": " << (read ? "" : read.error().what));
  REQUIRE(read);
  return *read;
}

// The next `count` times after `from`, without their milliseconds.
std::vector<std::string> times(const std::string& text, const TimeZone& in, const std::string& from,
                               int count) {
  std::vector<std::string> found;
  Instant t = at(from);
  for (int i = 0; i < count; ++i) {
    const auto next = next_after(cron(text), in, t);
    REQUIRE(next);
    REQUIRE(*next > t);
    t = *next;
    const std::string shown = to_rfc3339(t);
    CHECK(shown.ends_with(":00.000Z"));
    found.push_back(shown.substr(0, 16));
  }
  return found;
}

std::vector<std::string> utc_times(const std::string& text, const std::string& from, int count) {
  return times(text, *utc(), from, count);
}

std::string refusal(const std::string& text) {
  const auto read = parse_cron(text);
  INFO(text);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Code::invalid);
  return read.error().what;
}

using Times = std::vector<std::string>;

}  // namespace

TEST_CASE("a cron comes at its minute and hour, strictly after the time given") {
  CHECK(utc_times("30 4 * * *", "2026-01-31T04:29:59.999Z", 2) ==
        Times{"2026-01-31T04:30", "2026-02-01T04:30"});
  CHECK(utc_times("30 4 * * *", "2026-01-31T04:30:00Z", 1) == Times{"2026-02-01T04:30"});
  CHECK(utc_times("* * * * *", "2026-12-31T23:59:30Z", 2) ==
        Times{"2027-01-01T00:00", "2027-01-01T00:01"});
  CHECK(utc_times("0 0 * * *", "1969-12-30T12:00:00Z", 2) ==
        Times{"1969-12-31T00:00", "1970-01-01T00:00"});
}

TEST_CASE("lists, ranges, steps and names are read") {
  CHECK(utc_times("0,30 9-10 * * *", "2026-01-31T09:10:00Z", 4) ==
        Times{"2026-01-31T09:30", "2026-01-31T10:00", "2026-01-31T10:30", "2026-02-01T09:00"});
  CHECK(utc_times("*/20 0 * * *", "2026-01-31T00:00:00Z", 3) ==
        Times{"2026-01-31T00:20", "2026-01-31T00:40", "2026-02-01T00:00"});
  CHECK(utc_times("10-40/15 0 * * *", "2026-01-31T00:00:00Z", 3) ==
        Times{"2026-01-31T00:10", "2026-01-31T00:25", "2026-01-31T00:40"});
  CHECK(cron("0 0 * jan-MAR Mon-fri") == cron("0 0 * 1-3 1-5"));
  CHECK(cron("0 0 * * sun") == cron("0 0 * * 7"));
  CHECK(cron("0 0 * * fri-mon") == cron("0 0 * * 0,1,5,6"));
  CHECK(cron("0 0 * * 5-7") == cron("0 0 * * 0,5,6"));
  CHECK(cron("  0\t0  *  *  * ") == cron("0 0 * * *"));
}

TEST_CASE("the names of common schedules stand for their five fields") {
  CHECK(cron("@hourly") == cron("0 * * * *"));
  CHECK(cron("@daily") == cron("0 0 * * *"));
  CHECK(cron("@midnight") == cron("0 0 * * *"));
  CHECK(cron("@weekly") == cron("0 0 * * 0"));
  CHECK(cron("@monthly") == cron("0 0 1 * *"));
  CHECK(cron("@yearly") == cron("@annually"));
  CHECK_THAT(refusal("@reboot"), Catch::Contains("expected @yearly"));
}

TEST_CASE("where both days are restricted, a day that fits either is meant") {
  // The 13th, and Fridays.
  CHECK(utc_times("0 0 13 * fri", "2026-02-01T00:00:00Z", 4) ==
        Times{"2026-02-06T00:00", "2026-02-13T00:00", "2026-02-20T00:00", "2026-02-27T00:00"});
  CHECK(utc_times("0 0 13 * fri", "2026-01-10T00:00:00Z", 2) ==
        Times{"2026-01-13T00:00", "2026-01-16T00:00"});
  // One of them with `*`: both must fit.
  CHECK(utc_times("0 0 */2 * mon", "2026-06-01T00:00:00Z", 2) ==
        Times{"2026-06-15T00:00", "2026-06-29T00:00"});
}

TEST_CASE("the 31st and the 29th of February wait for a month and year that have them") {
  CHECK(utc_times("0 0 31 * *", "2026-01-31T00:00:00Z", 2) ==
        Times{"2026-03-31T00:00", "2026-05-31T00:00"});
  CHECK(utc_times("0 12 29 2 *", "2026-01-01T00:00:00Z", 2) ==
        Times{"2028-02-29T12:00", "2032-02-29T12:00"});
  CHECK(utc_times("0 12 29 2 *", "2096-03-01T00:00:00Z", 1) == Times{"2104-02-29T12:00"});
}

TEST_CASE("what is no cron is refused with the field and what is expected") {
  CHECK_THAT(refusal(""), Catch::Contains("expected five fields"));
  CHECK_THAT(refusal("0 0 * *"), Catch::Contains("found 4"));
  CHECK_THAT(refusal("0 0 0 * * *"), Catch::Contains("seconds") && Catch::Contains("`every`"));
  CHECK_THAT(refusal("60 * * * *"), Catch::Contains("`60` is no minute; expected 0 to 59"));
  CHECK_THAT(refusal("0 24 * * *"), Catch::Contains("no hour"));
  CHECK_THAT(refusal("0 0 0 * *"), Catch::Contains("no day of month"));
  CHECK_THAT(refusal("0 0 * 13 *"), Catch::Contains("no month"));
  CHECK_THAT(refusal("0 0 * * 8"), Catch::Contains("no day of week"));
  CHECK_THAT(refusal("0 0 * foo *"), Catch::Contains("a name such as `feb`"));
  CHECK_THAT(refusal("*/0 * * * *"), Catch::Contains("no minute"));
  CHECK_THAT(refusal("5/10 * * * *"), Catch::Contains("`5-59/10`"));
  CHECK_THAT(refusal("30-10 * * * *"), Catch::Contains("goes upwards"));
  CHECK_THAT(refusal("-1 * * * *"), Catch::Contains("no minute"));
  CHECK_THAT(refusal("1,,2 * * * *"), Catch::Contains("no minute"));
  CHECK_THAT(refusal("1- * * * *"), Catch::Contains("no minute"));
  CHECK_THAT(refusal("99999999999999999999 * * * *"), Catch::Contains("no minute"));
  CHECK_THAT(refusal("0 0 30 2 *"), Catch::Contains("no day ever fits"));
}

TEST_CASE("a time zone is found by its name, and nothing else is") {
  CHECK(zone("UTC")->span_at({0}).offset_ms == 0);
  CHECK(zone("Europe/Berlin")->span_at(at("2026-07-01T00:00:00Z")).offset_ms == 2 * 3'600'000);
  CHECK(zone("Europe/Berlin")->span_at(at("2026-01-01T00:00:00Z")).offset_ms == 3'600'000);
  for (const std::string name : {"", "Mars/Olympus", "/etc/passwd", "../zoneinfo/UTC", "europe"}) {
    INFO(name);
    CHECK(find_time_zone(name).error().code == Code::invalid);
  }
}

TEST_CASE("a cron is read in its time zone") {
  CHECK(times("0 9 * * *", *zone("Asia/Kolkata"), "2026-01-31T00:00:00Z", 2) ==
        Times{"2026-01-31T03:30", "2026-02-01T03:30"});
  CHECK(times("0 9 * * mon", *zone("Pacific/Auckland"), "2026-01-01T00:00:00Z", 1) ==
        Times{"2026-01-04T20:00"});  // a Sunday in UTC
}

TEST_CASE("a time of day that the clocks leave out comes at the moment of the change") {
  // Berlin, 2026-03-29: 02:00 becomes 03:00, at 01:00 UTC.
  const auto berlin = zone("Europe/Berlin");
  CHECK(times("30 2 * * *", *berlin, "2026-03-27T12:00:00Z", 3) ==
        Times{"2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"});
  // Several that are left out come once, also with one that is there at that moment.
  CHECK(times("0,30 2,3 * * *", *berlin, "2026-03-28T12:00:00Z", 3) ==
        Times{"2026-03-29T01:00", "2026-03-29T01:30", "2026-03-30T00:00"});
  CHECK(times("59 1 * * *", *berlin, "2026-03-28T12:00:00Z", 1) == Times{"2026-03-29T00:59"});
}

TEST_CASE("a time of day that comes twice is taken the first time") {
  // Berlin, 2026-10-25: 03:00 becomes 02:00, at 01:00 UTC.
  const auto berlin = zone("Europe/Berlin");
  CHECK(times("30 2 * * *", *berlin, "2026-10-24T12:00:00Z", 2) ==
        Times{"2026-10-25T00:30", "2026-10-26T01:30"});
  // Also for one that asks in the middle of the second time.
  CHECK(times("30 2 * * *", *berlin, "2026-10-25T01:10:00Z", 1) == Times{"2026-10-26T01:30"});
  CHECK(times("0 3 * * *", *berlin, "2026-10-24T12:00:00Z", 1) == Times{"2026-10-25T02:00"});
}

TEST_CASE("an hourly cron follows the time that passes: none is missed and none doubled") {
  const auto berlin = zone("Europe/Berlin");
  CHECK(times("30 * * * *", *berlin, "2026-03-28T23:45:00Z", 3) ==
        Times{"2026-03-29T00:30", "2026-03-29T01:30", "2026-03-29T02:30"});
  CHECK(times("30 * * * *", *berlin, "2026-10-24T23:45:00Z", 4) ==
        Times{"2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30", "2026-10-25T03:30"});
}

TEST_CASE("changes of half an hour and at midnight are as those of an hour") {
  // Lord Howe, 2026-10-04: 02:00 becomes 02:30, at 15:30 UTC the day before.
  CHECK(times("15 2 * * *", *zone("Australia/Lord_Howe"), "2026-10-03T00:00:00Z", 2) ==
        Times{"2026-10-03T15:30", "2026-10-04T15:15"});
  // Beirut, 2026-03-29: midnight becomes 01:00, at 22:00 UTC the day before.
  CHECK(times("0 0 * * *", *zone("Asia/Beirut"), "2026-03-28T12:00:00Z", 2) ==
        Times{"2026-03-28T22:00", "2026-03-29T21:00"});
}

TEST_CASE("a year of runs in a zone with changes has each day once") {
  const auto berlin = zone("Europe/Berlin");
  const Cron daily = cron("30 2 * * *");
  Instant t = at("2025-12-31T01:30:00Z");
  int runs = 0;
  for (;; ++runs) {
    const auto next = next_after(daily, *berlin, t);
    REQUIRE(next);
    CHECK(*next - t >= 22 * 3'600'000);
    CHECK(*next - t <= 26 * 3'600'000);
    if (*next > at("2026-12-31T12:00:00Z")) break;
    t = *next;
  }
  CHECK(runs == 365);
}

}  // namespace endure::workflow
