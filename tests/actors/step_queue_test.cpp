#include "actors/step_queue.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::actors;
using persistence::StepKey;
using persistence::StepRecord;

namespace {

constexpr StepQueue::Time at(std::int64_t ms) {
  return {{ms}, ms};
}

StepRecord step(WorkflowNumber workflow, std::int64_t enqueued_ms = 0, std::uint8_t priority = 5) {
  StepRecord record;
  record.key = {"q", priority, {enqueued_ms}, workflow, 1};
  record.name = {"ns", "w" + std::to_string(workflow)};
  record.lease_ms = 100;
  return record;
}

struct Sink final : StepSink {
  void deliver(std::vector<LeasedStep>) override {}
  void revoke(const StepToken&, const std::string&) override {}
};

// A queue whose table is empty and has been read.
StepQueue empty_queue(std::size_t window = 100) {
  StepQueue queue("q", window, 7);
  queue.begin_slice();
  queue.slice_loaded({}, 10, at(0));
  return queue;
}

void add_consumer(StepQueue& queue, ConsumerId id, std::uint32_t credit) {
  queue.attach(id, "worker-" + std::to_string(id), std::make_shared<Sink>());
  queue.credit(id, credit);
}

std::vector<LeasedStep> handed_out(StepQueue& queue, StepQueue::Time time) {
  std::vector<LeasedStep> all;
  for (auto& delivery : queue.hand_out(time)) {
    all.insert(all.end(), delivery.steps.begin(), delivery.steps.end());
  }
  return all;
}

std::vector<WorkflowNumber> workflows_of(const std::vector<LeasedStep>& steps) {
  std::vector<WorkflowNumber> numbers;
  for (const LeasedStep& s : steps) numbers.push_back(s.token.key.workflow);
  return numbers;
}

}  // namespace

TEST_CASE("steps come by priority and then by the time of their enqueueing") {
  StepQueue queue = empty_queue();
  queue.add(step(1, 30), at(40));
  queue.add(step(2, 10), at(40));
  queue.add(step(3, 20, 0), at(40));
  add_consumer(queue, 1, 10);
  CHECK(workflows_of(handed_out(queue, at(40))) == std::vector<WorkflowNumber>{3, 2, 1});
}

TEST_CASE("no step is handed out beyond a consumer's credit") {
  StepQueue queue = empty_queue();
  for (WorkflowNumber n = 1; n <= 5; ++n) queue.add(step(n), at(0));
  add_consumer(queue, 1, 2);
  CHECK(handed_out(queue, at(0)).size() == 2);
  CHECK(handed_out(queue, at(0)).empty());
  queue.credit(1, 1);
  CHECK(handed_out(queue, at(0)).size() == 1);
}

TEST_CASE("consumers take turns") {
  StepQueue queue = empty_queue();
  for (WorkflowNumber n = 1; n <= 4; ++n) queue.add(step(n, static_cast<std::int64_t>(n)), at(9));
  add_consumer(queue, 1, 10);
  add_consumer(queue, 2, 10);
  const auto deliveries = queue.hand_out(at(9));
  REQUIRE(deliveries.size() == 2);
  CHECK(deliveries[0].steps.size() == 2);
  CHECK(deliveries[1].steps.size() == 2);
}

TEST_CASE("a paused queue keeps its steps and goes on when resumed") {
  StepQueue queue = empty_queue();
  queue.add(step(1), at(0));
  add_consumer(queue, 1, 1);
  queue.pause(true);
  CHECK(handed_out(queue, at(0)).empty());
  queue.pause(false);
  CHECK(handed_out(queue, at(0)).size() == 1);
}

TEST_CASE("a token ends its step once; a second answer and a wrong attempt are recognised") {
  StepQueue queue = empty_queue();
  queue.add(step(1), at(0));
  add_consumer(queue, 1, 1);
  const StepToken token = handed_out(queue, at(0)).front().token;
  CHECK(token.attempt == 1);
  CHECK(token.epoch == 7);

  StepToken other = token;
  other.attempt = 2;
  CHECK(queue.holds(other) == StepQueue::Holds::stale);
  other = token;
  other.epoch = 6;
  CHECK(queue.holds(other) == StepQueue::Holds::stale);

  REQUIRE(queue.holds(token) == StepQueue::Holds::yes);
  CHECK(queue.begin_settle(token, 1, at(1)).worker == "worker-1");
  CHECK(queue.holds(token) == StepQueue::Holds::settling);
  queue.settled(token.key);
  CHECK(queue.holds(token) == StepQueue::Holds::stale);
}

