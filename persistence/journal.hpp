// The journal: the single writer of a volume. It gathers changes and commits them in groups.
// Runs on a thread of its own; submit() may be called from any thread and never waits for the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/watchdog.hpp"
#include "persistence/change.hpp"
#include "persistence/store.hpp"

namespace endure::persistence {

// Called once on the journal's thread, after the commit is durable or has failed; must be quick and
// must not throw. Code::io: nothing is known of the volume any more, the node is about to stop.
// A change that is refused at submit() is answered there, on the caller's thread.
using Committed = std::function<void(const Result<void>&)>;
// The same for who wants its change back: what lies in it may be moved out.
using CommittedChange = std::function<void(const Result<void>&, Change&)>;

struct JournalConfig {
  std::size_t max_batch = 4'096;  // changes in one commit
  // A commit that follows one of many changes waits until about as many have gathered again, but no
  // longer than this: under load fewer and larger commits cost less. A lone change never waits.
  std::int64_t gather_us = 300;
  std::size_t max_pending = 1'000'000;  // beyond it, submit() answers Code::retry_later at once
  bool stepped = false;  // no thread: changes wait for step(), and stop() drops them unanswered
  // On the journal's thread, when all changes of a commit have been answered; may be empty.
  std::function<void()> after_commit = {};
  std::shared_ptr<Watchdog::Slot> slot = {};  // of the thread; null: nobody watches
};

struct JournalStats {
  std::uint64_t commits = 0;
  std::uint64_t changes = 0;
  std::uint64_t pending = 0;
  std::uint64_t largest_batch = 0;
  std::uint64_t last_commit_us = 0;
  std::uint64_t commit_us_total = 0;
};

class Journal {
 public:
  // `fatal` is called on the journal's thread when a commit failed with Code::io or Code::corrupt;
  // every later submit is answered Code::io.
  Journal(Store& store, JournalConfig config, std::function<void(const Error&)> fatal);
  // Drains what was submitted, then joins the thread.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  void submit(Change change, Committed committed);  // an empty LeasesKept is a barrier
  void submit(Change change, CommittedChange committed);
  // Commits all that is pending and ends the thread; later submits are answered Code::retry_later.
  void stop();
  // One commit of at most `most` changes on the caller's thread; false: none waits.
  bool step(std::size_t most);
  JournalStats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace endure::persistence
