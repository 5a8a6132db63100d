#include "workflow/lifecycle.hpp"

#include <algorithm>
#include <map>

#include "workflow/interpreter/implicit.hpp"

namespace endure::workflow {
namespace {

using Kind = HistoryEntry::Kind;

constexpr std::string_view prefix = "io.serverlessworkflow.";
constexpr std::string_view status_changed = ".status-changed.v1";

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// How often each task of the author, by its pointer, is under way.
using Tasks = std::map<std::string, int>;

Tasks tasks_under_way(const Definition* definition, const Snapshot* snapshot) {
  Tasks tasks;
  if (definition == nullptr || snapshot == nullptr) return tasks;
  for (const auto& branch : snapshot->branches) {
    for (const auto& frame : branch.frames) {
      const Task& task = definition->task(frame.task);
      if (!interpreter::is_implicit(*definition, task)) ++tasks[task.pointer];
    }
  }
  return tasks;
}

// The tasks that wait for something themselves, and not for tasks within them.
std::vector<std::string> waiting_tasks(const Definition* definition, const Snapshot& snapshot) {
  std::vector<std::string> tasks;
  if (definition == nullptr) return tasks;
  for (const auto& branch : snapshot.branches) {
    if (branch.wait == 0 || branch.frames.empty()) continue;
    tasks.push_back(definition->task(branch.frames.back().task).pointer);
  }
  return tasks;
}

bool is_within(const std::string& task, const std::string& outer) {
  return task.size() > outer.size() && task.compare(0, outer.size(), outer) == 0 &&
         task[outer.size()] == '/';
}

class Writer {
 public:
  Writer(const Definition* definition, const Snapshot* before, const Outcome& outcome,
         const EventTypes& types)
      : definition_(definition),
        before_(before),
        outcome_(outcome),
        types_(types),
        name_(outcome.next.name.id + "." + outcome.next.name.ns),
        time_(to_rfc3339(outcome.next.updated)) {}

  std::vector<CloudEvent> write() && {
    find_given_up();
    for (const auto& entry : outcome_.history) write_entry(entry);
    write_given_up();
    write_phase();
    return std::move(events_);
  }

 private:
  // Tasks that began and are neither through nor under way any more: a fault passed through them,
  // or they were cancelled.
  void find_given_up() {
    if (definition_ == nullptr) return;
    given_up_ = tasks_under_way(definition_, before_);
    for (const auto& entry : outcome_.history) {
      if (entry.kind == Kind::task_started) ++given_up_[entry.task];
      if (entry.kind == Kind::task_completed) --given_up_[entry.task];
      if (entry.kind == Kind::task_faulted) {
        --given_up_[entry.task];
        faults_.push_back(&entry);
      }
    }
    for (const auto& [task, count] : tasks_under_way(definition_, &outcome_.next)) {
      given_up_[task] -= count;
    }
  }

  void write_given_up() {
    for (auto it = given_up_.rbegin(); it != given_up_.rend(); ++it) {  // the inner ones first
      const auto& task = it->first;
      const auto fault = std::find_if(faults_.begin(), faults_.end(), [&](const auto* entry) {
        return is_within(entry->task, task);
      });
      for (int i = 0; i < it->second; ++i) {
        if (fault != faults_.end()) {
          add_task("faulted", "faultedAt", task, {{"error", (*fault)->data.json()}});
        } else {
          add_task("cancelled", "cancelledAt", task);
        }
      }
    }
    given_up_.clear();
  }

  void write_entry(const HistoryEntry& entry) {
    switch (entry.kind) {
      case Kind::started: write_started(); break;
      case Kind::task_started:
        add_task("created", "createdAt", entry.task);
        add_task("started", "startedAt", entry.task);
        break;
      case Kind::task_completed: add_task("completed", "completedAt", entry.task); break;
      case Kind::task_faulted:
        add_task("faulted", "faultedAt", entry.task, {{"error", entry.data.json()}});
        break;
      case Kind::task_retried: add_task("retried", "retriedAt", entry.task); break;
      case Kind::listening: add_workflow("correlation-started", "startedAt"); break;
      case Kind::correlated: write_correlated(entry); break;
      case Kind::event_published: add(entry.data); break;
      case Kind::paused:
      case Kind::suspended:
        if (before_ != nullptr) each_waiting(*before_, "suspended", "suspendedAt");
        add_workflow("suspended", "suspendedAt");
        break;
      case Kind::resumed:
        add_workflow("resumed", "resumedAt");
        if (before_ != nullptr) each_waiting(*before_, "resumed", "resumedAt");
        break;
      case Kind::cancelled:
      case Kind::terminated:
        write_given_up();
        add_workflow("cancelled", "cancelledAt");
        break;
      case Kind::faulted:
        write_given_up();
        add_workflow("faulted", "faultedAt", {{"error", entry.data.json()}});
        break;
      case Kind::completed:
        write_given_up();
        add_workflow("completed", "completedAt");
        break;
      default: break;
    }
  }

