#include "persistence/journal.hpp"

#include <algorithm>
#include <future>

#include "tests/support/catch.hpp"
#include "tests/support/fault_store.hpp"
#include "tests/support/transitions.hpp"

using namespace endure;
using namespace endure::persistence;

namespace {

// What became of each submitted change. Filled on the journal's thread, read after stop().
struct Answers {
  std::vector<std::pair<int, Result<void>>> in_order;

  Committed expect(int id) {
    return [this, id](const Result<void>& result) { in_order.emplace_back(id, result); };
  }
};

struct Volume {
  FaultStore store{make_memory_store()};
  std::vector<Error> fatal;
  std::unique_ptr<Journal> journal;

  explicit Volume(JournalConfig config = {}) {
    journal = std::make_unique<Journal>(store, config,
                                        [this](const Error& error) { fatal.push_back(error); });
  }

  // Blocks the journal in a commit of one change of its own, so that what is submitted next
  // gathers.
  void block() {
    store.hold();
    journal->submit(QueuePaused{"first", false}, [](const Result<void>&) {});
    store.await_held();
  }
};

Change creation(WorkflowNumber number) {
  return transition_to(sample_snapshot(number, 1));
}

}  // namespace

TEST_CASE("changes are committed and answered in the order of their submission", "[journal]") {
  Volume volume;
  Answers answers;
  for (int i = 1; i <= 100; ++i) {
    volume.journal->submit(creation(static_cast<WorkflowNumber>(i)), answers.expect(i));
  }
  volume.journal->stop();
  REQUIRE(answers.in_order.size() == 100);
  for (int i = 1; i <= 100; ++i) {
    CHECK(answers.in_order[static_cast<std::size_t>(i - 1)].first == i);
    CHECK(answers.in_order[static_cast<std::size_t>(i - 1)].second);
  }
  CHECK(volume.store.stats().workflows == 100);
}

TEST_CASE("what is submitted during a commit is committed together by the next one", "[journal]") {
  Volume volume;
  Answers answers;
  volume.block();
  for (int i = 1; i <= 50; ++i) {
    volume.journal->submit(creation(static_cast<WorkflowNumber>(i)), answers.expect(i));
  }
  CHECK(volume.journal->stats().pending == 51);
  volume.store.release();
  volume.journal->stop();
  CHECK(volume.store.batches() == std::vector<std::size_t>{1, 50});
  const auto stats = volume.journal->stats();
  CHECK(stats.commits == 2);
  CHECK(stats.changes == 51);
  CHECK(stats.largest_batch == 50);
  CHECK(stats.pending == 0);
}

