// The room that a full LMDB volume keeps for what must not be refused.
#include "tests/contract/volume_under_test.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Phase;

namespace {

constexpr std::uint64_t map_bytes = 1U << 22U;

Result<void> commit_one(Store& store, const Change& change) {
  Result<void> result;
  const auto committed = store.commit({&change, 1}, {&result, 1});
  return committed ? result : committed;
}

workflow::Snapshot big(WorkflowNumber number, std::uint64_t transition, Phase phase) {
  auto snapshot = sample_snapshot(number, transition, phase);
  snapshot.input = workflow::Json(std::string(20'000, 'x'));
  return snapshot;
}

// Workflows until there is no room for one more; how many there are.
WorkflowNumber fill(Store& store) {
  WorkflowNumber number = 0;
  while (commit_one(store, transition_to(big(number + 1, 1, Phase::waiting)))) ++number;
  while (commit_one(store, transition_to(sample_snapshot(number + 1, 1, Phase::waiting)))) ++number;
  return number;
}

}  // namespace

TEST_CASE("on a full volume every workflow can be stopped, and nothing else gets into the reserve",
          "[lmdb]") {
  const TemporaryFolder folder;
  auto store = open_lmdb_store({.folder = folder.path(), .map_bytes = map_bytes}).value();
  const auto count = fill(*store);
  REQUIRE(count > 100);
  store.reset();
  store = open_lmdb_store({.folder = folder.path(), .map_bytes = map_bytes}).value();
  constexpr std::uint64_t opening = 1U << 16U;  // what the opening itself may write
  CHECK(store->stats().used_bytes <= map_bytes + opening);

  for (WorkflowNumber number = 1; number <= count; ++number) {
    INFO(number);
    const auto waiting = sample_snapshot(number, 1, Phase::waiting);
    const auto going_on =
        commit_one(*store, transition_to(big(number, 2, Phase::running), &waiting));
    REQUIRE_FALSE(going_on);
    CHECK(going_on.error().code == Code::full);
    const auto held = big(number, 2, Phase::suspended);
    REQUIRE(commit_one(*store, transition_to(held, &waiting)));
    REQUIRE(commit_one(*store, transition_to(big(number, 3, Phase::cancelled), &held)));
  }
}

TEST_CASE("a batch that only partly may use the reserve is refused whole", "[lmdb]") {
  const TemporaryFolder folder;
  const auto store = open_lmdb_store({.folder = folder.path(), .map_bytes = map_bytes}).value();
  const auto count = fill(*store);
  const auto waiting = sample_snapshot(count, 1, Phase::waiting);
  const auto ended = transition_to(sample_snapshot(count, 2, Phase::cancelled), &waiting);
  const std::vector<Change> changes{ended, transition_to(sample_snapshot(count + 1, 1))};
  std::vector<Result<void>> results(changes.size());
  CHECK(store->commit(changes, results).error().code == Code::full);
  CHECK(commit_one(*store, ended));
}

TEST_CASE("a full volume opens again, also with a smaller greatest size", "[lmdb]") {
  const TemporaryFolder folder;
  WorkflowNumber count = 0;
  {
    const auto store = open_lmdb_store({.folder = folder.path(), .map_bytes = map_bytes}).value();
    count = fill(*store);
  }
  for (const auto size : {map_bytes, map_bytes / 2}) {
    INFO(size);
    const auto store = open_lmdb_store({.folder = folder.path(), .map_bytes = size}).value();
    const auto refused = commit_one(*store, transition_to(sample_snapshot(10'000, 1)));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::full);
    const auto waiting = sample_snapshot(count, 1, Phase::waiting);
    const auto ended = transition_to(sample_snapshot(count, 2, Phase::cancelled), &waiting);
    CHECK(commit_one(*store, ended));
    CHECK(commit_one(*store, WorkflowRemoved{count--}));
  }
  const auto store = open_lmdb_store({.folder = folder.path(), .map_bytes = 2 * map_bytes}).value();
  CHECK(commit_one(*store, transition_to(sample_snapshot(10'000, 1))));
}
