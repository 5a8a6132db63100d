#include "tests/contract/volume_under_test.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Phase;

namespace {

constexpr Instant far{INT64_MAX};
using Timers = std::vector<TimerKey>;

std::vector<WorkflowNumber> listening(Store& store, const std::string& type,
                                      WorkflowNumber after = 0, std::size_t limit = 10) {
  const auto keys = store.listeners(type, after, limit);
  REQUIRE(keys);
  std::vector<WorkflowNumber> numbers;
  for (const auto& key : *keys) {
    CHECK(key.type == type);
    numbers.push_back(key.workflow);
  }
  return numbers;
}

std::vector<std::string> mailbox(Store& store, WorkflowNumber number) {
  std::vector<std::string> events;
  const auto stored = store.load_workflow(number).value();
  REQUIRE(stored);
  for (const auto& message : stored->mailbox) events.push_back(message.event);
  return events;
}

}  // namespace

TEST_CASE("timers come by due time, in pages that can be continued", "[events]") {
  VolumeUnderTest volume(each_kind());
  Scripted flow(volume, 1);
  auto t = flow.next();
  t.arm_timers = {{{300}, 1, 3}, {{-5}, 1, 1}, {{200}, 1, 2}, {{200}, 1, 4}};
  volume.must(t);
  volume.reopen();
  CHECK(volume->next_timer().value() == Instant{-5});
  CHECK(volume->timers(far, {}, 10).value() ==
        Timers{{{-5}, 1, 1}, {{200}, 1, 2}, {{200}, 1, 4}, {{300}, 1, 3}});
  CHECK(volume->timers({200}, {}, 10).value().size() == 3);
  CHECK(volume->timers(far, TimerKey{{200}, 1, 2}, 1).value() == Timers{{{200}, 1, 4}});

  t = flow.next();
  t.disarm_timers = {{{-5}, 1, 1}, {{200}, 1, 2}, {{9}, 9, 9}};
  t.arm_timers = {{{250}, 1, 5}};
  volume.must(t);
  volume.reopen();
  CHECK(volume->timers(far, {}, 10).value() == Timers{{{200}, 1, 4}, {{250}, 1, 5}, {{300}, 1, 3}});
  CHECK(volume->stats().timers == 3);
}

TEST_CASE("listeners are found by exactly their type", "[events]") {
  VolumeUnderTest volume(each_kind());
  const std::string shared(300, 't');
  for (const WorkflowNumber n : {1U, 2U, 3U}) {
    Scripted flow(volume, n);
    auto t = flow.next();
    t.listen.push_back({"review.decided", n, 1});
    if (n == 1) t.listen.push_back({"", n, 2});
    if (n == 2) t.listen.push_back({"review", n, 2});
    t.listen.push_back({shared + std::to_string(n), n, 3});
    volume.must(t);
  }
  volume.reopen();
  using Numbers = std::vector<WorkflowNumber>;
  CHECK(listening(*volume, "review.decided") == Numbers{1, 2, 3});
  CHECK(listening(*volume, "review.decided", 1, 1) == Numbers{2});
  CHECK(listening(*volume, "review.decided", 3).empty());
  CHECK(listening(*volume, "review") == Numbers{2});
  CHECK(listening(*volume, "") == Numbers{1});
  CHECK(listening(*volume, shared + "2") == Numbers{2});
  CHECK(listening(*volume, shared).empty());

  const auto before = sample_snapshot(2, 1);
  auto t = transition_to(sample_snapshot(2, 2), &before);
  t.unlisten = {{"review.decided", 2, 1}, {shared + "2", 2, 3}, {"unknown", 2, 9}};
  volume.must(t);
  CHECK(listening(*volume, "review.decided") == Numbers{1, 3});
  CHECK(listening(*volume, shared + "2").empty());
}

TEST_CASE("messages are kept in order and consumed one by one", "[events]") {
  VolumeUnderTest volume(each_kind());
  Scripted flow(volume, 1);
  auto t = flow.next();
  t.keep_messages = {{300, "third"}, {100, "first"}, {200, "second"}};
  volume.must(t);
  volume.reopen();
  CHECK(mailbox(*volume, 1) == std::vector<std::string>{"first", "second", "third"});
  t = flow.next();
  t.consume_messages = {200, 999};
  volume.must(t);
  volume.reopen();
  CHECK(mailbox(*volume, 1) == std::vector<std::string>{"first", "third"});
}