TEST_CASE("no commit holds more changes than the greatest batch", "[journal]") {
  Volume volume({.max_batch = 20, .max_pending = 1'000});
  Answers answers;
  volume.block();
  for (int i = 1; i <= 50; ++i) {
    volume.journal->submit(creation(static_cast<WorkflowNumber>(i)), answers.expect(i));
  }
  volume.store.release();
  volume.journal->stop();
  CHECK(volume.store.batches() == std::vector<std::size_t>{1, 20, 20, 10});
  CHECK(answers.in_order.size() == 50);
}

TEST_CASE("a barrier is answered after what came before it, and alone makes no commit",
          "[journal]") {
  Volume volume;
  Answers answers;
  const auto pass_barrier = [&volume] {
    std::promise<Result<void>> passed;
    volume.journal->submit(LeasesKept{},
                           [&passed](const Result<void>& result) { passed.set_value(result); });
    return passed.get_future().get();
  };
  volume.journal->submit(creation(1), answers.expect(1));
  CHECK(pass_barrier());
  CHECK(answers.in_order.size() == 1);
  const auto before = volume.store.batches();
  CHECK(pass_barrier());
  CHECK(volume.store.batches() == before);
  volume.journal->stop();
  CHECK(volume.journal->stats().commits == before.size());
  CHECK(volume.journal->stats().pending == 0);
}

TEST_CASE("a refused change is answered with its own error and disturbs no other", "[journal]") {
  Volume volume;
  Answers answers;
  volume.block();
  volume.journal->submit(creation(1), answers.expect(1));
  volume.journal->submit(creation(1), answers.expect(2));
  volume.journal->submit(creation(2), answers.expect(3));
  volume.store.release();
  volume.journal->stop();
  REQUIRE(answers.in_order.size() == 3);
  CHECK(answers.in_order[0].second);
  REQUIRE_FALSE(answers.in_order[1].second);
  CHECK(answers.in_order[1].second.error().code == Code::conflict);
  CHECK(answers.in_order[2].second);
  CHECK(volume.fatal.empty());
}

TEST_CASE("stopping commits what was submitted, and refuses what comes after", "[journal]") {
  Volume volume;
  Answers answers;
  volume.block();
  for (int i = 1; i <= 10; ++i) {
    volume.journal->submit(creation(static_cast<WorkflowNumber>(i)), answers.expect(i));
  }
  auto stopped = std::async(std::launch::async, [&] { volume.journal->stop(); });
  volume.store.release();
  stopped.get();
  CHECK(answers.in_order.size() == 10);
  volume.journal->submit(creation(11), answers.expect(11));
  REQUIRE(answers.in_order.size() == 11);
  CHECK(answers.in_order.back().second.error().code == Code::retry_later);
  volume.journal->stop();  // twice does no harm
}

TEST_CASE("beyond the greatest number of pending changes submit answers at once", "[journal]") {
  Volume volume({.max_batch = 100, .max_pending = 3});
  Answers answers;
  volume.block();  // one is pending
  volume.journal->submit(creation(1), answers.expect(1));
  volume.journal->submit(creation(2), answers.expect(2));
  CHECK(answers.in_order.empty());
  volume.journal->submit(creation(3), answers.expect(3));
  REQUIRE(answers.in_order.size() == 1);
  CHECK(answers.in_order[0].first == 3);
  CHECK(answers.in_order[0].second.error().code == Code::retry_later);
  volume.store.release();
  volume.journal->stop();
  CHECK(answers.in_order.size() == 3);
}

TEST_CASE("an error of the machine is fatal: every answer is io from then on", "[journal]") {
  const auto code = GENERATE(Code::io, Code::corrupt);
  Volume volume({.max_batch = 2, .max_pending = 100});
  Answers answers;
  volume.block();
  for (int i = 1; i <= 5; ++i) {
    volume.journal->submit(creation(static_cast<WorkflowNumber>(i)), answers.expect(i));
  }
  volume.store.fail_next({code, "the disk is gone", {}});  // taken by the blocked commit
  volume.store.release();
  volume.journal->stop();
  REQUIRE(answers.in_order.size() == 5);
  for (const auto& [id, result] : answers.in_order) {
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Code::io);
  }
  REQUIRE(volume.fatal.size() == 1);
  CHECK(volume.fatal[0].code == code);
  CHECK(volume.store.batches().size() == 1);  // a failed flush is never tried again
  volume.journal->submit(creation(9), answers.expect(9));
  CHECK(answers.in_order.back().second.error().code == Code::io);
}

TEST_CASE("a batch that finds the volume full is tried change by change once", "[journal]") {
  Volume volume;
  Answers answers;
  volume.block();
  volume.store.full_above(1);
  for (int i = 1; i <= 3; ++i) {
    volume.journal->submit(creation(static_cast<WorkflowNumber>(i)), answers.expect(i));
  }
  volume.store.release();
  volume.journal->stop();
  CHECK(volume.store.batches() == std::vector<std::size_t>{1, 3, 1, 1, 1});
  for (const auto& [id, result] : answers.in_order) CHECK(result);
  CHECK(volume.fatal.empty());
}

TEST_CASE("changes that find no room alone either are answered full, and the journal goes on",
          "[journal]") {
  Volume volume;
  Answers answers;
  volume.block();
  volume.store.full_above(0);
  volume.journal->submit(creation(1), answers.expect(1));
  volume.journal->submit(creation(2), answers.expect(2));
  volume.store.release();
  std::promise<void> done;
  volume.journal->submit(creation(3), [&](const Result<void>&) { done.set_value(); });
  done.get_future().wait();
  volume.store.full_above(std::nullopt);
  volume.journal->submit(creation(4), answers.expect(4));
  volume.journal->stop();
  REQUIRE(answers.in_order.size() == 3);
  CHECK(answers.in_order[0].second.error().code == Code::full);
  CHECK(answers.in_order[1].second.error().code == Code::full);
  CHECK(answers.in_order[2].second);
  CHECK(volume.fatal.empty());
}

TEST_CASE("submitting from a callback works", "[journal]") {
  Volume volume;
  Answers answers;
  std::promise<void> second_submitted;
  volume.journal->submit(creation(1), [&](const Result<void>&) {
    volume.journal->submit(creation(2), answers.expect(2));
    second_submitted.set_value();
  });
  second_submitted.get_future().wait();
  volume.journal->stop();
  CHECK(answers.in_order.size() == 1);
  CHECK(volume.store.stats().workflows == 2);
}

TEST_CASE("many threads submit, each change is answered exactly once", "[journal]") {
  Volume volume;
  constexpr int threads = 4;
  constexpr int each = 250;
  std::vector<int> answered(threads * each, 0);  // each slot is written by one callback
  std::vector<std::future<void>> submitters;
  for (int t = 0; t < threads; ++t) {
    submitters.push_back(std::async(std::launch::async, [&, t] {
      for (int i = t * each; i < (t + 1) * each; ++i) {
        volume.journal->submit(creation(static_cast<WorkflowNumber>(i + 1)),
                               [&answered, i](const Result<void>& result) {
                                 answered[static_cast<std::size_t>(i)] += result ? 1 : 100;
                               });
      }
    }));
  }
  for (auto& submitter : submitters) submitter.get();
  volume.journal->stop();
  CHECK(std::all_of(answered.begin(), answered.end(), [](int n) { return n == 1; }));
}

TEST_CASE("whoever asks for its change gets it back, and each commit is followed by one call",
          "[journal]") {
  std::vector<std::string> calls;  // on the journal's thread alone, read after stop()
  JournalConfig config;
  config.after_commit = [&calls] { calls.emplace_back("after"); };
  Volume volume(std::move(config));
  volume.block();
  for (WorkflowNumber n = 1; n <= 3; ++n) {
    volume.journal->submit(creation(n), [&calls](const Result<void>& result, Change& change) {
      REQUIRE(result);
      calls.push_back(std::to_string(std::get<Transition>(change).workflow));
    });
  }
  volume.store.release();
  volume.journal->stop();
  CHECK(calls == std::vector<std::string>{"after", "1", "2", "3", "after"});
}
