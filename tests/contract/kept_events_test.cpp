// Broadcast events that are kept, who has to look at them, and events for sinks.
#include "persistence/verify.hpp"
#include "tests/contract/volume_under_test.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Phase;

namespace {

OutboxRow an_event(std::uint64_t sequence, std::string type = "a", std::string identity = {}) {
  OutboxRow row{sequence, "event " + std::to_string(sequence), std::move(type), 0, false};
  row.keep = true;
  row.accepted = {1'000};
  row.identity = std::move(identity);
  return row;
}

std::vector<std::uint64_t> sequences(const Result<std::vector<KeptRow>>& rows) {
  REQUIRE(rows);
  std::vector<std::uint64_t> found;
  for (const auto& row : *rows) found.push_back(row.sequence);
  return found;
}

using Sequences = std::vector<std::uint64_t>;

// Nothing to be seen, and nothing left behind in a table.
void check_sound(VolumeUnderTest& volume, Kind kind) {
  if (kind == Kind::memory) return;
  const auto findings = verify_store(*volume);
  REQUIRE(findings);
  for (const auto& finding : *findings) {
    if (finding.table == "snapshots" || finding.table == "listeners") continue;  // made up here
    FAIL(finding.table + "/" + finding.key + ": " + finding.what);
  }
}

}  // namespace

TEST_CASE("an event is kept once its delivery is through", "[events]") {
  const Kind kind = each_kind();
  VolumeUnderTest volume(kind);
  CHECK(volume->holds_no_event());
  volume.must(EventAccepted{an_event(10, "a", "s\n1")});
  CHECK_FALSE(volume->holds_no_event());
  CHECK(sequences(volume->kept_events(0, 10)).empty());
  CHECK(sequences(volume->events_of({"a"}, 0, 10)) == Sequences{10});
  OutboxRow half = an_event(10, "a", "s\n1");
  half.resume_after = 5;
  volume.must(EventDispatched{10, {}, half});
  CHECK(sequences(volume->kept_events(0, 10)).empty());
  volume.must(EventDispatched{10, {}, std::nullopt});
  volume.reopen();
  CHECK(volume->outbox(0, 10).value().empty());
  const auto kept = volume->kept_events(0, 10).value();
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].event == "event 10");
  CHECK(kept[0].type == "a");
  CHECK(kept[0].accepted == Instant{1'000});
  CHECK(volume->stats().kept_events == 1);
  CHECK_FALSE(volume->holds_no_event());
  check_sound(volume, kind);
}

TEST_CASE("an event that shall not be kept leaves nothing", "[events]") {
  VolumeUnderTest volume(each_kind());
  OutboxRow row = an_event(10, "a", "s\n1");
  row.keep = false;
  volume.must(EventAccepted{row});
  CHECK(sequences(volume->events_of({"a", ""}, 0, 10)).empty());
  volume.must(EventDispatched{10, {}, std::nullopt});
  CHECK(volume->holds_no_event());
  CHECK(volume->find_event("s\n1").value() == std::nullopt);
}

TEST_CASE("an event of the same source and id is refused while the first one is known",
          "[events]") {
  const Kind kind = each_kind();
  VolumeUnderTest volume(kind);
  const std::string identity = "s\n" + std::string(300, 'i');
  volume.must(EventAccepted{an_event(10, "a", identity)});
  for (int round = 0; round < 2; ++round) {
    const auto refused = volume.commit_one(EventAccepted{an_event(11, "b", identity)});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::conflict);
    CHECK(refused.error().where == "10");
    if (round == 0) volume.must(EventDispatched{10, {}, std::nullopt});
    volume.reopen();
  }
  CHECK(volume->find_event(identity).value() == 10U);
  CHECK(sequences(volume->events_of({""}, 0, 10)) == Sequences{10});
  volume.must(EventAccepted{an_event(12, "a", "s\nother")});
  volume.must(EventsExpired{{10, 99}});
  volume.must(EventAccepted{an_event(13, "a", identity)});
  CHECK(volume->find_event(identity).value() == 13U);
  check_sound(volume, kind);
}

