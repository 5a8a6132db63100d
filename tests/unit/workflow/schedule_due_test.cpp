// What a schedule does when its time has come, in time and late; and which events start a run.
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/unit/workflow/decide_driver.hpp"
#include "workflow/schedule/schedule.hpp"

namespace endure::workflow::test {

namespace {

constexpr std::int64_t minute = 60'000;
constexpr Instant anchor{1'000'000'000'000};

Schedule every(std::int64_t interval_ms, Schedule::Missed missed = Schedule::Missed::once) {
  Schedule schedule;
  schedule.interval_ms = interval_ms;
  schedule.missed = missed;
  return schedule;
}

Schedule daily(Schedule::Missed missed) {
  Schedule schedule;
  schedule.kind = Schedule::Kind::cron;
  schedule.cron = *parse_cron("0 0 * * *");
  schedule.missed = missed;
  return schedule;
}

Instant at(const std::string& text) {
  Instant t;
  REQUIRE(from_rfc3339(text, t));
  return t;
}

DueStep step(const Schedule& schedule, Instant due, Instant now, LatePolicy policy = {}) {
  return due_step(schedule, *utc(), anchor, due, now, policy);
}

std::shared_ptr<const Definition> started_by(const std::string& schedule) {
  return parse_whole(
      "document: { dsl: '1.0.3', namespace: test, name: alarm, version: '1.0.0' }\n"
      "schedule:\n" +
      schedule + "do: [ { x: { set: { a: 1 } } } ]\n");
}

Value event(const std::string& type, Json data) {
  return Json{{"type", type}, {"id", "1"}, {"source", "s"}, {"data", std::move(data)}};
}

std::vector<std::uint32_t> passed(const Definition& definition, const Value& event) {
  const auto filters =
      passed_filters(definition, *definition.schedule, event, shared_expressions());
  REQUIRE(filters);
  return *filters;
}

using Filters = std::vector<std::uint32_t>;
using Indexes = std::vector<std::size_t>;

}  // namespace

TEST_CASE("every counts its intervals from the time of its deployment") {
  const Schedule schedule = every(10 * minute);
  CHECK(next_run(schedule, *utc(), anchor, anchor) == anchor + 10 * minute);
  CHECK(next_run(schedule, *utc(), anchor, anchor + 9 * minute) == anchor + 10 * minute);
  CHECK(next_run(schedule, *utc(), anchor, anchor + 10 * minute) == anchor + 20 * minute);
  CHECK(next_run(schedule, *utc(), anchor, anchor + 35 * minute) == anchor + 40 * minute);
}

TEST_CASE("a run that is in time is started, and the next one follows its due time") {
  const Schedule schedule = every(10'000);
  const Instant due = anchor + 10'000;
  for (const std::int64_t late : {0, 1, 9'999, 30'000, 60'000}) {
    const DueStep done = step(schedule, due, due + late);
    CHECK(done.run == due);
    CHECK(done.next == due + 10'000);  // which may have come already, and is then in its turn
    CHECK(done.missed == 0);
  }
}

TEST_CASE("runs that are late are given up, made up for by one, or all made up for") {
  // Due at 10, 20, 30 … minutes; the node comes back after 45 minutes and a bit.
  const Instant due = anchor + 10 * minute;
  const Instant now = anchor + 45 * minute + 1;
  const auto skip = step(every(10 * minute, Schedule::Missed::skip), due, now);
  CHECK_FALSE(skip.run);
  CHECK(skip.next == anchor + 50 * minute);
  CHECK(skip.missed == 4);
  const auto once = step(every(10 * minute, Schedule::Missed::once), due, now);
  CHECK(once.run == anchor + 40 * minute);
  CHECK(once.next == anchor + 50 * minute);
  CHECK(once.missed == 3);
  const auto all = step(every(10 * minute, Schedule::Missed::all), due, now);
  CHECK(all.run == due);
  CHECK(all.next == anchor + 20 * minute);
  CHECK(all.missed == 0);
}

TEST_CASE("a run within the grace is not late, also behind late ones") {
  const Instant due = anchor + 10 * minute;
  const Instant now = anchor + 40 * minute + 30'000;
  const auto skip = step(every(10 * minute, Schedule::Missed::skip), due, now);
  CHECK_FALSE(skip.run);
  CHECK(skip.next == anchor + 40 * minute);
  CHECK(skip.missed == 3);
  const auto once = step(every(10 * minute, Schedule::Missed::once), due, now);
  CHECK(once.run == anchor + 30 * minute);
  CHECK(once.next == anchor + 40 * minute);
}

TEST_CASE("all late runs means at most so many, the newest") {
  const Instant due = anchor + 1 * minute;
  const Instant now = anchor + 1'001 * minute + 1;  // late are those of minutes 1 to 1,000
  const LatePolicy policy{minute, 10};
  Schedule schedule = every(minute, Schedule::Missed::all);
  DueStep done = step(schedule, due, now, policy);
  CHECK(done.missed == 990);
  CHECK(done.run == anchor + 991 * minute);
  int runs = 1;
  for (; done.next && *done.next <= now; ++runs) {
    done = step(schedule, *done.next, now, policy);
    CHECK(done.run);
    CHECK(done.missed == 0);
  }
  CHECK(runs == 11);  // ten late ones and the one that is in time
  const auto none = step(schedule, due, now, {minute, 0});
  CHECK_FALSE(none.run);
  CHECK(none.missed == 1'000);
}

TEST_CASE("late runs of a cron are counted as those of an interval") {
  const Instant due = at("2026-01-01T00:00:00Z");
  const Instant now = at("2026-01-05T12:00:00Z");
  const auto skip = step(daily(Schedule::Missed::skip), due, now);
  CHECK_FALSE(skip.run);
  CHECK(skip.next == at("2026-01-06T00:00:00Z"));
  CHECK(skip.missed == 5);
  const auto once = step(daily(Schedule::Missed::once), due, now);
  CHECK(once.run == at("2026-01-05T00:00:00Z"));
  CHECK(once.missed == 4);
  const auto all = step(daily(Schedule::Missed::all), due, now, {minute, 2});
  CHECK(all.run == at("2026-01-04T00:00:00Z"));
  CHECK(all.next == at("2026-01-05T00:00:00Z"));
  CHECK(all.missed == 3);
}

TEST_CASE("a node that was down for years comes back in a moment") {
  Schedule schedule = daily(Schedule::Missed::all);
  schedule.cron = *parse_cron("* * * * *");
  const Instant now = at("2026-06-01T00:00:30Z");
  const auto all = step(schedule, at("2016-06-01T00:00:00Z"), now, {minute, 3});
  REQUIRE(all.run);
  CHECK(all.run == at("2026-05-31T23:57:00Z"));
  schedule.missed = Schedule::Missed::once;
  const auto once = step(schedule, at("2016-06-01T00:00:00Z"), now);
  CHECK(once.run == at("2026-05-31T23:59:00Z"));
  CHECK(once.next == at("2026-06-01T00:00:00Z"));
}

TEST_CASE("the id of a run follows from its time or its event") {
  CHECK(run_id("backup", at("2026-01-31T00:00:00Z")) == "backup-2026-01-31T00:00:00.000Z");
  CHECK(event_run_id("alarm", 17) == "alarm-event-17");
  CHECK(check_workflow_id(run_id(std::string(63, 'x'), {0})));
}

// -- events -------------------------------------------------------------------

TEST_CASE("an event passes the filters whose attributes and data fit") {
  const auto alarm = started_by(
      "  on:\n"
      "    any:\n"
      "      - with: { type: hot, data: '${ .degrees > 38 }' }\n"
      "      - with: { type: hot, source: s }\n"
      "      - with: { type: 'co.*' }\n");
  CHECK(passed(*alarm, event("hot", {{"degrees", 39}})) == Filters{0, 1});
  CHECK(passed(*alarm, event("hot", {{"degrees", 37}})) == Filters{1});
  CHECK(passed(*alarm, event("cold", {})) == Filters{2});
  CHECK(passed(*alarm, event("other", {})).empty());
  const auto anything = started_by("  on: { any: [] }\n");
  CHECK(passed(*anything, event("other", {})) == Filters{0});
}

TEST_CASE("one event starts a run; all of several do when each filter has its own") {
  const auto one = started_by("  on: { one: { with: { type: a } } }\n");
  const Schedule& each = *one->schedule;
  std::vector<WaitingEvent> waiting;
  CHECK(events_of_next_run(each, waiting).empty());
  waiting = {{1, event("a", 1), {0}}, {2, event("a", 2), {0}}};
  CHECK(events_of_next_run(each, waiting) == Indexes{0});

  const auto both = started_by("  on: { all: [ { with: { type: a } }, { with: { type: b } } ] }\n");
  const Schedule& all = *both->schedule;
  waiting = {{1, event("a", 1), {0}}, {2, event("a", 2), {0}}};
  CHECK(events_of_next_run(all, waiting).empty());
  waiting.push_back({3, event("b", 3), {1}});
  CHECK(events_of_next_run(all, waiting) == Indexes{0, 2});
  // An event counts for one filter, though it passes both.
  waiting = {{1, event("ab", 1), {0, 1}}};
  CHECK(events_of_next_run(all, waiting).empty());
  waiting.push_back({2, event("ab", 2), {0, 1}});
  CHECK(events_of_next_run(all, waiting) == Indexes{0, 1});
}

TEST_CASE("the input is the array of the events, as data, envelopes or raw") {
  const auto alarm = started_by("  on: { one: { with: { type: a } } }\n");
  Schedule schedule = *alarm->schedule;
  const std::vector<WaitingEvent> waiting = {
      {1, event("a", {{"n", 1}}), {0}}, {2, Json{{"type", "a"}, {"data_base64", "AA=="}}, {0}}};
  CHECK(*input_of_events(schedule, waiting, {0}) == Json::parse(R"([{"n": 1}])"));
  CHECK(*input_of_events(schedule, waiting, {1}) == Json::parse("[null]"));
  schedule.read = ListenTask::Read::raw;
  CHECK(*input_of_events(schedule, waiting, {0, 1}) == Json::parse(R"([{"n": 1}, "AA=="])"));
  schedule.read = ListenTask::Read::envelope;
  CHECK(input_of_events(schedule, waiting, {0})->at(0).at("type") == "a");
}

}  // namespace endure::workflow::test
