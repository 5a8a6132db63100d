// One volume of each kind of store, so that every case of the contract runs on all of them.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "persistence/lmdb/lmdb_store.hpp"
#include "persistence/store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/transitions.hpp"

namespace endure::persistence {

enum class Kind { memory, lmdb };

class VolumeUnderTest {
 public:
  explicit VolumeUnderTest(Kind kind) : kind_(kind) { open(); }

  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }

  // As if the node had been restarted. The memory store has nothing to come back from.
  void reopen() {
    if (kind_ == Kind::memory) return;
    store_.reset();
    open();
  }

  // Commits the changes in one batch; what became of each.
  std::vector<Result<void>> commit(const std::vector<Change>& changes) {
    std::vector<Result<void>> results(changes.size());
    const auto committed = store_->commit(changes, results);
    INFO(committed.map_error([](const Error& e) { return e.what + " " + e.where; }).has_value());
    REQUIRE(committed);
    return results;
  }
  Result<void> commit_one(Change change) { return commit({std::move(change)})[0]; }
  void must(Change change) {
    const auto result = commit_one(std::move(change));
    if (!result) throw std::runtime_error(result.error().what + " " + result.error().where);
  }

 private:
  void open() {
    if (kind_ == Kind::memory) {
      store_ = make_memory_store();
      return;
    }
    auto opened = open_lmdb_store({.folder = folder_.path(), .map_bytes = 1U << 28U});
    if (!opened) throw std::runtime_error(opened.error().what);
    store_ = *std::move(opened);
  }

  const Kind kind_;
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
};

// Use as: VolumeUnderTest volume(each_kind());
inline Kind each_kind() {
  return GENERATE(Kind::memory, Kind::lmdb);
}

// All pages of a list, one behind the other.
inline std::vector<WorkflowNumber> list_all(Store& store, const WorkflowFilter& filter,
                                            std::size_t page_size) {
  std::vector<WorkflowNumber> numbers;
  std::optional<WorkflowNumber> after;
  for (int pages = 0; pages < 1'000; ++pages) {
    const auto page = store.list_workflows(filter, after, page_size);
    REQUIRE(page);
    REQUIRE(page->rows.size() <= page_size);
    for (const auto& row : page->rows) numbers.push_back(row.number);
    if (!page->next) return numbers;
    after = page->next;
  }
  FAIL("the list does not end");
  return numbers;
}

// Stores the first transition of a workflow and, step by step, others.
class Scripted {
 public:
  Scripted(VolumeUnderTest& volume, WorkflowNumber number) : volume_(volume) {
    snapshot_ = sample_snapshot(number, 0);
  }

  // The next transition, not yet committed; the caller adds to it.
  Transition next(workflow::Phase phase = workflow::Phase::waiting, std::string status = {}) {
    const auto before = snapshot_;
    snapshot_.transition += 1;
    snapshot_.updated = snapshot_.created + static_cast<std::int64_t>(snapshot_.transition) * 10;
    snapshot_.phase = phase;
    snapshot_.status = std::move(status);
    return transition_to(snapshot_, before.transition == 0 ? nullptr : &before);
  }
  void step(workflow::Phase phase = workflow::Phase::waiting, std::string status = {}) {
    volume_.must(next(phase, std::move(status)));
  }
  workflow::Snapshot& snapshot() { return snapshot_; }

 private:
  VolumeUnderTest& volume_;
  workflow::Snapshot snapshot_;
};

}  // namespace endure::persistence
