// What only a volume on disk can get wrong.
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "persistence/lmdb/rows.hpp"
#include "persistence/lmdb/volume.hpp"
#include "tests/contract/volume_under_test.hpp"
#include "tests/support/tamper.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Phase;

namespace {

constexpr std::uint64_t small_map = 1U << 26U;

std::unique_ptr<Store> open_store(const std::string& folder, std::uint64_t map = small_map) {
  auto store = open_lmdb_store({.folder = folder, .map_bytes = map});
  if (!store) throw std::runtime_error(store.error().what);
  return *std::move(store);
}

Error refusal(const std::string& folder) {
  const auto store = open_lmdb_store({.folder = folder, .map_bytes = small_map});
  REQUIRE_FALSE(store);
  return store.error();
}

Result<void> commit_one(Store& store, const Change& change) {
  Result<void> result;
  const auto committed = store.commit({&change, 1}, {&result, 1});
  return committed ? result : committed;
}

}  // namespace

TEST_CASE("the epoch counts the openings of a volume", "[lmdb]") {
  const TemporaryFolder folder;
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    CHECK(open_store(folder.path())->epoch() == epoch);
  }
}

TEST_CASE("sequence numbers that a refused commit used are not lost track of", "[lmdb]") {
  const TemporaryFolder folder;
  std::uint64_t used = 0;
  {
    const auto store = open_store(folder.path());
    used = store->next_sequence();
    CHECK_FALSE(commit_one(*store, WorkflowRemoved{1}));  // refused, but its commit is durable
  }
  CHECK(open_store(folder.path())->next_sequence() > used);
}

TEST_CASE("a volume is open once, also within one process", "[lmdb]") {
  const TemporaryFolder folder;
  const auto store = open_store(folder.path());
  const auto error = refusal(folder.path());
  CHECK(error.code == Code::conflict);
  CHECK(error.what.find(std::to_string(::getpid())) != std::string::npos);
  CHECK(error.where == folder.path());
  CHECK(commit_one(*store, QueuePaused{"q", true}));  // the first goes on
}

TEST_CASE("a folder is made where it is missing, with those above it", "[lmdb]") {
  const TemporaryFolder folder;
  const auto deep = folder.path() + "/a/b";
  CHECK(open_store(deep)->epoch() == 1);
  CHECK(open_store(deep)->epoch() == 2);
  CHECK(refusal("").code == Code::invalid);
  std::ofstream(folder.path() + "/file") << "x";
  CHECK_FALSE(open_lmdb_store({.folder = folder.path() + "/file"}));
}

TEST_CASE("an environment of another program is refused and left alone", "[lmdb]") {
  const TemporaryFolder folder;
  {
    lmdb::Env env({.folder = folder.path(), .map_bytes = small_map});
    lmdb::Table<lmdb::TextKeys> foreign("customers");
    lmdb::WriteTxn txn(env);
    foreign.open(txn, true);
    foreign.put(txn, "name", "value");
    txn.commit();
  }
  CHECK(refusal(folder.path()).code == Code::invalid);
  lmdb::Env env({.folder = folder.path(), .map_bytes = small_map});
  const lmdb::ReadTxn txn(env);
  lmdb::Table<lmdb::TextKeys> foreign("customers");
  REQUIRE(foreign.open(txn, false));
  CHECK(foreign.get(txn, "name") == "value");
  lmdb::Table<lmdb::TextKeys> ours("meta");
  CHECK_FALSE(ours.open(txn, false));
}

TEST_CASE("a data file that is none is refused", "[lmdb]") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/data.mdb") << std::string(10'000, 'x');
  CHECK(refusal(folder.path()).code == Code::invalid);
}

TEST_CASE("a volume of a newer format is refused", "[lmdb]") {
  const TemporaryFolder folder;
  open_store(folder.path());
  tamper(folder.path(), [](const lmdb::Schema& schema, lmdb::WriteTxn& txn) {
    schema.meta.put(txn, lmdb::meta_format, lmdb::encode_number(lmdb::cluster_format_version + 1));
  });
  const auto error = refusal(folder.path());
  CHECK(error.code == Code::invalid);
  CHECK(error.what.find("newer") != std::string::npos);
}

TEST_CASE("a damaged record is reported with its table and key, and nothing of it is used",
          "[lmdb]") {
  const TemporaryFolder folder;
  const auto key = sample_step_key(7, 1);
  const auto other = sample_step_key(7, 2);
  {
    auto created = transition_to(sample_snapshot(7, 1));
    created.enqueue = {sample_step(key), sample_step(other)};
    CHECK(commit_one(*open_store(folder.path()), created));
  }
  tamper(folder.path(), [&](const lmdb::Schema& schema, lmdb::WriteTxn& txn) {
    schema.snapshots.put(txn, 7, flipped(*schema.snapshots.get(txn, 7)));
    schema.ready.put(txn, other, flipped(*schema.ready.get(txn, other)));
  });
  const auto store = open_store(folder.path());
  CHECK(store->list_workflows({}, std::nullopt, 10).value().rows.empty());
  CHECK(store->ready_steps("enrich", {}, 10).value().size() == 1);
  const auto damaged = store->damage().rows();
  REQUIRE(damaged.size() == 2);
  CHECK(damaged[0].place() == "ready/enrich/5/5000/7/2");
  CHECK(damaged[1].place() == "snapshots/7");
  CHECK(decode_snapshot(store->load_workflow(7).value()->snapshot).error().code == Code::corrupt);

  // A change that needs the damaged record is refused alone.
  const auto before = sample_snapshot(7, 1);
  auto bury = transition_to(sample_snapshot(7, 2), &before);
  bury.bury_steps = {{key, {}, {}}, {other, {}, {}}};
  const std::vector<Change> batch{bury, QueuePaused{"q", true}, LeasesKept{{{other, {1}, "w"}}}};
  std::vector<Result<void>> results(3);
  CHECK(store->commit(batch, results));
  CHECK(results[0].error().code == Code::corrupt);
  CHECK(results[0].error().where == "ready/enrich/5/5000/7/2");
  CHECK(results[1]);
  CHECK(results[2].error().code == Code::corrupt);
  CHECK(store->queue_counts("enrich") == QueueCounts{2, 0, 0});
  CHECK_FALSE(store->find_dead_step(key).value());
}

