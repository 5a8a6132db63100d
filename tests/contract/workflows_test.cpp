#include "tests/contract/volume_under_test.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Phase;

namespace {

using Numbers = std::vector<WorkflowNumber>;

}  // namespace

TEST_CASE("a created workflow is found by name and loaded by number", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  CHECK_FALSE(volume->find_workflow({"test", "w-7"}).value());
  const auto created = transition_to(sample_snapshot(7, 1));
  volume.must(created);
  volume.reopen();
  CHECK(volume->find_workflow({"test", "w-7"}).value() == 7);
  CHECK_FALSE(volume->find_workflow({"test", "w-"}).value());
  CHECK_FALSE(volume->find_workflow({"tes", "tw-7"}).value());
  const auto stored = volume->load_workflow(7).value();
  REQUIRE(stored);
  CHECK(stored->snapshot == created.snapshot);
  CHECK(stored->mailbox.empty());
  CHECK_FALSE(volume->load_workflow(8).value());
}

TEST_CASE("a name is taken once: the second creation is refused and leaves no trace",
          "[workflows]") {
  VolumeUnderTest volume(each_kind());
  volume.must(transition_to(sample_snapshot(1, 1)));
  auto second = sample_snapshot(2, 1, Phase::waiting, "RECEIVED");
  second.name = {"test", "w-1"};
  auto change = transition_to(second);
  change.enqueue.push_back(sample_step(sample_step_key(2, 1)));
  change.arm_timers.push_back({{1}, 2, 1});
  change.listen.push_back({"t", 2, 1});
  const auto results = volume.commit({change, transition_to(sample_snapshot(3, 1))});
  REQUIRE_FALSE(results[0]);
  CHECK(results[0].error().code == Code::conflict);
  CHECK(results[1]);
  volume.reopen();
  CHECK(volume->find_workflow({"test", "w-1"}).value() == 1);
  CHECK_FALSE(volume->load_workflow(2).value());
  CHECK(volume->history(2, 0, 10).value().rows.empty());
  CHECK(volume->queues().value().empty());
  CHECK_FALSE(volume->next_timer().value());
  CHECK(volume->listeners("t", 0, 10).value().empty());
  CHECK(list_all(*volume, {}, 10) == Numbers{3, 1});
}

TEST_CASE("of two creations of one name in one batch the first wins", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  auto twin = sample_snapshot(2, 1);
  twin.name = {"test", "w-1"};
  const auto results = volume.commit({transition_to(sample_snapshot(1, 1)), transition_to(twin)});
  CHECK(results[0]);
  CHECK_FALSE(results[1]);
  CHECK(volume->find_workflow({"test", "w-1"}).value() == 1);
}

TEST_CASE("a number is taken once, too", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  volume.must(transition_to(sample_snapshot(1, 1)));
  auto other = sample_snapshot(1, 1);
  other.name = {"test", "other"};
  CHECK(volume.commit_one(transition_to(other)).error().code == Code::conflict);
  CHECK_FALSE(volume->find_workflow({"test", "other"}).value());
}

TEST_CASE("a transition must follow the stored one by one", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  const auto first = sample_snapshot(1, 1);
  const auto second = sample_snapshot(1, 2);
  const auto third = sample_snapshot(1, 3);
  volume.must(transition_to(first));
  volume.reopen();
  CHECK(volume.commit_one(transition_to(third, &second)).error().code == Code::conflict);
  auto again = transition_to(first, &first);
  CHECK(volume.commit_one(again).error().code == Code::conflict);
  // Both in one batch: the second sees the first.
  const auto results = volume.commit({transition_to(second, &first), transition_to(second, &first),
                                      transition_to(third, &second)});
  CHECK(results[0]);
  CHECK(results[1].error().code == Code::conflict);
  CHECK(results[2]);
  volume.reopen();
  CHECK(decode_summary(volume->load_workflow(1).value()->snapshot)->transition == 3);
  CHECK(volume->history(1, 0, 10).value().rows.size() == 3);
}

TEST_CASE("the first transition of a workflow has number 1", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  CHECK(volume.commit_one(transition_to(sample_snapshot(1, 2))).error().code == Code::conflict);
  CHECK(volume.commit_one(transition_to(sample_snapshot(1, 0))).error().code == Code::invalid);
  CHECK_FALSE(volume->find_workflow({"test", "w-1"}).value());
}

TEST_CASE("a transition of a workflow that is not there is not found", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  const auto first = sample_snapshot(1, 1);
  const auto result = volume.commit_one(transition_to(sample_snapshot(1, 2), &first));
  CHECK(result.error().code == Code::not_found);
}

