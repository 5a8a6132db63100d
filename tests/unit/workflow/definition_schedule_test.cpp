// `schedule` in a document, and what its metadata says about it.
#include "tests/support/definitions.hpp"
#include "workflow/schedule/schedule.hpp"

namespace endure::workflow::test {

namespace {

std::string scheduled(const std::string& schedule, const std::string& metadata = {}) {
  return header() + metadata + "schedule:\n" + schedule + "do: [ { x: { set: { a: 1 } } } ]\n";
}

std::shared_ptr<const Schedule> schedule_of(const std::string& schedule,
                                            const std::string& metadata = {}) {
  auto definition = must_parse(scheduled(schedule, metadata));
  REQUIRE(definition->schedule);
  return definition->schedule;
}

}  // namespace

TEST_CASE("a definition without a schedule has none") {
  CHECK_FALSE(must_parse(with_tasks("  - x: { set: { a: 1 } }\n"))->schedule);
}

TEST_CASE("every, cron, after and on are read, with their defaults") {
  const auto every = schedule_of("  every: PT5M\n");
  CHECK(every->kind == Schedule::Kind::every);
  CHECK(every->interval_ms == 300'000);
  CHECK(every->text == "PT5M");
  CHECK(every->missed == Schedule::Missed::once);
  CHECK(every->overlap == Schedule::Overlap::allow);
  CHECK(schedule_of("  every: { minutes: 5 }\n")->interval_ms == 300'000);
  const auto cron = schedule_of("  cron: 0 0 * * *\n");
  CHECK(cron->kind == Schedule::Kind::cron);
  CHECK(cron->cron == *parse_cron("0 0 * * *"));
  CHECK(cron->time_zone.empty());
  CHECK(schedule_of("  after: PT1S\n")->kind == Schedule::Kind::after);
  const auto on = schedule_of("  on: { one: { with: { type: a } } }\n");
  CHECK(on->kind == Schedule::Kind::on);
  CHECK(on->filters.size() == 1);
  CHECK(on->read == ListenTask::Read::data);
  const auto all = schedule_of(
      "  on: { all: [ { with: { type: a } }, { with: { type: b } } ] }\n  read: envelope\n");
  CHECK(all->mode == ListenTask::Mode::all);
  CHECK(all->read == ListenTask::Read::envelope);
}

TEST_CASE("the metadata names the time zone and the policies") {
  const auto cron = schedule_of("  cron: '@daily'\n",
                                "  metadata:\n    timeZone: Europe/Berlin\n"
                                "    schedule: { missed: all, overlap: queue }\n");
  CHECK(cron->time_zone == "Europe/Berlin");
  CHECK(cron->missed == Schedule::Missed::all);
  CHECK(cron->overlap == Schedule::Overlap::queue);
}

TEST_CASE("a schedule that cannot be is refused where it is wrong") {
  const auto refused = [](const std::string& schedule, const std::string& metadata = {}) {
    const std::string problems = problems_of(scheduled(schedule, metadata));
    CHECK_FALSE(problems.empty());
    return problems;
  };
  using Catch::Contains;
  CHECK_THAT(refused("  {}\n"), Contains("/schedule: expected one of every, cron, after, on"));
  CHECK_THAT(refused("  every: PT1S\n  cron: '@daily'\n"), Contains("found several"));
  CHECK_THAT(refused("  every: PT0S\n"), Contains("/schedule/every: expected at least 100"));
  CHECK_THAT(refused("  after: soon\n"), Contains("/schedule/after"));
  CHECK_THAT(refused("  every: '${ .x }'\n"), Contains("/schedule/every"));
  CHECK_THAT(refused("  cron: 61 * * * *\n"), Contains("/schedule/cron: `61` is no minute"));
  CHECK_THAT(refused("  cron: 5\n"), Contains("/schedule/cron"));
  CHECK_THAT(refused("  every: PT1S\n  read: data\n"), Contains("/schedule/read"));
  CHECK_THAT(refused("  on: { one: { with: { type: a } } }\n  read: all\n"),
             Contains("/schedule/read"));
  CHECK_THAT(refused("  on: {}\n"), Contains("expected exactly one of one, any, all"));
  CHECK_THAT(refused("  on: { all: [] }\n"), Contains("at least one event filter"));
  CHECK_THAT(refused("  on: { any: [], until: '${ true }' }\n"), Contains("`until` of a schedule"));
  CHECK_THAT(
      refused("  on: { one: { with: { type: a }, correlate: { k: { from: '${ .id }' } } } }\n"),
      Contains("/schedule/on/one/correlate: `correlate` of a schedule"));
  CHECK_THAT(refused("  crom: '@daily'\n"), Contains("did you mean `cron`"));
  CHECK_THAT(refused("  cron: '@daily'\n", "  metadata: { timeZone: Mars/Olympus }\n"),
             Contains("/document/metadata/timeZone: the time zone `Mars/Olympus` is not known"));
  CHECK_THAT(refused("  every: PT1S\n", "  metadata: { schedule: { missed: never } }\n"),
             Contains("/document/metadata/schedule/missed"));
  CHECK_THAT(refused("  after: PT1S\n", "  metadata: { schedule: { overlap: skip } }\n"),
             Contains("schedules by time"));
  CHECK_THAT(problems_of(header() + "  metadata: { schedule: { missed: all } }\n"
                                    "do: [ { x: { set: { a: 1 } } } ]\n"),
             Contains("there is no `schedule` in this definition"));
}

}  // namespace endure::workflow::test