TEST_CASE("a full volume refuses the batch whole, and takes what frees room", "[lmdb]") {
  const TemporaryFolder folder;
  auto store = open_store(folder.path(), 1U << 20U);
  WorkflowNumber number = 0;
  Result<void> result;
  while (result && number < 10'000) {
    auto snapshot = sample_snapshot(++number, 1, Phase::completed);
    snapshot.input = workflow::Json(std::string(3'000, 'x'));
    auto created = transition_to(snapshot);
    created.enqueue.push_back(sample_step(sample_step_key(number, 1)));
    result = commit_one(*store, created);
  }
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::full);
  CHECK_FALSE(store->load_workflow(number).value());
  CHECK(store->queue_counts("enrich").ready == number - 1);
  CHECK(store->stats().workflows == number - 1);
  const auto stats = store->stats();
  CHECK(stats.room.map_bytes == 1U << 20U);
  CHECK(stats.room.used_bytes > stats.room.map_bytes / 2);
  CHECK(stats.room.used_bytes <= stats.room.map_bytes);
  for (WorkflowNumber old = 1; old <= 50; ++old) {
    const auto removed = commit_one(*store, WorkflowRemoved{old});
    INFO(old);
    REQUIRE(removed);
  }
  CHECK(commit_one(*store, transition_to(sample_snapshot(20'000, 1))));
  store.reset();
  store = open_store(folder.path(), 1U << 20U);  // the figures of an open one may be a little old
  CHECK(store->stats().room.used_bytes < stats.room.used_bytes);
}

TEST_CASE("a view that is held is counted, with the commits since", "[lmdb]") {
  const auto readers = [](std::uint64_t views, std::uint64_t commits) {
    const TemporaryFolder folder;
    const lmdb::Env env({.folder = folder.path(), .map_bytes = small_map});
    const auto commit = [&env] {
      lmdb::WriteTxn txn(env);
      MDB_dbi table = 0;
      REQUIRE(mdb_dbi_open(txn.get(), nullptr, 0, &table) == 0);
      MDB_val row{1, const_cast<char*>("x")};
      REQUIRE(mdb_put(txn.get(), table, &row, &row, 0) == 0);
      txn.commit();
    };
    commit();
    std::vector<std::unique_ptr<lmdb::ReadTxn>> held;
    for (std::uint64_t i = 0; i < views; ++i) held.push_back(std::make_unique<lmdb::ReadTxn>(env));
    for (std::uint64_t i = 0; i < commits; ++i) commit();
    const lmdb::ReadTxn current(env);
    const auto usage = env.usage();  // the first one is measured now
    return std::pair(usage.readers, usage.reader_behind);
  };
  CHECK(readers(0, 5) == std::pair<std::uint64_t, std::uint64_t>(1, 0));
  CHECK(readers(2, 3) == std::pair<std::uint64_t, std::uint64_t>(3, 3));
}

TEST_CASE("a data file that was cut short is reported, it does not end the process", "[lmdb]") {
  const TemporaryFolder folder;
  {
    const auto store = open_store(folder.path());
    for (WorkflowNumber n = 1; n <= 500; ++n) {
      REQUIRE(commit_one(*store, transition_to(sample_snapshot(n, 1))));
    }
  }
  std::filesystem::resize_file(folder.path() + "/data.mdb", 3 * 4'096);
  const auto store = open_lmdb_store({.folder = folder.path(), .map_bytes = small_map});
  if (store) {
    CHECK_FALSE((*store)->list_workflows({}, std::nullopt, 1'000));
  } else {
    CHECK(store.error().code == Code::corrupt);
  }
}

TEST_CASE("reads go on from many threads while the journal writes", "[lmdb]") {
  const TemporaryFolder folder;
  const auto store = open_store(folder.path());
  std::vector<std::thread> readers;
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        // Each commit moves one step; a consistent read always finds exactly one.
        const auto steps = store->ready_steps("enrich", {}, 10);
        if (steps && steps->size() > 1) ++torn;
        store->stats();
        store->queue_counts("enrich");
        std::this_thread::yield();  // the writer's turn, where cores are few
      }
    });
  }
  for (WorkflowNumber n = 1; n <= 50; ++n) {
    auto created = transition_to(sample_snapshot(n, 1));
    created.enqueue.push_back(sample_step(sample_step_key(n, 1)));
    if (n > 1) created.remove_steps.push_back(sample_step_key(n - 1, 1));
    CHECK(commit_one(*store, created));
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  CHECK(torn == 0);
}
