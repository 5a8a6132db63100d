#include "runtime/sinks/sink_queue.hpp"

#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::sinks;
using persistence::SinkRow;

namespace {

SinkRow row(std::uint64_t sequence, WorkflowNumber workflow) {
  return {{"http://sink.test", sequence}, workflow, "event"};
}

std::vector<std::uint64_t> take_all(SinkQueue& queue, std::int64_t now_ms = 0) {
  std::vector<std::uint64_t> taken;
  while (const auto next = queue.next(now_ms)) taken.push_back(next->key.sequence);
  return taken;
}

using Sequences = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("events of one workflow go one after another, those of others beside them", "[sinks]") {
  SinkQueue queue({});
  queue.add({row(1, 7), row(2, 8), row(3, 7), row(4, 9)});
  CHECK(take_all(queue) == Sequences{1, 2, 4});
  queue.done(1);
  CHECK(take_all(queue) == Sequences{3});
}

TEST_CASE("no more events are under way than allowed, and no more in memory", "[sinks]") {
  QueueLimits limits;
  limits.concurrency = 2;
  limits.window = 3;
  SinkQueue queue(limits);
  queue.add({row(1, 1), row(2, 2), row(3, 3), row(4, 4)});
  CHECK_FALSE(queue.has_room());
  CHECK(take_all(queue) == Sequences{1, 2});
  queue.done(2);
  CHECK(queue.has_room());
  queue.add({row(1, 1), row(2, 2), row(3, 3), row(4, 4)});  // 2 lies in the store still
  CHECK(take_all(queue) == Sequences{3});
  CHECK(queue.rows_to_read() == 4);
  queue.settled(2);
  CHECK(queue.rows_to_read() == 3);
}

TEST_CASE("a row that became durable late is taken before those behind it", "[sinks]") {
  SinkQueue queue({});
  queue.add({row(5, 1)});
  queue.add({row(4, 2), row(5, 1)});
  CHECK(take_all(queue) == Sequences{4, 5});
}

TEST_CASE("a sink that fails is left alone, longer each time, and then asked by one event",
          "[sinks]") {
  QueueLimits limits;
  limits.first_pause_ms = 100;
  limits.longest_pause_ms = 300;
  SinkQueue queue(limits);
  queue.add({row(1, 1), row(2, 2)});
  CHECK(take_all(queue) == Sequences{1, 2});
  queue.failed(1, 0);
  queue.failed(2, 50);  // of the same time
  CHECK(queue.is_failing());
  CHECK(queue.due_ms() == 100);
  CHECK(take_all(queue, 99).empty());
  CHECK(take_all(queue, 100) == Sequences{1});
  queue.failed(1, 100);
  CHECK(queue.due_ms() == 300);
  CHECK(take_all(queue, 300) == Sequences{1});
  queue.failed(1, 300);
  CHECK(queue.due_ms() == 600);
  CHECK(take_all(queue, 600) == Sequences{1});
  queue.done(1);
  CHECK_FALSE(queue.is_failing());
  CHECK(take_all(queue, 600) == Sequences{2});
}

TEST_CASE("what is given up is not sent, unless it is under way", "[sinks]") {
  SinkQueue queue({});
  queue.add({row(1, 1), row(2, 1)});
  CHECK(take_all(queue) == Sequences{1});
  CHECK_FALSE(queue.drop(1));
  CHECK(queue.drop(2));
  CHECK_FALSE(queue.drop(2));
  CHECK(queue.drop(3));  // was not in memory
  queue.add({row(3, 1)});
  queue.done(1);
  CHECK(take_all(queue).empty());
}