TEST_CASE("an end that was not accepted for a passing reason leaves the step with its holder") {
  StepQueue queue = empty_queue();
  queue.add(step(1), at(0));
  add_consumer(queue, 1, 1);
  const StepToken token = handed_out(queue, at(0)).front().token;
  queue.begin_settle(token, 1, at(0));
  queue.unsettle(token.key, at(90));
  CHECK(queue.holds(token) == StepQueue::Holds::yes);
  CHECK(queue.expired(189).empty());
  CHECK(queue.expired(190).size() == 1);
}

TEST_CASE("a lease runs out unless it is extended, and is reported once") {
  StepQueue queue = empty_queue();
  queue.add(step(1), at(0));
  add_consumer(queue, 1, 1);
  const StepToken token = handed_out(queue, at(0)).front().token;
  CHECK(queue.expired(99).empty());
  REQUIRE(queue.extend(token, 1, at(99)) != nullptr);
  CHECK(queue.expired(198).empty());
  CHECK(queue.expired(199).size() == 1);
  CHECK(queue.expired(500).empty());
}

TEST_CASE("a consumer that leaves gives back what it holds, and gets nothing more") {
  StepQueue queue = empty_queue();
  queue.add(step(1), at(0));
  add_consumer(queue, 1, 5);
  handed_out(queue, at(0));
  const auto leases = queue.detach(1);
  REQUIRE(leases.size() == 1);
  CHECK(leases.front().token.key.workflow == 1);
  queue.add(step(2), at(0));
  CHECK(handed_out(queue, at(0)).empty());
}

TEST_CASE("a step handed back unstarted is ready again under the same attempt") {
  StepQueue queue = empty_queue();
  queue.add(step(1), at(0));
  add_consumer(queue, 1, 2);
  const StepToken token = handed_out(queue, at(0)).front().token;
  queue.release(token, at(1));
  CHECK(queue.holds(token) == StepQueue::Holds::stale);
  const auto again = handed_out(queue, at(2));
  REQUIRE(again.size() == 1);
  CHECK(again.front().token.attempt == 1);
}

TEST_CASE("a step that its workflow withdrew is neither handed out nor ended") {
  StepQueue queue = empty_queue();
  queue.add(step(1), at(0));
  queue.add(step(2), at(0));
  add_consumer(queue, 1, 1);
  const StepToken token = handed_out(queue, at(0)).front().token;
  CHECK(queue.forget(token.key).has_value());
  CHECK(queue.holds(token) == StepQueue::Holds::stale);
  CHECK_FALSE(queue.forget(step(2).key).has_value());
  queue.credit(1, 5);
  CHECK(handed_out(queue, at(0)).empty());
}

TEST_CASE("a worker from before the restart may still end its step while nobody else holds it") {
  StepQueue queue = empty_queue();
  queue.add(step(1), at(0));
  StepToken old{step(1).key, 1, 6};
  REQUIRE(queue.holds(old) == StepQueue::Holds::yes);
  queue.begin_settle(old, 3, at(0));
  CHECK(queue.holds(old) == StepQueue::Holds::settling);
  add_consumer(queue, 1, 1);
  CHECK(handed_out(queue, at(0)).empty());

  queue.add(step(2), at(0));
  REQUIRE(handed_out(queue, at(0)).size() == 1);
  CHECK(queue.holds({step(2).key, 1, 6}) == StepQueue::Holds::stale);
}

TEST_CASE("a lease taken up before its worker is attached learns the worker's name") {
  StepQueue queue = empty_queue();
  queue.add(step(1), at(0));
  const StepToken old{step(1).key, 1, 6};
  REQUIRE(queue.extend(old, 3, at(0)) != nullptr);
  add_consumer(queue, 3, 0);
  CHECK(queue.begin_settle(old, 3, at(0)).worker == "worker-3");
}

