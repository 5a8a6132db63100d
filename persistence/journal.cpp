#include "persistence/journal.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

#include "base/fault_point.hpp"
#include "base/thread_name.hpp"

namespace endure::persistence {

namespace {

constexpr std::size_t few = 32;  // changes in a commit: no need to wait for more

// Answered when all that was submitted before it is committed; alone it needs no commit.
bool is_barrier(const Change& change) {
  const auto* kept = std::get_if<LeasesKept>(&change);
  return kept != nullptr && kept->leases.empty();
}

}  // namespace

class Journal::Impl {
 public:
  Impl(Store& store, JournalConfig config, std::function<void(const Error&)> fatal)
      : store_(store), config_(config), fatal_(std::move(fatal)) {
    if (config.stepped) return;
    thread_ = std::thread([this] { run(); });
    own_ = thread_.get_id();
  }

  ~Impl() { stop(); }

  void submit(Change change, CommittedChange committed);
  void stop();
  bool step(std::size_t most);
  JournalStats stats() const;

 private:
  // Changes and callbacks lie apart, so that the store gets the changes as they are.
  struct Batch {
    std::vector<Change> changes;
    std::vector<CommittedChange> committed;
  };

  void run();
  void gather(std::unique_lock<std::mutex>& lock, std::size_t usual);
  void commit(Batch& batch);
  void commit_slice(std::span<Change> changes, std::span<const CommittedChange> committed);
  void commit_one_by_one(std::span<const Change> changes);
  Result<void> timed_commit(std::span<const Change> changes, std::span<Result<void>> results);
  void answer(std::span<Change> changes, std::span<const CommittedChange> committed);
  void give_up(const Error& error);

  Store& store_;
  const JournalConfig config_;
  const std::function<void(const Error&)> fatal_;
  std::vector<Result<void>> results_;  // of the slice at hand

  mutable std::mutex mutex_;
  std::condition_variable filled_;
  Batch gathered_;
  std::size_t wanted_ = 1;  // wakes the thread when so many have gathered
  bool stopping_ = false;
  bool failed_ = false;  // the volume is lost: nothing is committed any more
  JournalStats stats_;

  std::mutex joining_;  // stop() may be called twice, also at the same time
  std::thread thread_;
  std::thread::id own_;  // thread_'s, which whoever joins it takes away
};

// -- any thread ---------------------------------------------------------------

void Journal::Impl::submit(Change change, CommittedChange committed) {
  Error refusal;
  {
    const std::lock_guard lock(mutex_);
    if (!failed_ && !stopping_ && stats_.pending < config_.max_pending) {
      gathered_.changes.push_back(std::move(change));
      gathered_.committed.push_back(std::move(committed));
      ++stats_.pending;
      if (gathered_.changes.size() == wanted_) filled_.notify_one();
      return;
    }
    if (failed_) {
      refusal = {Code::io, "the volume failed; the node is stopping", {}};
    } else if (stopping_) {
      refusal = {Code::retry_later, "the node is stopping", {}};
    } else {
      refusal = {Code::retry_later, "too many changes wait for the disk", {}};
    }
  }
  committed(Failure(std::move(refusal)), change);
}

void Journal::Impl::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (config_.stepped) gathered_ = {};
  }
  filled_.notify_one();
  // From one of its own callbacks the journal ends after that callback's batch; nobody can wait.
  if (own_ == std::this_thread::get_id()) return;
  const std::lock_guard lock(joining_);
  if (thread_.joinable()) thread_.join();
}

bool Journal::Impl::step(std::size_t most) {
  Batch batch;
  {
    const std::lock_guard lock(mutex_);
    const auto size = static_cast<std::ptrdiff_t>(std::min(most, gathered_.changes.size()));
    if (size == 0) return false;
    std::move(gathered_.changes.begin(), gathered_.changes.begin() + size,
              std::back_inserter(batch.changes));
    std::move(gathered_.committed.begin(), gathered_.committed.begin() + size,
              std::back_inserter(batch.committed));
    gathered_.changes.erase(gathered_.changes.begin(), gathered_.changes.begin() + size);
    gathered_.committed.erase(gathered_.committed.begin(), gathered_.committed.begin() + size);
  }
  commit(batch);
  return true;
}

JournalStats Journal::Impl::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

// -- the journal's thread -----------------------------------------------------

void Journal::Impl::run() {
  name_thread("journal");
  Batch batch;
  std::size_t usual = 0;  // what the last commits held
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [this] { return stopping_ || !gathered_.changes.empty(); });
      if (gathered_.changes.empty()) return;
      gather(lock, usual);
      std::swap(batch, gathered_);
    }
    usual = (usual + batch.changes.size() + 1) / 2;
    if (config_.slot) config_.slot->begin(batch.changes.size());
    commit(batch);
    if (config_.slot) config_.slot->end();
    batch.changes.clear();
    batch.committed.clear();
  }
}

