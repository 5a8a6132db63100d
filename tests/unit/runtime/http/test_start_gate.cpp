#include "runtime/http/start_gate.hpp"
#include "tests/support/catch.hpp"

using endure::http::StartGate;
using endure::http::StartGateConfig;

namespace {

const StartGateConfig small{100, 4, 10, 20};

// Fills the gate at `now_ms` and lets all leave after `took_ms`; the time then.
std::int64_t fill_and_leave(StartGate& gate, std::int64_t now_ms, std::int64_t took_ms) {
  const std::size_t admitted = gate.enter(1'000, now_ms);
  for (std::size_t i = 0; i < admitted; ++i) gate.leave(now_ms, now_ms + took_ms);
  return now_ms + took_ms;
}

}  // namespace

TEST_CASE("a gate admits as many starts as its limit says", "[http]") {
  StartGate gate(small);
  CHECK(gate.enter(7, 0) == 7);
  CHECK_FALSE(gate.refuses(0));
  CHECK(gate.enter(7, 0) == 3);
  CHECK(gate.refuses(0));
  CHECK(gate.enter(1, 0) == 0);
  gate.leave(0, 1);
  CHECK(gate.under_way() == 9);
  CHECK(gate.enter(5, 1) == 1);
}

TEST_CASE("slow starts lower a gate's limit, not below its least", "[http]") {
  StartGate gate(small);
  std::int64_t now_ms = 1'000;
  now_ms = fill_and_leave(gate, now_ms, 125);
  CHECK(gate.enter(0, now_ms + 100) == 0);
  CHECK(gate.limit() == 8);  // 10 · 100 / 125
  for (int i = 0; i < 20; ++i) now_ms = fill_and_leave(gate, now_ms + 200, 10'000);
  CHECK(gate.limit() == 4);
}

TEST_CASE("refusals while starts are quick raise a gate's limit, not above its most", "[http]") {
  StartGate gate(small);
  std::int64_t now_ms = fill_and_leave(gate, 1'000, 10);
  CHECK(gate.enter(0, now_ms + 100) == 0);
  CHECK(gate.limit() == 12);
  for (int i = 0; i < 20; ++i) now_ms = fill_and_leave(gate, now_ms + 200, 10);
  CHECK(gate.limit() == 20);
}

TEST_CASE("a gate that is not full keeps its limit", "[http]") {
  StartGate gate(small);
  for (std::int64_t now_ms = 0; now_ms < 5'000; now_ms += 100) {
    REQUIRE(gate.enter(3, now_ms) == 3);
    for (int i = 0; i < 3; ++i) gate.leave(now_ms, now_ms + 10);
  }
  CHECK(gate.limit() == 10);
}

namespace {

// A gate of a node that is strained as long as `strained` says so, at which 1,000 starts a second
// arrive, ten each 10 ms; how many were taken in `ms`.
struct Arrivals {
  bool strained = false;
  std::int64_t now_ms = 1'000;
  StartGate gate{{.strained = [this] { return strained; }, .least_per_s = 50}};

  std::size_t run(std::int64_t ms) {
    std::size_t taken = 0;
    for (const std::int64_t end = now_ms + ms; now_ms < end; now_ms += 10) {
      const std::size_t admitted = gate.enter(10, now_ms);
      for (std::size_t i = 0; i < admitted; ++i) gate.leave(now_ms, now_ms);
      taken += admitted;
    }
    return taken;
  }
};

}  // namespace

TEST_CASE("a gate has no rate while its node is not strained", "[http]") {
  Arrivals arrivals;
  CHECK(arrivals.run(5'000) == 5'000);
  CHECK_FALSE(arrivals.gate.per_s());
}

TEST_CASE("a strained node takes fewer and fewer starts, but always some", "[http]") {
  Arrivals arrivals;
  arrivals.run(2'000);
  arrivals.strained = true;
  arrivals.run(2'000);
  REQUIRE(arrivals.gate.per_s());
  CHECK(*arrivals.gate.per_s() == 50);
  const std::size_t taken = arrivals.run(10'000);
  CHECK(taken >= 450);
  CHECK(taken <= 550);
  CHECK(arrivals.gate.refuses(arrivals.now_ms - 10));
}

TEST_CASE("a node that is not strained any more takes more again, then all", "[http]") {
  Arrivals arrivals;
  arrivals.run(2'000);
  arrivals.strained = true;
  arrivals.run(2'000);
  arrivals.strained = false;
  const std::size_t first = arrivals.run(1'000);
  const std::size_t second = arrivals.run(1'000);
  CHECK(first > 50);
  CHECK(second > first);
  arrivals.run(20'000);
  CHECK_FALSE(arrivals.gate.per_s());
  CHECK(arrivals.run(1'000) == 1'000);
}