TEST_CASE("a change that no store could hold is refused as invalid", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  auto no_snapshot = transition_to(sample_snapshot(1, 1));
  no_snapshot.snapshot = "not a snapshot at all";
  auto other_phase = transition_to(sample_snapshot(1, 1));
  other_phase.index_after.phase = Phase::running;
  auto long_name = sample_snapshot(1, 1);
  long_name.name.id = std::string(201, 'x');
  auto zero_in_name = sample_snapshot(1, 1);
  zero_in_name.name.id = std::string("a\0b", 3);
  auto long_queue = transition_to(sample_snapshot(1, 1));
  long_queue.enqueue.push_back(sample_step(sample_step_key(1, 1, std::string(65, 'q'))));
  auto no_queue = transition_to(sample_snapshot(1, 1));
  no_queue.remove_steps.push_back(sample_step_key(1, 1, ""));
  const auto results =
      volume.commit({no_snapshot, other_phase, transition_to(long_name),
                     transition_to(zero_in_name), long_queue, no_queue, QueuePaused{"", true}});
  for (const auto& result : results) {
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Code::invalid);
  }
  CHECK(volume->stats().workflows == 0);
}

TEST_CASE("an index entry that is not the stored one is refused", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  volume.must(transition_to(sample_snapshot(1, 1, Phase::waiting)));
  const auto wrong = sample_snapshot(1, 1, Phase::running);
  CHECK(volume.commit_one(transition_to(sample_snapshot(1, 2), &wrong)).error().code ==
        Code::invalid);
  CHECK(list_all(*volume, {.phase = Phase::waiting}, 10) == Numbers{1});
}

TEST_CASE("ended workflows are found by when they ended, and removed whole", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  Scripted one(volume, 1), two(volume, 2), three(volume, 3);
  auto first = one.next();
  first.keep_messages.push_back({11, "event"});
  volume.must(first);
  one.step(Phase::completed, "COMPLETED");  // updated 1'021
  two.step(Phase::faulted);                 // updated 1'012
  three.step(Phase::waiting);
  volume.reopen();
  CHECK(volume->ended_before({5'000}, 10).value() == Numbers{2, 1});
  CHECK(volume->ended_before({5'000}, 1).value() == Numbers{2});
  CHECK(volume->ended_before({1'021}, 10).value() == Numbers{2});
  CHECK(volume->ended_before({0}, 10).value().empty());

  const auto results = volume.commit({WorkflowRemoved{1}, WorkflowRemoved{3}, WorkflowRemoved{99}});
  CHECK(results[0]);
  CHECK(results[1].error().code == Code::conflict);
  CHECK(results[2].error().code == Code::not_found);
  volume.reopen();
  CHECK_FALSE(volume->find_workflow({"test", "w-1"}).value());
  CHECK_FALSE(volume->load_workflow(1).value());
  CHECK(volume->history(1, 0, 10).value().rows.empty());
  CHECK(volume->ended_before({5'000}, 10).value() == Numbers{2});
  CHECK(list_all(*volume, {.status = "COMPLETED"}, 10).empty());
  CHECK(list_all(*volume, {.phase = Phase::completed}, 10).empty());
  CHECK(list_all(*volume, {}, 10) == Numbers{3, 2});
  CHECK(volume->stats().workflows == 2);

  auto again = sample_snapshot(10, 1);  // the name is free again
  again.name = {"test", "w-1"};
  volume.must(transition_to(again));
  CHECK(volume->find_workflow({"test", "w-1"}).value() == 10);
  CHECK(volume->load_workflow(10).value()->mailbox.empty());
}

TEST_CASE("sequence numbers ascend and are never given out twice", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  std::uint64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    const auto next = volume->next_sequence();
    CHECK(next > last);
    last = next;
  }
  volume.must(QueuePaused{"q", false});  // any commit holds what was given out before it
  volume.reopen();
  CHECK(volume->next_sequence() > last);
}

TEST_CASE("statistics count what is there and what was done", "[workflows]") {
  VolumeUnderTest volume(each_kind());
  auto created = transition_to(sample_snapshot(1, 1));
  created.arm_timers.push_back({{1}, 1, 1});
  volume.commit({created, EventAccepted{{9, "event", "type", 0, false}}});
  const auto stats = volume->stats();
  CHECK(stats.workflows == 1);
  CHECK(stats.timers == 1);
  CHECK(stats.outbox == 1);
  CHECK(stats.commits == 1);
  CHECK(stats.changes == 2);
}
