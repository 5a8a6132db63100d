#include "benchmarks/history_check.hpp"

#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::benchmarks;
using nlohmann::json;

namespace {

json record(int second, const std::string& task, const std::string& phase = "running") {
  json entries = json::array();
  if (!task.empty()) entries.push_back({{"kind", "step_completed"}, {"task", task}});
  return {{"at", to_rfc3339({second * 1'000})}, {"phase", phase}, {"entries", entries}};
}

json whole() {
  return {{"items",
           {record(1, ""), record(2, "/do/0/receive"), record(3, "/do/1/enrich"),
            record(4, "/do/2/act"), record(5, "/do/3/complete", "completed")}}};
}

}  // namespace

TEST_CASE("a whole history has lost and repeated nothing") {
  HistoryFindings findings;
  check_history(whole(), 2'500, findings);
  CHECK(findings.lost == 0);
  CHECK(findings.repeated == 0);
  CHECK(findings.last_resumed.ms == 3'000);
  CHECK(findings.last_transition.ms == 5'000);
}

TEST_CASE("a result that was taken twice is found") {
  auto history = whole();
  history["items"].insert(history["items"].begin() + 2, record(2, "/do/0/receive"));
  HistoryFindings findings;
  check_history(history, 0, findings);
  CHECK(findings.repeated == 1);
  CHECK(findings.lost == 0);
}

TEST_CASE("a workflow that did not complete, or that lacks a result, is lost") {
  auto unfinished = whole();
  unfinished["items"].erase(4);
  auto lacking = whole();
  lacking["items"].erase(2);
  HistoryFindings findings;
  for (const auto& history : {unfinished, lacking, json{{"items", json::array()}}}) {
    check_history(history, 0, findings);
  }
  CHECK(findings.lost == 3);
}