TEST_CASE("a stored lease keeps its step from others after a restart until it runs out") {
  StepQueue queue = empty_queue();
  StepRecord kept = step(1);
  kept.leased_until = {150};
  kept.leased_by = "old";
  queue.add(kept, at(100));
  add_consumer(queue, 1, 5);
  CHECK(handed_out(queue, at(100)).empty());
  const StepToken old{kept.key, 1, 6};
  CHECK(queue.holds(old) == StepQueue::Holds::yes);
  CHECK(queue.expired(149).empty());
  const auto over = queue.expired(150);
  REQUIRE(over.size() == 1);
  CHECK(over.front().worker == "old");
}

TEST_CASE("what does not fit into the window stays on disk and is loaded in slices") {
  constexpr std::size_t window = 8;
  constexpr std::size_t slice = 4;
  std::map<StepKey, StepRecord> table;
  StepQueue queue("q", window, 1);
  add_consumer(queue, 1, 1'000'000);
  std::vector<WorkflowNumber> seen;

  const auto load = [&] {
    while (queue.wants_slice()) {
      const auto after = queue.begin_slice();
      std::vector<StepRecord> rows;
      for (const auto& [key, record] : table) {
        if ((!after || *after < key) && rows.size() < slice) rows.push_back(record);
      }
      queue.slice_loaded(rows, slice, at(0));
    }
  };
  for (WorkflowNumber n = 1; n <= 100; ++n) {
    const StepRecord record = step(n, static_cast<std::int64_t>(n));
    table.emplace(record.key, record);
    queue.add(record, at(0));
    CHECK(queue.in_memory() <= window);
  }
  for (int round = 0; round < 200 && seen.size() < 100; ++round) {
    load();
    CHECK(queue.in_memory() <= window + slice);
    for (const LeasedStep& s : handed_out(queue, at(0))) {
      seen.push_back(s.token.key.workflow);
      table.erase(s.token.key);
      queue.begin_settle(s.token, 1, at(0));
      queue.settled(s.token.key);
    }
  }
  CHECK(seen.size() == 100);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
}

// The table is the truth: whatever the order in which commits, announcements, slices and ends
// interleave, every step is handed out, and none twice at a time.
TEST_CASE("under random interleavings every step is handed out exactly once") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    const auto chance = [&](std::uint32_t percent) { return random() % 100 < percent; };
    std::map<StepKey, StepRecord> table;
    std::vector<StepRecord> unannounced;
    std::optional<std::vector<StepRecord>> slice_under_way;
    std::map<WorkflowNumber, int> times;
    StepQueue queue("q", 1 + random() % 6, 1);
    add_consumer(queue, 1, 1'000'000);
    WorkflowNumber next = 1;
    constexpr std::size_t slice = 3;
    constexpr WorkflowNumber steps = 60;

    for (int turn = 0; turn < 4'000 && (times.size() < steps || !table.empty()); ++turn) {
      if (next <= steps && chance(40)) {
        const StepRecord record = step(next++, static_cast<std::int64_t>(random() % 50),
                                       static_cast<std::uint8_t>(random() % 3));
        table.emplace(record.key, record);
        unannounced.push_back(record);
      }
      if (!unannounced.empty() && chance(50)) {
        const std::size_t pick = random() % unannounced.size();
        queue.add(unannounced[pick], at(0));
        unannounced.erase(unannounced.begin() + static_cast<std::ptrdiff_t>(pick));
      }
      if (chance(2)) queue.rescan();
      if (!slice_under_way && queue.wants_slice()) {
        const auto after = queue.begin_slice();
        slice_under_way.emplace();
        for (const auto& [key, record] : table) {
          if ((!after || *after < key) && slice_under_way->size() < slice) {
            slice_under_way->push_back(record);
          }
        }
      } else if (slice_under_way && chance(40)) {
        queue.slice_loaded(*slice_under_way, slice, at(0));
        slice_under_way.reset();
      }
      if (!chance(50)) continue;
      for (const LeasedStep& s : handed_out(queue, at(0))) {
        ++times[s.token.key.workflow];
        queue.begin_settle(s.token, 1, at(0));
        table.erase(s.token.key);
        std::erase_if(unannounced, [&](const StepRecord& r) { return r.key == s.token.key; });
        queue.settled(s.token.key);
      }
    }
    INFO("seed " << seed);
    CHECK(times.size() == steps);
    CHECK(std::all_of(times.begin(), times.end(), [](const auto& t) { return t.second == 1; }));
  }
}
