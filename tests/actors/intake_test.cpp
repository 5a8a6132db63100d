#include "actors/intake.hpp"

#include <thread>
#include <vector>

#include "tests/support/catch.hpp"

using endure::actors::Intake;

TEST_CASE("only what comes into an empty intake asks for a wake-up", "[intake]") {
  Intake<int> intake;
  CHECK(intake.put(1));
  CHECK_FALSE(intake.put(2));
  CHECK_FALSE(intake.put(std::vector<int>{3, 4}));
  CHECK(intake.size() == 4);
  CHECK(intake.take() == std::vector<int>{1, 2, 3, 4});
  CHECK(intake.take().empty());
  CHECK_FALSE(intake.put(std::vector<int>{}));
  CHECK(intake.put(std::vector<int>{5, 6}));
  CHECK(intake.take() == std::vector<int>{5, 6});
}

TEST_CASE("what several threads put in comes out once, each thread's in its order", "[intake]") {
  constexpr int threads = 4;
  constexpr int each = 5'000;
  Intake<std::pair<int, int>> intake;
  std::vector<std::thread> putting;
  for (int t = 0; t < threads; ++t) {
    putting.emplace_back([&intake, t] {
      for (int i = 0; i < each; ++i) (void)intake.put(std::pair{t, i});
    });
  }
  std::vector<int> next(threads, 0);
  int taken = 0;
  while (taken < threads * each) {
    for (const auto& [thread, number] : intake.take()) {
      REQUIRE(number == next[static_cast<std::size_t>(thread)]++);
      ++taken;
    }
  }
  for (auto& thread : putting) thread.join();
  CHECK(intake.take().empty());
}
