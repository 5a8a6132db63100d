#include "base/placement.hpp"

#include <map>
#include <set>

#include "tests/support/catch.hpp"

using namespace endure;

TEST_CASE("a name's shard never changes") {
  // What these are is of no importance; that they stay is: volumes depend on it.
  CHECK(shard_of({"default", "order-1"}, 64) == 28);
  CHECK(shard_of({"default", "order-2"}, 64) == 13);
  CHECK(shard_of({"agents", "order-1"}, 64) == 43);
  CHECK(birth_owner({"a", "b", "c"}, 0) == "a");
  CHECK(birth_owner({"a", "b", "c"}, 1) == "c");
}

TEST_CASE("names spread evenly over the shards, and shards over the nodes") {
  std::map<Shard, int> names;
  for (int i = 0; i < 64'000; ++i) ++names[shard_of({"default", "order-" + std::to_string(i)}, 64)];
  CHECK(names.size() == 64);
  for (const auto& [shard, count] : names) CHECK((count > 800 && count < 1'200));

  std::map<std::string, int> shards;
  for (Shard shard = 0; shard < 4'096; ++shard) ++shards[birth_owner({"a", "b", "c", "d"}, shard)];
  for (const auto& [node, count] : shards) CHECK((count > 900 && count < 1'150));
}

TEST_CASE("the order of the nodes does not matter at birth, and one more takes only its own part") {
  int moved = 0;
  for (Shard shard = 0; shard < 1'000; ++shard) {
    const auto owner = birth_owner({"a", "b", "c"}, shard);
    CHECK(owner == birth_owner({"c", "a", "b"}, shard));
    const auto with_d = birth_owner({"a", "b", "c", "d"}, shard);
    if (with_d != owner) {
      CHECK(with_d == "d");
      ++moved;
    }
  }
  CHECK((moved > 200 && moved < 300));
}

TEST_CASE("the runs of a schedule lie in its own shard") {
  const auto shard = shard_of({"agents", "nightly"}, 512);
  CHECK(shard_of({"agents", "nightly-2026-01-31T08:00:00.000Z"}, 512) == shard);
  CHECK(shard_of({"agents", "nightly-event-17"}, 512) == shard);
  CHECK(shard_of({"agents", "nightly-manual-4711"}, 512) == shard);
}

TEST_CASE("only the ends of scheduled ids do not count") {
  for (const char* id :
       {"order-17", "2026-01-31T08:00:00.000Z", "-event-17", "event-17", "a-event-", "a-event-x1",
        "a-2026-01-31T08:00:00Z", "a-2026-01-31", "manual", "7"}) {
    CHECK(placed_id(id) == id);
  }
  CHECK(placed_id("a-event-1-event-2") == "a-event-1");
}

TEST_CASE("numbers of different nodes and shards are different, and grow with the counter") {
  std::set<std::uint64_t> numbers;
  for (std::uint32_t node = 0; node < 3; ++node) {
    const Numbering numbering{64, node};
    for (std::uint64_t counter = 1; counter < 100; ++counter) {
      const auto sequence = numbering.sequence(counter);
      const WorkflowName name{"default", std::to_string(counter)};
      const auto number = numbering.workflow(sequence, name);
      CHECK(numbers.insert(number).second);
      CHECK(numbering.counter(number) == counter);
      CHECK(Numbering::shard(number) == shard_of(name, 64));
      CHECK(number >= sequence);
      CHECK(number < numbering.sequence(counter + 1));
    }
  }
}

TEST_CASE("without a cluster a number is the counter") {
  const Numbering plain;
  CHECK(plain.sequence(17) == 17);
  CHECK(plain.workflow(17, {"default", "a"}) == 17);
  CHECK(plain.counter(17) == 17);
}
