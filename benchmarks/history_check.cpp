#include "benchmarks/history_check.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <thread>

#include "benchmarks/http_load.hpp"
#include "benchmarks/latencies.hpp"
#include "benchmarks/workflows.hpp"

namespace endure::benchmarks {

namespace {

constexpr auto between_looks = std::chrono::milliseconds(5);

bool is_completed(const HttpAnswer& answer) {
  return answer.status == 200 && answer.body.find(R"("phase":"completed")") != std::string::npos;
}

Instant time_of(const nlohmann::json& record) {
  Instant at;
  from_rfc3339(record.at("at").get<std::string>(), at);
  return at;
}

// The steps that a workflow took results of, by their tasks.
std::multiset<std::string> results_in(const nlohmann::json& items) {
  std::multiset<std::string> tasks;
  for (const auto& record : items) {
    for (const auto& entry : record.at("entries")) {
      if (entry.at("kind") == "step_completed") tasks.insert(entry.at("task").get<std::string>());
    }
  }
  return tasks;
}

}  // namespace

void check_history(const nlohmann::json& history, std::int64_t since_ms,
                   HistoryFindings& findings) {
  const auto& items = history.at("items");
  if (items.empty() || items.back().at("phase") != "completed") {
    ++findings.lost;
    return;
  }
  const auto tasks = results_in(items);
  const std::set<std::string> distinct(tasks.begin(), tasks.end());
  findings.repeated += tasks.size() - distinct.size();
  if (distinct.size() != std::size(w1_queues)) ++findings.lost;
  findings.last_transition = std::max(findings.last_transition, time_of(items.back()));
  const auto resumed = std::find_if(items.begin(), items.end(), [since_ms](const auto& record) {
    return time_of(record).ms >= since_ms;
  });
  if (resumed != items.end()) {
    findings.last_resumed = std::max(findings.last_resumed, time_of(*resumed));
  }
}

Result<HistoryFindings> check_histories(const NodeProcess& node, const HttpStarts& starts,
                                        std::uint64_t count, std::int64_t since_ms,
                                        double patience_ms) {
  HttpLine line = node.line();
  const auto begin = SteadyClock::now();
  HistoryFindings findings;
  for (std::uint64_t n = 0; n < count; ++n) {
    const std::string target = "/v1/workflows/bench/" + starts.id(n);
    for (;;) {
      const auto shown = line.get(target);
      if (!shown) return Failure{shown.error()};
      if (is_completed(*shown) || ms_since(begin) > patience_ms) break;
      std::this_thread::sleep_for(between_looks);
    }
    const auto history = line.get(target + "/history");
    if (!history) return Failure{history.error()};
    if (history->status != 200) {
      ++findings.lost;
      continue;
    }
    check_history(history->json(), since_ms, findings);
  }
  return findings;
}

}  // namespace endure::benchmarks
