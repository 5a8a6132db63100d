#include "persistence/rules.hpp"
#include "persistence/verify.hpp"
#include "tests/contract/volume_under_test.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Phase;

namespace {

ScheduleRow sample_row(const std::string& name = "nightly", std::uint64_t revision = 1) {
  ScheduleRow row;
  row.ns = "agents";
  row.name = name;
  row.version = "1.0.0";
  row.revision = revision;
  row.anchor = {500};
  row.due = Instant{1'000};
  return row;
}

ScheduleChanged change(ScheduleRow row) {
  return {std::move(row), false, false, {}};
}

DefinitionDeployed deployed(const std::string& version, std::optional<ScheduleChanged> schedule,
                            const std::string& name = "nightly") {
  return {{{"agents", name, version}, "source " + version, {1}}, std::move(schedule)};
}

std::vector<std::uint64_t> waiting(Store& store, const std::string& name = "nightly",
                                   std::uint64_t after = 0, std::size_t limit = 10) {
  std::vector<std::uint64_t> sequences;
  const auto rows = store.triggers("agents", name, after, limit).value();
  for (const auto& row : rows) {
    CHECK(row.ns == "agents");
    CHECK(row.name == name);
    sequences.push_back(row.sequence);
  }
  return sequences;
}

void dispatch(VolumeUnderTest& volume, std::uint64_t sequence,
              const std::string& name = "nightly") {
  volume.must(EventAccepted{{sequence, "event", "t", 0, false}});
  EventDispatched slice{sequence, {}, std::nullopt, {}};
  slice.triggers = {{"agents", name, sequence, "event " + std::to_string(sequence), {0, 2}}};
  volume.must(slice);
}

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a schedule comes back as it was stored", "[schedules]") {
  VolumeUnderTest volume(each_kind());
  ScheduleRow row = sample_row();
  row.paused = true;
  row.running = 7;
  row.queued = {{0}, {-5}, {2'000}};
  row.last_id = "nightly-1";
  row.last_due = {900};
  row.last_start = {901};
  row.started = 3;
  row.triggered = 4;
  row.skipped = 5;
  row.missed = 6;
  volume.must(change(row));
  volume.must(change(sample_row("other")));
  volume.reopen();
  const auto stored = volume->find_schedule("agents", "nightly").value();
  REQUIRE(stored);
  CHECK(stored->version == "1.0.0");
  CHECK(stored->revision == 1);
  CHECK(stored->paused);
  CHECK(stored->anchor == Instant{500});
  CHECK(stored->due == Instant{1'000});
  CHECK(stored->running == 7);
  CHECK(stored->queued == row.queued);
  CHECK(stored->last_id == "nightly-1");
  CHECK(stored->last_due == Instant{900});
  CHECK(stored->last_start == Instant{901});
  CHECK(stored->started == 3);
  CHECK(stored->triggered == 4);
  CHECK(stored->skipped == 5);
  CHECK(stored->missed == 6);
  CHECK_FALSE(volume->find_schedule("agents", "none").value());
  const auto all = volume->schedules().value();
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "nightly");
  CHECK(all[1].name == "other");
  CHECK(volume->stats().schedules == 2);
}

TEST_CASE("a time of 0 and no time are told apart", "[schedules]") {
  VolumeUnderTest volume(each_kind());
  ScheduleRow row = sample_row();
  row.due = Instant{0};
  volume.must(change(row));
  volume.reopen();
  CHECK(volume->find_schedule("agents", "nightly").value()->due == Instant{0});
  row = sample_row("nightly", 2);
  row.due.reset();
  volume.must(change(row));
  CHECK_FALSE(volume->find_schedule("agents", "nightly").value()->due);
}

TEST_CASE("a schedule moves on from what its writer has seen, or not at all", "[schedules]") {
  VolumeUnderTest volume(each_kind());
  volume.must(change(sample_row()));
  for (const std::uint64_t revision : {1U, 3U}) {
    const auto refused = volume.commit_one(change(sample_row("nightly", revision)));
    CHECK(refused.error().code == Code::conflict);
    CHECK(is_schedule_moved_on(refused.error()));
  }
  const auto never_was = volume.commit_one(change(sample_row("none", 2)));
  CHECK(is_schedule_moved_on(never_was.error()));
  CHECK(volume.commit_one(change(sample_row("nightly", 0))).error().code == Code::invalid);
  CHECK(volume.commit_one(change(sample_row("", 1))).error().code == Code::invalid);
  volume.must(change(sample_row("nightly", 2)));
  volume.reopen();
  CHECK(volume->find_schedule("agents", "nightly").value()->revision == 2);
}

TEST_CASE("a start and the schedule that makes it are one commit", "[schedules]") {
  VolumeUnderTest volume(each_kind());
  volume.must(change(sample_row()));
  const auto start = [](WorkflowNumber number, std::uint64_t revision) {
    auto t = transition_to(sample_snapshot(number, 1));
    auto next = sample_row("nightly", revision);
    next.due = Instant{2'000};
    t.schedule = std::make_shared<const ScheduleChanged>(change(next));
    return t;
  };
  volume.must(start(1, 2));
  volume.reopen();
  CHECK(volume->find_schedule("agents", "nightly").value()->due == Instant{2'000});
  CHECK(volume->load_workflow(1).value());

  // The schedule has moved on: no workflow.
  CHECK(is_schedule_moved_on(volume.commit_one(start(2, 2)).error()));
  CHECK_FALSE(volume->load_workflow(2).value());
  CHECK_FALSE(volume->find_workflow({"test", "w-2"}).value());

  // The name is taken: the schedule stays.
  auto again = start(3, 3);
  again.name = {"test", "w-1"};
  const auto taken = volume.commit_one(again);
  CHECK(taken.error().code == Code::conflict);
  CHECK_FALSE(is_schedule_moved_on(taken.error()));
  CHECK(volume->find_schedule("agents", "nightly").value()->revision == 2);
}

TEST_CASE("a definition and its schedule are deployed together", "[schedules]") {
  VolumeUnderTest volume(each_kind());
  volume.must(deployed("1.0.0", change(sample_row())));
  CHECK(volume->find_schedule("agents", "nightly").value()->revision == 1);
  // The same once more changes nothing, whatever it brings.
  volume.must(deployed("1.0.0", change(sample_row("nightly", 2))));
  CHECK(volume->find_schedule("agents", "nightly").value()->revision == 1);
  auto next = sample_row("nightly", 2);
  next.version = "1.1.0";
  volume.must(deployed("1.1.0", change(next)));
  CHECK(volume->find_schedule("agents", "nightly").value()->version == "1.1.0");
  // A schedule that has moved on keeps the definition out, too.
  CHECK(is_schedule_moved_on(
      volume.commit_one(deployed("1.2.0", change(sample_row("nightly", 2)))).error()));
  CHECK_FALSE(volume->find_definition({"agents", "nightly", "1.2.0"}).value());
  auto last = change(sample_row("nightly", 3));
  last.remove = true;
  volume.must(deployed("2.0.0", last));
  volume.reopen();
  CHECK_FALSE(volume->find_schedule("agents", "nightly").value());
  CHECK(volume->find_definition({"agents", "nightly", "2.0.0"}).value());
}

TEST_CASE("events wait for their schedule in order, until a start takes them", "[schedules]") {
  VolumeUnderTest volume(each_kind());
  volume.must(change(sample_row()));
  volume.must(change(sample_row("nightly2")));
  for (const std::uint64_t sequence : {30U, 10U, 20U}) dispatch(volume, sequence);
  dispatch(volume, 40, "nightly2");
  dispatch(volume, 50, "gone");
  volume.reopen();
  CHECK(waiting(*volume) == Numbers{10, 20, 30});
  CHECK(waiting(*volume, "nightly", 10, 1) == Numbers{20});
  CHECK(waiting(*volume, "nightly2") == Numbers{40});
  CHECK(waiting(*volume, "gone").empty());
  CHECK(volume->stats().triggers == 4);
  const auto first = volume->triggers("agents", "nightly", 0, 1).value().at(0);
  CHECK(first.event == "event 10");
  CHECK(first.filters == std::vector<std::uint32_t>{0, 2});

  auto t = transition_to(sample_snapshot(1, 1));
  auto taken = change(sample_row("nightly", 2));
  taken.consumed = {10, 30, 999};
  t.schedule = std::make_shared<const ScheduleChanged>(taken);
  volume.must(t);
  volume.reopen();
  CHECK(waiting(*volume) == Numbers{20});
}

TEST_CASE("what is removed takes its events along; another's stay", "[schedules]") {
  VolumeUnderTest volume(each_kind());
  for (const std::string name : {"a", "nightly", "z"}) {
    volume.must(change(sample_row(name)));
    dispatch(volume, 10 + volume->stats().triggers, name);
    dispatch(volume, 20 + volume->stats().triggers, name);
  }
  auto forget = change(sample_row("nightly", 2));
  forget.forget_events = true;
  volume.must(forget);
  CHECK(waiting(*volume).empty());
  CHECK(volume->find_schedule("agents", "nightly").value());
  auto remove = change(sample_row("a", 2));
  remove.remove = true;
  volume.must(remove);
  volume.reopen();
  CHECK_FALSE(volume->find_schedule("agents", "a").value());
  CHECK(waiting(*volume, "a").empty());
  CHECK(waiting(*volume, "z").size() == 2);
  volume.must(change(sample_row("a", 1)));  // it may come again
}

TEST_CASE("verify knows schedules and the events that wait for them", "[schedules]") {
  VolumeUnderTest volume(Kind::lmdb);
  volume.must(deployed("1.0.0", change(sample_row())));
  dispatch(volume, 10);
  CHECK(verify_store(*volume, 10).value().empty());
  auto next = sample_row("nightly", 2);
  next.version = "9.9.9";
  volume.must(change(next));
  const auto findings = verify_store(*volume, 10).value();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].table == "schedules");
  CHECK(findings[0].what == "its definition is not there");
}
