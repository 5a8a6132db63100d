#include "runtime/cli/doctor.hpp"

#include <cmath>

#include "config/quantity.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/workflow_view.hpp"

namespace endure::cli {
namespace {

const Json& list_of(const Json& answer) {
  return answer.is_array() ? answer : items_of(answer);
}

std::string steps(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " step" : " steps");
}

void examine_queue(const Json& queue, Instant now, const DoctorLimits& limits,
                   std::vector<Finding>& out) {
  const std::string name = text_of(queue, "queue");
  const std::string since = text_of(queue, "oldest");
  const std::uint64_t depth = number_of(queue, "depth");
  const std::uint64_t dead = number_of(queue, "dead");
  const bool paused = text_of(queue, "paused") == "true";
  if (dead > 0) {
    out.push_back(
        {"dead_letters", name,
         std::to_string(dead) + (dead == 1 ? " step is" : " steps are") + " out of attempts", "",
         "",
         "endure dead list --queue " + name + "; once mended: endure dead redrive --all --queue " +
             name});
  }
  if (paused) {
    out.push_back({"paused_queue", name, "the queue is paused with " + steps(depth) + " in it",
                   since, "", "endure queue resume " + name});
    return;  // that nobody takes its steps has this cause alone
  }
  Instant oldest;
  if (depth > 0 && number_of(queue, "consumers") == 0) {
    out.push_back({"no_consumer", name,
                   steps(depth) + (depth == 1 ? " waits" : " wait") + ", and no worker takes steps",
                   since, "",
                   "start a worker, such as: endure worker --queue " + name + " -- CMD"});
  } else if (depth > 0 && from_rfc3339(since, oldest) && now - oldest > limits.old_step_ms) {
    out.push_back({"old_step", name,
                   "the oldest step has not been done for " + age_text(now - oldest), since, "",
                   "endure queue show " + name + "; more workers may be needed"});
  }
}

}  // namespace

std::vector<Finding> examine_suspended(const Json& workflows) {
  std::vector<Finding> out;
  for (const Json& workflow : items_of(workflows)) {
    const std::string name = workflow_name(workflow);
    out.push_back({"suspended_workflow", name, "the workflow is suspended",
                   text_of(workflow, "updated"), text_of(workflow, "cause"),
                   "endure history " + name + "; once mended: endure resume " + name +
                       ", or where a step is a dead letter: endure dead list"});
  }
  if (!text_of(workflows, "next_cursor").empty()) {
    out.push_back({"suspended_workflow", "", "more workflows are suspended", "", "",
                   "endure list --phase suspended --all"});
  }
  return out;
}

std::vector<Finding> examine_queues(const Json& queues, Instant now, const DoctorLimits& limits) {
  std::vector<Finding> out;
  for (const Json& queue : list_of(queues)) examine_queue(queue, now, limits, out);
  return out;
}

std::vector<Finding> examine_stats(const Json& stats, const DoctorLimits& limits) {
  const auto store = stats.is_object() ? stats.find("store") : stats.end();
  if (store == stats.end()) return {};
  const auto used = number_of(*store, "used_bytes");
  const auto most = number_of(*store, "map_bytes");
  if (most == 0 || static_cast<double>(used) < limits.full_volume * static_cast<double>(most)) {
    return {};
  }
  const auto percent = std::lround(100.0 * static_cast<double>(used) / static_cast<double>(most));
  return {{"volume_full", "volume",
           "the volume is " + std::to_string(percent) + " % full (of " + config::size_text(most) +
               "); new workflows are refused when it is full",
           "", "", "raise data.max_size, or lower engine.retention, and restart the node"}};
}

std::vector<Finding> examine_schedules(const Json& schedules) {
  std::vector<Finding> out;
  for (const Json& schedule : list_of(schedules)) {
    const std::string name = text_of(schedule, "namespace") + "/" + text_of(schedule, "name");
    const std::string error = text_of(schedule, "error");
    if (text_of(schedule, "paused") == "true") {
      out.push_back({"paused_schedule", name, "the schedule is paused and starts nothing", "", "",
                     "endure schedule resume " + name});
    } else if (!error.empty()) {
      out.push_back({"failing_schedule", name, "the schedule cannot start what is due",
                     text_of(schedule, "due"), error, "endure schedule show " + name});
    }
  }
  return out;
}

std::vector<Finding> examine_actors(const Json& actors) {
  std::vector<Finding> out;
  for (const Json& actor : list_of(actors)) {
    const auto restarts = number_of(actor, "restarts");
    if (restarts == 0) continue;
    const std::string path = text_of(actor, "path");
    out.push_back({"restarted_actor", path,
                   "the actor was restarted " + std::to_string(restarts) +
                       (restarts == 1 ? " time" : " times"),
                   "", text_of(actor, "last_failure"), "the node's log tells more"});
  }
  return out;
}

std::vector<Finding> examine_stuck(const Json& stuck) {
  std::vector<Finding> out;
  for (const Json& job : list_of(stuck)) {
    out.push_back({"stuck", text_of(job, "who"), "it is busy with one job for too long",
                   text_of(job, "since"), text_of(job, "job"),
                   "the node's log; where it does not go on, restart the node: nothing is lost"});
  }
  return out;
}

std::vector<Finding> examine_damage(const Json& damage) {
  std::vector<Finding> out;
  for (const Json& row : list_of(damage)) {
    const auto workflow = row.find("workflow");
    const bool named = workflow != row.end() && workflow->is_object();
    const std::string name = named ? workflow_name(*workflow) : "";
    out.push_back({"damaged_row", text_of(row, "table") + "/" + text_of(row, "key"),
                   named ? "a row of " + name + " is damaged and left out"
                         : "the row is damaged and left out",
                   "", text_of(row, "what"),
                   (named ? "endure terminate " + name + ", or restore" : std::string("restore")) +
                       " a backup; endure verify --data FOLDER names all that is damaged"});
  }
  return out;
}

std::vector<Finding> examine_events(const Json& events) {
  std::vector<Finding> out;
  const auto sinks = events.is_object() ? events.find("sinks") : events.end();
  if (sinks == events.end() || !sinks->is_array()) return out;
  for (const Json& sink : *sinks) {
    const std::string since = text_of(sink, "failing_since");
    if (since.empty()) continue;
    out.push_back(
        {"failing_sink", text_of(sink, "sink"),
         "the sink does not take events, and " + text_of(sink, "backlog") + " wait for it", since,
         text_of(sink, "last_error"),
         "mend the sink, or take it out of events.sinks; endure events"});
  }
  return out;
}

}  // namespace endure::cli