  void write_started() {
    const auto& ref = outcome_.next.definition;
    add_workflow(
        "started", "startedAt",
        {{"definition", {{"name", ref.name}, {"namespace", ref.ns}, {"version", ref.version}}}});
  }

  void write_correlated(const HistoryEntry& entry) {
    Json more = Json::object();
    if (entry.data->is_object() && !entry.data->empty())
      more["correlationKeys"] = entry.data.json();
    add_workflow("correlation-completed", "completedAt", std::move(more));
  }

  void each_waiting(const Snapshot& snapshot, const char* what, const char* time) {
    for (const auto& task : waiting_tasks(definition_, snapshot)) add_task(what, time, task);
  }

  void write_phase() {
    const auto phase = outcome_.next.phase;
    if (before_ != nullptr && before_->phase == phase) return;
    add_event("workflow.status-changed",
              {{"name", name_}, {"updatedAt", time_}, {"status", to_string(phase)}});
  }

  void add_workflow(const std::string& what, const char* time, Json more = Json::object()) {
    Json data{{"name", name_}, {time, time_}};
    data.update(more);
    add_event("workflow." + what, std::move(data));
  }

  void add_task(const std::string& what, const char* time, const std::string& task,
                Json more = Json::object()) {
    Json data{{"workflow", name_}, {"task", task}, {time, time_}};
    data.update(more);
    add_event("task." + what, std::move(data));
    const char* status = what == "started" || what == "resumed" ? "running" : nullptr;
    if (what == "created") status = "pending";
    if (what == "suspended" || what == "cancelled" || what == "faulted" || what == "completed") {
      status = what.c_str();
    }
    if (status == nullptr) return;
    add_event("task.status-changed",
              {{"workflow", name_}, {"task", task}, {"updatedAt", time_}, {"status", status}});
  }

  void add_event(const std::string& what, Json data) {
    std::string type(prefix);
    type += what + ".v1";
    ++count_;  // also where it is not asked for, so that an id does not depend on what is
    if (!types_.contains(type)) return;
    const auto& ref = outcome_.next.definition;
    const auto& name = outcome_.next.name;
    events_.push_back(
        Json{{"specversion", "1.0"},
             {"id", name.ns + "/" + name.id + "/" + std::to_string(outcome_.next.transition) + "/" +
                        std::to_string(count_)},
             {"source", "/" + ref.ns + "/" + ref.name + "/" + ref.version},
             {"type", std::move(type)},
             {"subject", name_},
             {"time", time_},
             {"datacontenttype", "application/json"},
             {"data", std::move(data)}});
  }

  void add(const CloudEvent& event) {
    if (types_.contains(event->value("type", std::string()))) events_.push_back(event);
  }

  const Definition* definition_;
  const Snapshot* before_;
  const Outcome& outcome_;
  const EventTypes& types_;
  const std::string name_;
  const std::string time_;
  Tasks given_up_;
  std::vector<const HistoryEntry*> faults_;
  std::vector<CloudEvent> events_;
  int count_ = 0;
};

}  // namespace

bool EventTypes::contains(std::string_view type) const {
  if (wanted_.empty()) {
    return type.substr(0, prefix.size()) != prefix || !ends_with(type, status_changed);
  }
  return std::any_of(wanted_.begin(), wanted_.end(), [type](std::string_view wanted) {
    if (wanted.empty() || wanted.back() != '*') return wanted == type;
    wanted.remove_suffix(1);
    return type.substr(0, wanted.size()) == wanted;
  });
}

std::vector<CloudEvent> lifecycle_events(const Definition* definition, const Snapshot* before,
                                         const Outcome& outcome, const EventTypes& types) {
  return Writer(definition, before, outcome, types).write();
}

}  // namespace endure::workflow
