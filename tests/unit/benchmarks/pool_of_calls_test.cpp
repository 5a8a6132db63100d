#include "benchmarks/pool_of_calls.hpp"

#include <atomic>
#include <set>
#include <thread>

#include "tests/support/catch.hpp"

using namespace endure;
using benchmarks::PoolOfCalls;

TEST_CASE("every operation is begun once, and no more than the limit are under way") {
  std::atomic<int> under_way{0};
  std::atomic<int> most{0};
  std::set<std::uint64_t> begun;
  std::vector<std::thread> threads;
  PoolOfCalls pool(100, 8, [&](std::uint64_t n, PoolOfCalls::Done done) {
    begun.insert(n);
    most = std::max(most.load(), ++under_way);
    threads.emplace_back([&under_way, done = std::move(done)] {
      --under_way;
      done({});
    });
  });
  REQUIRE(pool.run());
  for (auto& thread : threads) thread.join();
  CHECK(begun.size() == 100);
  CHECK(*begun.rbegin() == 99);
  CHECK(most <= 8);
  CHECK(pool.take_latencies_ms().size() == 100);
}

TEST_CASE("operations that end at once are operations like others") {
  std::uint64_t count = 0;
  PoolOfCalls pool(1'000, 16, [&](std::uint64_t, PoolOfCalls::Done done) {
    ++count;
    done({});
  });
  REQUIRE(pool.run());
  CHECK(count == 1'000);
}

TEST_CASE("the first error ends a pool") {
  std::uint64_t count = 0;
  PoolOfCalls pool(1'000, 4, [&](std::uint64_t n, PoolOfCalls::Done done) {
    ++count;
    done(n == 10 ? Result<void>(fail(Code::invalid, "no")) : Result<void>());
  });
  const auto ran = pool.run();
  REQUIRE_FALSE(ran);
  CHECK(ran.error().what == "no");
  CHECK(count < 20);
}
