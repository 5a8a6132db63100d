#include <atomic>
#include <thread>

#include "tests/unit/workflow/expression_support.hpp"

using namespace endure;
using namespace endure::workflow;
using namespace endure::workflow::testing;

TEST_CASE("many threads evaluate at the same time, hostile expressions among them") {
  ExpressionLimits limits;
  limits.deadline_ms = 60;
  limits.max_memory_bytes = 96U << 20U;
  const auto shared = make_expressions(limits);
  const auto sum = shared->compile("[.[] | . * 2] | add");
  const auto plain = shared->compile("\"\\(.[0])-\\(.[1])\"");
  const auto endless = shared->compile("[range(1e12)]");
  REQUIRE((sum && plain && endless));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 40; ++i) {
        const Scope scope{Value(Json::array({t, i})), {}};
        const auto total = shared->evaluate(*sum, scope);
        if (!total || total->json() != 2 * (t + i)) ++wrong;
        const auto text = shared->evaluate(*plain, scope);
        if (!text || text->json() != std::to_string(t) + "-" + std::to_string(i)) ++wrong;
        if (t == 0 && i % 10 == 0 && shared->evaluate(*endless, scope)) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}