void Journal::Impl::gather(std::unique_lock<std::mutex>& lock, std::size_t usual) {
  if (config_.gather_us == 0 || usual < few || gathered_.changes.size() >= usual) return;
  wanted_ = std::min(usual, config_.max_batch);
  filled_.wait_for(lock, std::chrono::microseconds(config_.gather_us),
                   [this] { return stopping_ || gathered_.changes.size() >= wanted_; });
  wanted_ = 1;
}

void Journal::Impl::commit(Batch& batch) {
  const std::span<Change> changes(batch.changes);
  const std::span<const CommittedChange> committed(batch.committed);
  const auto most = std::max<std::size_t>(config_.max_batch, 1);
  for (std::size_t from = 0; from < changes.size(); from += most) {
    const auto size = std::min(most, changes.size() - from);
    commit_slice(changes.subspan(from, size), committed.subspan(from, size));
  }
}

void Journal::Impl::commit_slice(std::span<Change> changes,
                                 std::span<const CommittedChange> committed) {
  results_.assign(changes.size(), Result<void>());
  if (failed_) {  // set by this thread alone
    results_.assign(changes.size(), fail(Code::io, "the volume failed; the node is stopping"));
    answer(changes, committed);
    return;
  }
  if (std::all_of(changes.begin(), changes.end(), is_barrier)) return answer(changes, committed);
  auto outcome = timed_commit(changes, results_);
  if (!outcome && outcome.error().code == Code::full && changes.size() > 1) {
    commit_one_by_one(changes);
  } else if (!outcome) {
    results_.assign(changes.size(), Failure(outcome.error()));
    if (outcome.error().code != Code::full) give_up(outcome.error());
  }
  answer(changes, committed);
}

// The batch as a whole found no room; what is small may still pass.
void Journal::Impl::commit_one_by_one(std::span<const Change> changes) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto result = std::span(results_).subspan(i, 1);
    if (failed_) {
      result[0] = fail(Code::io, "the volume failed; the node is stopping");
      continue;
    }
    const auto outcome = timed_commit(changes.subspan(i, 1), result);
    if (outcome) continue;
    result[0] = Failure(outcome.error());
    if (outcome.error().code != Code::full) give_up(outcome.error());
  }
}

Result<void> Journal::Impl::timed_commit(std::span<const Change> changes,
                                         std::span<Result<void>> results) {
  ENDURE_FAULT_POINT("journal.before_commit");
  const auto start = std::chrono::steady_clock::now();
  auto outcome = store_.commit(changes, results);
  const auto took = std::chrono::steady_clock::now() - start;
  if (outcome) ENDURE_FAULT_POINT("journal.after_commit");
  const auto us = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  const std::lock_guard lock(mutex_);
  stats_.last_commit_us = us;
  stats_.commit_us_total += us;
  if (outcome) {
    ++stats_.commits;
    stats_.changes += changes.size();
    stats_.largest_batch = std::max<std::uint64_t>(stats_.largest_batch, changes.size());
  }
  return outcome;
}

void Journal::Impl::answer(std::span<Change> changes, std::span<const CommittedChange> committed) {
  for (std::size_t i = 0; i < committed.size(); ++i) {
    committed[i](results_[i], changes[i]);
    ENDURE_FAULT_POINT("journal.between_callbacks");
  }
  if (config_.after_commit) config_.after_commit();
  const std::lock_guard lock(mutex_);
  stats_.pending -= committed.size();
}

void Journal::Impl::give_up(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    failed_ = true;
  }
  if (fatal_) fatal_(error);
}

// -- Journal ------------------------------------------------------------------

Journal::Journal(Store& store, JournalConfig config, std::function<void(const Error&)> fatal)
    : impl_(std::make_unique<Impl>(store, config, std::move(fatal))) {}
Journal::~Journal() = default;

void Journal::submit(Change change, Committed committed) {
  impl_->submit(std::move(change), [committed = std::move(committed)](
                                       const Result<void>& result, Change&) { committed(result); });
}
void Journal::submit(Change change, CommittedChange committed) {
  impl_->submit(std::move(change), std::move(committed));
}
void Journal::stop() {
  impl_->stop();
}
bool Journal::step(std::size_t most) {
  return impl_->step(most);
}
JournalStats Journal::stats() const {
  return impl_->stats();
}

}  // namespace endure::persistence
