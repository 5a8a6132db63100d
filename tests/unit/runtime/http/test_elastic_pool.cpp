#include "runtime/http/elastic_pool.hpp"

#include <atomic>
#include <future>

#include "tests/support/catch.hpp"

using endure::http::ElasticPool;

TEST_CASE("a pool grows while all its threads are busy, up to its limit", "[http]") {
  std::promise<void> go;
  const auto released = go.get_future().share();
  std::atomic<int> started{0};
  std::atomic<int> saturated{0};
  ElasticPool pool(1, 3, [&] { ++saturated; });
  for (int i = 0; i < 3; ++i) {
    pool.enqueue([&, released] {
      ++started;
      released.wait();
    });
  }
  while (started < 3) std::this_thread::yield();
  CHECK(pool.threads() == 3);
  CHECK(saturated == 0);
  pool.enqueue([&] { ++started; });
  CHECK(saturated == 1);
  CHECK(pool.threads() == 3);
  go.set_value();
  pool.shutdown();
  CHECK(started == 4);
}

TEST_CASE("a pool that shuts down runs what was enqueued", "[http]") {
  std::atomic<int> done{0};
  ElasticPool pool(2, 8, [] {});
  for (int i = 0; i < 1'000; ++i) pool.enqueue([&] { ++done; });
  pool.shutdown();
  CHECK(done == 1'000);
}

TEST_CASE("a job that comes after the shutdown of a pool is dropped", "[http]") {
  std::atomic<int> done{0};
  ElasticPool pool(2, 8, [] {});
  for (int i = 0; i < 8; ++i) pool.enqueue([&done] { ++done; });
  pool.shutdown();
  CHECK(done == 8);
  pool.enqueue([&done] { ++done; });
  CHECK(done == 8);
}
