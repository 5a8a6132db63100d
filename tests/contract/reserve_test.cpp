// The room that a full LMDB volume keeps for what must not be refused.
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "persistence/lmdb/env.hpp"
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

// Another process that reads the volume as it is now, and goes on until the end of its life: as
// long as that, no page that a later commit gives up can be used again.
class SlowReader {
 public:
  explicit SlowReader(const std::string& folder) {
    std::array<int, 2> ready{};
    std::array<int, 2> end{};
    REQUIRE(::pipe(ready.data()) == 0);
    REQUIRE(::pipe(end.data()) == 0);
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) {
      ::close(end[1]);
      ::_exit(read_on(folder, ready[1], end[0]));
    }
    ::close(ready[1]);
    ::close(end[0]);
    end_ = end[1];
    char begun = 0;
    REQUIRE(::read(ready[0], &begun, 1) == 1);
    ::close(ready[0]);
  }
  SlowReader(const SlowReader&) = delete;
  SlowReader& operator=(const SlowReader&) = delete;
  ~SlowReader() {
    ::close(end_);
    int status = 0;
    ::waitpid(child_, &status, 0);
    CHECK(status == 0);
  }

 private:
  static int read_on(const std::string& folder, int ready, int end) {
    const lmdb::Env env({.folder = folder, .read_only = true});
    const lmdb::ReadTxn txn(env);
    char ended = 0;
    return ::write(ready, "r", 1) == 1 && ::read(end, &ended, 1) == 0 ? 0 : 1;
  }

  ::pid_t child_ = -1;
  int end_ = -1;
};

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
  CHECK(store->stats().room.used_bytes <= map_bytes + opening);

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

TEST_CASE("on a full volume every workflow can be stopped while a backup reads it", "[lmdb]") {
  const TemporaryFolder folder;
  const auto store = open_lmdb_store({.folder = folder.path(), .map_bytes = map_bytes}).value();
  const auto count = fill(*store);
  const SlowReader backup(folder.path());
  for (WorkflowNumber number = 1; number <= count; ++number) {
    INFO(number);
    const auto waiting = sample_snapshot(number, 1, Phase::waiting);
    const auto ended = big(number, 2, Phase::cancelled);
    const auto stopped = commit_one(*store, transition_to(ended, &waiting));
    INFO((stopped ? std::string() : stopped.error().what + " " + stopped.error().where));
    REQUIRE(stopped);
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
