// What is stuck in a node, why, since when, and what to type next.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "runtime/cli/api_client.hpp"
#include "runtime/cli/context.hpp"

namespace endure::cli {

struct Finding {
  std::string kind;     // "suspended_workflow", "dead_letters", "paused_queue", …
  std::string subject;  // what it is about: "agents/post-17", "enrich"
  std::string what;     // one sentence
  std::string since;    // RFC 3339; empty where unknown
  std::string cause;
  std::string next;  // what to type
};

struct DoctorLimits {
  std::int64_t old_step_ms = 10 * 60 * 1'000;  // an older step is a finding
  double full_volume = 0.8;                    // a fuller volume is one
};

// Each takes the answer of one call of the API. Pure.
std::vector<Finding> examine_suspended(const Json& workflows);
std::vector<Finding> examine_queues(const Json& queues, Instant now, const DoctorLimits& limits);
std::vector<Finding> examine_stats(const Json& stats, const DoctorLimits& limits);
std::vector<Finding> examine_schedules(const Json& schedules);
std::vector<Finding> examine_stuck(const Json& stuck);
std::vector<Finding> examine_damage(const Json& damage);
std::vector<Finding> examine_actors(const Json& actors);
std::vector<Finding> examine_events(const Json& events);
std::vector<Finding> examine_cluster(const Json& status);

// What verbs say of findings.
Json findings_json(const std::vector<Finding>& findings);
void print_findings(Context& context, const std::vector<Finding>& findings);

}  // namespace endure::cli
