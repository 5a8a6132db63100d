#include "runtime/worker_queue.hpp"

#include "tests/support/catch.hpp"

using endure::check_worker_queue;

TEST_CASE("workers may serve any well-named queue but the node's own") {
  CHECK(check_worker_queue("enrich"));
  CHECK(check_worker_queue("endure-like"));
  CHECK_FALSE(check_worker_queue("endure.http"));
  CHECK_FALSE(check_worker_queue("bad name"));
}
