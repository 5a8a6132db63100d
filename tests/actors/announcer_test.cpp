#include "actors/announcer.hpp"

#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::actors;

TEST_CASE("queues hear what a commit changed before any workflow hears of the commit",
          "[announcer]") {
  std::vector<std::string> told;
  Announcer announcer(
      [&](const std::string& queue, QueueNews&& news) {
        told.push_back(queue + ": " + std::to_string(news.ready.size()) + " ready, " +
                       std::to_string(news.gone.size()) + " gone");
      },
      [&](const caf::actor&) { told.push_back("a workflow"); });

  const auto notice = [] { return std::make_shared<CommitNotice>(); };
  announcer.committed({}, notice());
  announcer.gone({"act", 5, {1}, 7, 1});
  announcer.committed({}, notice());
  announcer.gone({"act", 5, {1}, 8, 1});
  announcer.flush();
  CHECK(told == std::vector<std::string>{"act: 0 ready, 2 gone", "a workflow", "a workflow"});

  told.clear();
  announcer.flush();
  CHECK(told.empty());
}

TEST_CASE("a workflow hears of its commit unless it is content to find out", "[announcer]") {
  int told = 0;
  Announcer announcer([](const std::string&, QueueNews&&) {}, [&](const caf::actor&) { ++told; });
  const auto notice = std::make_shared<CommitNotice>();
  const auto commit = [&] {
    told = 0;
    announcer.committed({}, notice);
    announcer.flush();
    return told;
  };

  notice->begin(true);
  CHECK(commit() == 1);

  notice->begin(false);
  CHECK(commit() == 0);
  CHECK(notice->is_over());

  notice->begin(false);
  CHECK_FALSE(notice->is_over());  // it has work, and will be told
  CHECK_FALSE(notice->is_over());
  CHECK(commit() == 1);

  notice->begin(true);
  CHECK_FALSE(notice->is_over());
  CHECK(commit() == 1);
}
