#include "base/watchdog.hpp"

#include "tests/support/catch.hpp"

using namespace endure;

namespace {

constexpr std::int64_t limit_ms = 1'000;

struct Watched {
  ManualClock clock;
  Watchdog watchdog{clock, limit_ms};

  std::shared_ptr<Watchdog::Slot> slot(const std::string& who) {
    return watchdog.watch(who,
                          [](std::uint64_t number) { return "job " + std::to_string(number); });
  }
  void pass(std::int64_t ms) {
    clock.advance_ms(ms);
    watchdog.look();
  }
};

}  // namespace

TEST_CASE("a job that is seen for longer than the limit is stuck") {
  Watched w;
  const auto slot = w.slot("journal");
  slot->begin(7);
  w.watchdog.look();
  const Instant seen = w.clock.now();
  w.pass(limit_ms);
  CHECK(w.watchdog.stuck().empty());
  w.pass(1);
  const auto stuck = w.watchdog.stuck();
  REQUIRE(stuck.size() == 1);
  CHECK(stuck[0].who == "journal");
  CHECK(stuck[0].job == "job 7");
  CHECK(stuck[0].since == seen);
  slot->end();
  CHECK(w.watchdog.stuck().empty());  // at once, without another look
  w.pass(10 * limit_ms);
  CHECK(w.watchdog.stuck().empty());
}

TEST_CASE("many short jobs are no stuck one") {
  Watched w;
  const auto slot = w.slot("loader");
  for (int i = 0; i < 100; ++i) {
    const Watchdog::Job each(*slot);
    w.pass(limit_ms * 3 / 4);
    CHECK(w.watchdog.stuck().empty());
  }
  CHECK(w.watchdog.reports() == 0);
}

TEST_CASE("the longest comes first") {
  Watched w;
  const auto one = w.slot("one");
  const auto two = w.slot("two");
  two->begin();
  w.pass(10);
  one->begin();
  w.pass(10);
  w.pass(limit_ms + 1);
  const auto stuck = w.watchdog.stuck();
  REQUIRE(stuck.size() == 2);
  CHECK(stuck[0].who == "two");
  CHECK(stuck[1].who == "one");
}

TEST_CASE("a stuck job is reported once, the next one of the same thread again") {
  Watched w;
  const auto slot = w.slot("native worker");
  slot->begin(1);
  w.watchdog.look();
  w.pass(limit_ms + 1);
  w.pass(limit_ms + 1);
  CHECK(w.watchdog.reports() == 1);
  slot->end();
  slot->begin(2);
  w.pass(1);
  CHECK(w.watchdog.reports() == 1);
  w.pass(limit_ms + 1);
  CHECK(w.watchdog.reports() == 2);
}

TEST_CASE("a question that is asked again is as old as it was first") {
  Watched w;
  const auto slot = w.slot("/root/timers");
  slot->ask();
  w.watchdog.look();
  w.pass(limit_ms / 2);
  slot->ask();
  w.pass(limit_ms / 2 + 1);
  CHECK(w.watchdog.stuck().size() == 1);
  slot->answered();
  slot->answered();
  CHECK(w.watchdog.stuck().empty());
  slot->ask();
  w.watchdog.look();
  w.pass(limit_ms + 1);
  CHECK(w.watchdog.stuck().size() == 1);
}

TEST_CASE("who is gone is not watched") {
  Watched w;
  w.slot("gone")->begin();
  w.pass(1);
  w.pass(limit_ms + 1);
  CHECK(w.watchdog.stuck().empty());
  CHECK(w.watchdog.reports() == 0);
}
