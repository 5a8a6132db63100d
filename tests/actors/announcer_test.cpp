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

  announcer.committed({});
  announcer.gone({"act", 5, {1}, 7, 1});
  announcer.committed({});
  announcer.gone({"act", 5, {1}, 8, 1});
  announcer.flush();
  CHECK(told == std::vector<std::string>{"act: 0 ready, 2 gone", "a workflow", "a workflow"});

  told.clear();
  announcer.flush();
  CHECK(told.empty());
}