TEST_CASE("kept events are found by type, in order, and in pages", "[events]") {
  VolumeUnderTest volume(each_kind());
  const std::string long_type(300, 't');
  volume.must(EventAccepted{an_event(14, "a")});
  for (const std::uint64_t n : {10U, 11U, 12U, 13U}) {
    volume.must(EventAccepted{an_event(n, n % 2 == 0 ? "a" : long_type)});
    volume.must(EventDispatched{n, {}, std::nullopt});
  }
  CHECK(sequences(volume->events_of({"a"}, 0, 10)) == Sequences{10, 12, 14});
  CHECK(sequences(volume->events_of({long_type}, 0, 10)) == Sequences{11, 13});
  CHECK(sequences(volume->events_of({long_type + "x"}, 0, 10)).empty());
  CHECK(sequences(volume->events_of({"a", long_type}, 10, 2)) == Sequences{11, 12});
  CHECK(sequences(volume->events_of({"a", ""}, 0, 10)) == Sequences{10, 11, 12, 13, 14});
  CHECK(sequences(volume->events_of({""}, 11, 2)) == Sequences{12, 13});
  CHECK(sequences(volume->kept_events(11, 1)) == Sequences{12});
}

TEST_CASE("who opens a listener while an event waits for it has to look", "[events]") {
  const Kind kind = each_kind();
  VolumeUnderTest volume(kind);
  const auto opens = [&](Scripted& flow, const std::string& type) {
    auto t = flow.next();
    t.listen = {{type, t.workflow, static_cast<workflow::WaitId>(t.number)}};
    volume.must(t);
  };
  const auto looking = [&] { return volume->looking_workflows(0, 10).value(); };
  using Numbers = std::vector<WorkflowNumber>;
  Scripted old(volume, 5);
  Scripted young(volume, 20);
  opens(old, "a");
  CHECK(looking().empty());
  volume.must(EventAccepted{an_event(10, "a")});
  opens(old, "b");
  CHECK(looking().empty());
  opens(young, "a");  // it was started after the event
  CHECK(looking().empty());
  opens(old, "a");
  CHECK(looking() == Numbers{5});
  volume.reopen();
  CHECK(volume->load_workflow(5).value()->may_look);
  CHECK_FALSE(volume->load_workflow(20).value()->may_look);

  auto t = old.next();
  t.looked = true;
  volume.must(t);
  CHECK(looking().empty());
  opens(old, "");
  CHECK(looking() == Numbers{5});
  volume.must(EventsLooked{5});
  CHECK(looking().empty());

  // What opens a listener anew has to look anew, and who ends need not look at all.
  volume.must(EventDispatched{10, {}, std::nullopt});
  t = old.next();
  t.looked = true;
  t.listen = {{"a", 5, 77}};
  volume.must(t);
  CHECK(looking() == Numbers{5});
  volume.must(old.next(Phase::completed));
  CHECK(looking().empty());
}

TEST_CASE("events for sinks lie apart for each sink until they are settled", "[events]") {
  VolumeUnderTest volume(each_kind());
  const std::string one = "http://one.test/events";
  const std::string two = "http://two.test/" + std::string(180, 'x');
  Scripted flow(volume, 1);
  auto t = flow.next();
  t.sink_events = {{{one, 11}, 1, "e11"}, {{two, 11}, 1, "e11"}, {{one, 12}, 1, "e12"}};
  volume.must(t);
  volume.reopen();
  const auto rows = volume->sink_events(one, 0, 10).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].key == SinkKey{one, 11});
  CHECK(rows[0].workflow == 1);
  CHECK(rows[0].event == "e11");
  CHECK(volume->sink_events(one, 11, 10).value().size() == 1);
  CHECK(volume->sink_events(two, 0, 10).value().size() == 1);
  CHECK(volume->sink_events("http://one.test/", 0, 10).value().empty());
  CHECK(volume->stats().sink_events == 3);
  const auto backlogs = volume->sink_backlogs().value();
  REQUIRE(backlogs.size() == 2);
  CHECK(backlogs[0].sink == one);
  CHECK(backlogs[0].events == 2);
  volume.must(SinkSettled{{{one, 11}, {one, 99}, {"http://none.test", 1}}});
  CHECK(volume->sink_events(one, 0, 10).value().size() == 1);
  CHECK(volume->stats().sink_events == 2);
}