TEST_CASE("an accepted event lies in the outbox until its last slice is dispatched", "[events]") {
  VolumeUnderTest volume(each_kind());
  Scripted one(volume, 1), two(volume, 2);
  one.step();
  two.step();
  volume.must(EventAccepted{{50, "event", "review.decided", 0, false}});
  CHECK(volume.commit_one(EventAccepted{{50, "other", "x", 0, false}}).error().code ==
        Code::conflict);
  auto t = one.next();
  t.publish.push_back({60, "published", "other", 0, false});
  volume.must(t);
  volume.reopen();
  auto rows = volume->outbox(0, 10).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].sequence == 50);
  CHECK(rows[0].event == "event");
  CHECK(rows[0].type == "review.decided");
  CHECK(rows[1].event == "published");
  CHECK(volume->outbox(50, 10).value().size() == 1);
  CHECK(volume->outbox(0, 1).value().size() == 1);

  EventDispatched slice{
      50, {{1, {70, "to one"}}}, OutboxRow{50, "event", "review.decided", 1, true}};
  volume.must(slice);
  volume.reopen();
  rows = volume->outbox(0, 1).value();
  CHECK(rows.at(0).resume_after == 1);
  CHECK(rows.at(0).any_done);
  CHECK(mailbox(*volume, 1) == std::vector<std::string>{"to one"});

  EventDispatched last{50, {{2, {71, "to two"}}}, std::nullopt};
  volume.must(last);
  volume.reopen();
  CHECK(volume->outbox(0, 10).value().size() == 1);
  CHECK(mailbox(*volume, 2) == std::vector<std::string>{"to two"});
  const auto again = volume.commit_one(last);  // after a crash between commit and answer, say
  CHECK(again.error().code == Code::not_found);
  CHECK(mailbox(*volume, 2).size() == 1);
}

TEST_CASE("an event finds no mailbox where its workflow has ended or is gone", "[events]") {
  VolumeUnderTest volume(each_kind());
  Scripted ended(volume, 1);
  ended.step(Phase::completed);
  volume.must(EventAccepted{{50, "event", "type", 0, false}});
  volume.must(EventDispatched{50, {{1, {70, "late"}}, {99, {71, "nobody"}}}, std::nullopt});
  CHECK(mailbox(*volume, 1).empty());
  CHECK_FALSE(volume->load_workflow(99).value());
  CHECK(volume->stats().outbox == 0);
}

TEST_CASE("a definition keeps what was read for it from elsewhere", "[events]") {
  VolumeUnderTest volume(each_kind());
  DefinitionRow row{{"agents", "post", "1.0.0"}, "source", {1'000}};
  row.resources = {{"https://x.test/f.yaml", "call: \"f\"\nwith: {}\n"}, {"file:///s", "ünïcödé"}};
  volume.must(DefinitionDeployed{row});
  auto later = row;  // the same text again: what stands at the addresses now does not count
  later.resources = {{"https://x.test/f.yaml", "call: other"}};
  CHECK(volume.commit_one(DefinitionDeployed{later}));
  volume.reopen();
  CHECK(volume->find_definition(row.ref).value()->resources == row.resources);
  CHECK(volume->definitions().value().front().resources == row.resources);
}

TEST_CASE("a definition is immutable by its version", "[events]") {
  VolumeUnderTest volume(each_kind());
  const DefinitionRow one{{"agents", "post", "1.0.0"}, "source 1", {1'000}};
  const DefinitionRow two{{"agents", "post", "1.1.0"}, "source 2", {2'000}};
  const DefinitionRow other{{"agent", "spost", "1.0.0"}, "source 3", {3'000}};
  volume.commit({DefinitionDeployed{two}, DefinitionDeployed{one}, DefinitionDeployed{other}});
  auto repeated = one;
  repeated.deployed = {9'000};
  CHECK(volume.commit_one(DefinitionDeployed{repeated}));
  auto changed = one;
  changed.source = "changed";
  CHECK(volume.commit_one(DefinitionDeployed{changed}).error().code == Code::conflict);
  auto nameless = one;
  nameless.ref.name.clear();
  CHECK(volume.commit_one(DefinitionDeployed{nameless}).error().code == Code::invalid);
  volume.reopen();
  const auto all = volume->definitions().value();
  REQUIRE(all.size() == 3);
  CHECK(all[0].ref == other.ref);
  CHECK(all[1].ref == one.ref);
  CHECK(all[2].ref == two.ref);
  const auto stored = volume->find_definition(one.ref).value();
  REQUIRE(stored);
  CHECK(stored->source == "source 1");
  CHECK(stored->deployed == Instant{1'000});
  CHECK_FALSE(volume->find_definition({"agents", "post", "2.0.0"}).value());
}
