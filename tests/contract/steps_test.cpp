#include "tests/contract/volume_under_test.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Fault;
using workflow::Phase;

namespace {

using Waits = std::vector<workflow::WaitId>;

Waits waits_of(const Result<std::vector<StepRecord>>& steps) {
  REQUIRE(steps);
  Waits waits;
  for (const auto& step : *steps) waits.push_back(step.key.wait);
  return waits;
}

const Fault slow{"https://example.org/slow", 429, "slow down", "", ""};
constexpr Instant far{INT64_MAX};

// One workflow with three steps on the queue `enrich`: waits 1, 2, 3.
struct ThreeSteps {
  VolumeUnderTest volume;
  Scripted flow{volume, 1};
  StepKey one = sample_step_key(1, 1);
  StepKey two = sample_step_key(1, 2);
  StepKey three = sample_step_key(1, 3);

  explicit ThreeSteps(Kind kind) : volume(kind) {
    auto created = flow.next();
    for (const auto& key : {one, two, three}) created.enqueue.push_back(sample_step(key));
    volume.must(created);
  }

  QueueCounts counts() {
    const auto counts = volume->queue_counts("enrich");
    CHECK(volume->queues().value().at(0).counts == counts);
    return counts;
  }
  Result<void> retry(const StepKey& key, Instant due, std::uint32_t attempts = 1) {
    auto record = sample_step(key);
    record.attempts = attempts;
    record.due = due;
    record.last_fault = slow;
    record.arguments.clear();  // a report need not carry what is stored already
    return volume.commit_one(StepRetried{record});
  }
  void bury(const StepKey& key) {
    auto t = flow.next();
    t.bury_steps.push_back({key, slow, {7'777}});
    volume.must(t);
  }
};

}  // namespace

TEST_CASE("steps are handed out by priority, then by time, then by workflow", "[steps]") {
  VolumeUnderTest volume(each_kind());
  Scripted flow(volume, 1);
  auto t = flow.next();
  t.enqueue.push_back(sample_step(sample_step_key(1, 1, "enrich", 9'000, 5)));
  t.enqueue.push_back(sample_step(sample_step_key(1, 2, "enrich", 8'000, 5)));
  t.enqueue.push_back(sample_step(sample_step_key(1, 3, "enrich", 9'500, 0)));
  t.enqueue.push_back(sample_step(sample_step_key(1, 4, "enrich", -5, 9)));
  t.enqueue.push_back(sample_step(sample_step_key(1, 5, "enrich", 8'000, 5)));
  t.enqueue.push_back(sample_step(sample_step_key(1, 6, "enrich2", 1, 0)));
  t.enqueue.push_back(sample_step(sample_step_key(1, 7, "enric", 1, 0)));
  volume.must(t);
  volume.reopen();
  CHECK(waits_of(volume->ready_steps("enrich", {}, 10)) == Waits{3, 2, 5, 1, 4});
  CHECK(waits_of(volume->ready_steps("enrich", {}, 2)) == Waits{3, 2});
  const auto after = sample_step_key(1, 2, "enrich", 8'000, 5);
  CHECK(waits_of(volume->ready_steps("enrich", after, 2)) == Waits{5, 1});
  const auto never_there = sample_step_key(1, 3, "enrich", 8'000, 5);
  CHECK(waits_of(volume->ready_steps("enrich", never_there, 2)) == Waits{5, 1});
  CHECK(waits_of(volume->ready_steps("nobody", {}, 10)).empty());
  CHECK(volume->queue_counts("enrich") == QueueCounts{5, 0, 0});
  CHECK(volume->queue_counts("nobody") == QueueCounts{});
}

TEST_CASE("a ready step is stored whole", "[steps]") {
  VolumeUnderTest volume(each_kind());
  Scripted flow(volume, 1);
  auto step = sample_step(sample_step_key(1, 1));
  step.attempts = 2;
  step.lease_ms = 5;
  step.max_attempts = 7;
  auto t = flow.next();
  t.enqueue.push_back(step);
  volume.must(t);
  volume.reopen();
  const auto stored = volume->ready_steps("enrich", {}, 1).value().at(0);
  CHECK(stored.key == step.key);
  CHECK(stored.name == step.name);
  CHECK(stored.task == step.task);
  CHECK(stored.attempts == 2);
  CHECK(stored.lease_ms == 5);
  CHECK(stored.max_attempts == 7);
  CHECK(stored.arguments == step.arguments);
}

TEST_CASE("a result removes its step and enqueues the next in one commit", "[steps]") {
  ThreeSteps s(each_kind());
  auto t = s.flow.next();
  t.remove_steps.push_back(s.two);
  t.enqueue.push_back(sample_step(sample_step_key(1, 4)));
  t.remove_steps.push_back(sample_step_key(9, 9));  // not there: passed over
  s.volume.must(t);
  s.volume.reopen();
  CHECK(waits_of(s.volume->ready_steps("enrich", {}, 10)) == Waits{1, 3, 4});
  CHECK(s.counts() == QueueCounts{3, 0, 0});
}

TEST_CASE("a failed attempt delays its step until it is due", "[steps]") {
  ThreeSteps s(each_kind());
  CHECK(s.retry(s.one, {20'000}));
  CHECK(s.retry(s.two, {10'000}, 3));
  s.volume.reopen();
  CHECK(s.counts() == QueueCounts{1, 2, 0});
  CHECK(s.volume->next_delayed("enrich").value() == Instant{10'000});
  CHECK_FALSE(s.volume->next_delayed("other").value());
  CHECK(waits_of(s.volume->delayed_steps("enrich", far, 10)) == Waits{2, 1});
  CHECK(waits_of(s.volume->delayed_steps("enrich", {10'000}, 10)) == Waits{2});
  CHECK(waits_of(s.volume->delayed_steps("enrich", {9'999}, 10)).empty());
  CHECK(waits_of(s.volume->delayed_steps("enrich", far, 1)) == Waits{2});
  const auto delayed = s.volume->delayed_steps("enrich", far, 1).value().at(0);
  CHECK(delayed.attempts == 3);
  CHECK(delayed.due == Instant{10'000});
  CHECK(delayed.last_fault == slow);
  CHECK(delayed.arguments == sample_step(s.two).arguments);  // kept

  s.volume.must(StepsDue{"enrich", {{s.two, {10'000}}, {s.three, {10'000}}}});
  CHECK(s.counts() == QueueCounts{2, 1, 0});
  const auto ready = s.volume->ready_steps("enrich", {}, 10).value();
  CHECK(waits_of(ready) == Waits{2, 3});
  CHECK(ready.at(0).attempts == 3);
  CHECK(ready.at(0).due == Instant{});
  s.volume.must(StepsDue{"enrich", {{s.two, {10'000}}}});  // again: passed over
  CHECK(s.counts() == QueueCounts{2, 1, 0});
}

TEST_CASE("a failed attempt without a due time leaves its step ready", "[steps]") {
  ThreeSteps s(each_kind());
  CHECK(s.retry(s.one, {}, 2));
  CHECK(s.counts() == QueueCounts{3, 0, 0});
  const auto ready = s.volume->ready_steps("enrich", {}, 1).value().at(0);
  CHECK(ready.key == s.one);
  CHECK(ready.attempts == 2);
  CHECK(ready.last_fault == slow);
}

TEST_CASE("a failed attempt of a step that is not ready is a conflict", "[steps]") {
  ThreeSteps s(each_kind());
  CHECK(s.retry(sample_step_key(1, 9), {1}).error().code == Code::conflict);
  CHECK(s.retry(s.one, {20'000}));
  CHECK(s.retry(s.one, {20'000}).error().code == Code::conflict);
  s.bury(s.two);
  CHECK(s.retry(s.two, {20'000}).error().code == Code::conflict);
  CHECK(s.counts() == QueueCounts{1, 1, 1});
}

TEST_CASE("steps out of attempts become dead letters, from ready and from delayed", "[steps]") {
  ThreeSteps s(each_kind());
  CHECK(s.retry(s.one, {20'000}, 4));
  s.bury(s.one);
  s.bury(s.two);
  s.bury(sample_step_key(1, 9));  // not there: passed over
  s.bury(s.two);                  // dead already
  s.volume.reopen();
  CHECK(s.counts() == QueueCounts{1, 0, 2});
  CHECK(waits_of(s.volume->dead_steps("enrich", {}, 10)) == Waits{1, 2});
  CHECK(waits_of(s.volume->dead_steps("enrich", s.one, 10)) == Waits{2});
  CHECK(waits_of(s.volume->dead_steps("enrich", {}, 1)) == Waits{1});
  CHECK_FALSE(s.volume->find_dead_step(s.three).value());
  const auto dead = s.volume->find_dead_step(s.one).value();
  REQUIRE(dead);
  CHECK(dead->attempts == 5);  // four that were reported, and the one that ended it
  CHECK(dead->last_fault == slow);
  CHECK(dead->buried == Instant{7'777});
  CHECK(dead->due == Instant{});
  CHECK(waits_of(s.volume->delayed_steps("enrich", far, 10)).empty());
}

TEST_CASE("a redriven dead letter is ready again with its attempts counted anew", "[steps]") {
  ThreeSteps s(each_kind());
  s.bury(s.one);
  auto t = s.flow.next();
  t.redrive_steps.push_back(s.one);
  t.redrive_steps.push_back(s.two);  // not dead: passed over
  s.volume.must(t);
  s.volume.reopen();
  CHECK(s.counts() == QueueCounts{3, 0, 0});
  const auto ready = s.volume->ready_steps("enrich", {}, 1).value().at(0);
  CHECK(ready.key == s.one);
  CHECK(ready.attempts == 0);
  CHECK(ready.buried == Instant{});
}

TEST_CASE("a step is removed wherever it lies", "[steps]") {
  ThreeSteps s(each_kind());
  CHECK(s.retry(s.one, {20'000}));
  s.bury(s.two);
  s.volume.reopen();
  auto t = s.flow.next();
  t.remove_steps = {s.one, s.two, s.three};
  s.volume.must(t);
  CHECK(s.counts() == QueueCounts{});
  CHECK(waits_of(s.volume->ready_steps("enrich", {}, 10)).empty());
  CHECK(waits_of(s.volume->delayed_steps("enrich", far, 10)).empty());
  CHECK(waits_of(s.volume->dead_steps("enrich", {}, 10)).empty());
}

TEST_CASE("a heartbeat's lease is kept with a ready step, and ends with its attempt", "[steps]") {
  ThreeSteps s(each_kind());
  CHECK(s.retry(s.two, {20'000}));
  s.volume.must(LeasesKept{{{s.one, {99'000}, "worker-1"},
                            {s.two, {99'000}, "worker-2"},                     // delayed
                            {sample_step_key(1, 9), {99'000}, "worker-3"}}});  // gone
  s.volume.reopen();
  const auto ready = s.volume->ready_steps("enrich", {}, 10).value();
  CHECK(waits_of(ready) == Waits{1, 3});
  CHECK(ready.at(0).leased_until == Instant{99'000});
  CHECK(ready.at(0).leased_by == "worker-1");
  CHECK(s.volume->delayed_steps("enrich", far, 1).value().at(0).leased_by.empty());
  s.bury(s.one);
  CHECK(s.volume->find_dead_step(s.one).value()->leased_by.empty());
}

TEST_CASE("a paused queue stays paused over a restart, and counts on", "[steps]") {
  ThreeSteps s(each_kind());
  s.volume.must(QueuePaused{"enrich", true});
  s.volume.must(QueuePaused{"empty", true});
  s.volume.reopen();
  auto rows = s.volume->queues().value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].queue == "empty");
  CHECK(rows[0].paused);
  CHECK(rows[1].queue == "enrich");
  CHECK(rows[1].paused);
  CHECK(rows[1].counts == QueueCounts{3, 0, 0});
  s.volume.must(QueuePaused{"enrich", false});
  CHECK_FALSE(s.volume->queues().value()[1].paused);
}

TEST_CASE("the steps of a removed workflow go with it", "[steps]") {
  ThreeSteps s(each_kind());
  s.bury(s.two);
  s.flow.snapshot().steps = {{1, "enrich", 5, s.one.enqueued, false},
                             {2, "enrich", 5, s.two.enqueued, true},
                             {3, "enrich", 5, s.three.enqueued, false}};
  s.flow.step(Phase::cancelled);
  s.volume.must(WorkflowRemoved{1});
  CHECK(s.counts() == QueueCounts{});
  CHECK(waits_of(s.volume->dead_steps("enrich", {}, 10)).empty());
}
