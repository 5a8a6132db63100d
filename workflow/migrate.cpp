#include "workflow/migrate.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "workflow/interpreter/draft.hpp"
#include "workflow/interpreter/machine.hpp"

namespace endure::workflow {

namespace {

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The way to a task by names alone: its place in its list is left out.
std::string path_of(const Definition& definition, TaskId id) {
  const Task& task = definition.task(id);
  if (id == 0) return "";
  const Task& parent = definition.task(task.parent);
  std::string own = task.pointer;  // a function's task stands elsewhere than its call
  if (own.starts_with(parent.pointer + "/")) own = own.substr(parent.pointer.size());
  const std::size_t name = own.rfind('/');
  if (name != std::string::npos && name > 0) {
    const std::size_t place = own.rfind('/', name - 1);
    if (place != std::string::npos && is_number(own.substr(place + 1, name - place - 1))) {
      own = own.substr(0, place) + own.substr(name);
    }
  }
  return path_of(definition, task.parent) + own;
}

std::string_view kind_of(const Task& task) {
  static constexpr std::string_view kinds[] = {"for", "call", "emit",   "fork", "listen", "raise",
                                               "run", "set",  "switch", "try",  "wait",   "do"};
  for (const std::string_view kind : kinds) {
    if (task.source.is_object() && task.source.contains(kind)) return kind;
  }
  return "do";
}

std::vector<std::string> names_of(const Definition& definition, const std::vector<TaskId>& tasks) {
  std::vector<std::string> names;
  names.reserve(tasks.size());
  for (const TaskId id : tasks) names.push_back(definition.task(id).name);
  return names;
}

Json member(const Task& task, const char* key) {
  return task.source.is_object() && task.source.contains(key) ? task.source[key] : Json();
}

std::string first_key(const Json& json) {
  return json.is_object() && !json.empty() ? json.begin().key() : std::string();
}

class Mover {
 public:
  Mover(const Definition& from, const Definition& to, Snapshot& next)
      : from_(from), to_(to), next_(next) {
    for (const Task& task : to.tasks) {
      const auto [place, fresh] = places_.try_emplace(path_of(to, task.id), task.id);
      if (!fresh) place->second = std::nullopt;
    }
  }

  void move_all() {
    for (Branch& branch : next_.branches) move(branch);
  }

  std::vector<MigrationObstacle> obstacles;

 private:
  void refuse(const Task& task, std::string what) {
    obstacles.push_back({task.pointer, std::move(what)});
  }

  void move(Branch& branch) {
    const std::vector<Frame> before = branch.frames;
    for (std::size_t i = 0; i < branch.frames.size(); ++i) {
      const Task& old_task = from_.task(before[i].task);
      const Task* new_task = find(old_task);
      if (new_task == nullptr) return;  // what is within it is no better off
      branch.frames[i].task = new_task->id;
      check_input(old_task, *new_task);
      check_body(old_task, *new_task, before[i]);
      const bool has_child = i + 1 < before.size();
      if (has_child) place_child(from_.task(before[i + 1].task), *new_task, branch.frames[i]);
    }
  }

  const Task* find(const Task& old_task) {
    const auto place = places_.find(path_of(from_, old_task.id));
    if (place == places_.end()) {
      refuse(old_task, "the task is not there in version " + to_.ref.version);
      return nullptr;
    }
    if (!place->second) {
      refuse(old_task, "several tasks of version " + to_.ref.version + " have its name");
      return nullptr;
    }
    const Task& new_task = to_.task(*place->second);
    if (new_task.body.index() != old_task.body.index() || kind_of(new_task) != kind_of(old_task)) {
      refuse(old_task, "the task is `" + std::string(kind_of(old_task)) + "` here and `" +
                           std::string(kind_of(new_task)) + "` in version " + to_.ref.version);
      return nullptr;
    }
    return &new_task;
  }

  void check_input(const Task& old_task, const Task& new_task) {
    if (!interpreter::reads_input_later(new_task)) return;
    if (!interpreter::reads_input_later(old_task)) {
      refuse(old_task, "version " + to_.ref.version +
                           " reads the task's input when it ends, and this one has not kept it");
    } else if (old_task.input_from.has_value() != new_task.input_from.has_value()) {
      refuse(old_task, "`input.from` is there in one version alone, and the task is under way");
    }
  }

  void check_body(const Task& old_task, const Task& new_task, const Frame& frame) {
    if (member(old_task, "call") != member(new_task, "call")) {
      refuse(old_task, "it calls " + member(old_task, "call").dump() + " here and " +
                           member(new_task, "call").dump() + " in version " + to_.ref.version);
    }
    if (first_key(member(old_task, "run")) != first_key(member(new_task, "run"))) {
      refuse(old_task, "it runs something else in version " + to_.ref.version);
    }
    if (member(old_task, "listen") != member(new_task, "listen") ||
        (kind_of(old_task) == "listen" &&
         member(old_task, "foreach").is_null() != member(new_task, "foreach").is_null())) {
      refuse(old_task, "what it listens for has changed");
    }
    if (const auto* loop = std::get_if<ForTask>(&old_task.body)) {
      const auto& other = std::get<ForTask>(new_task.body);
      if (loop->each != other.each || loop->at != other.at) {
        refuse(old_task, "the names of the loop's variables have changed");
      }
    }
    if (const auto* fork = std::get_if<ForkTask>(&old_task.body)) {
      const auto& other = std::get<ForkTask>(new_task.body);
      if (names_of(from_, fork->branches) != names_of(to_, other.branches) ||
          fork->compete != other.compete) {
        refuse(old_task, "the fork's branches have changed");
      }
    }
    if (std::holds_alternative<TryTask>(old_task.body)) check_try(old_task, new_task, frame);
  }

  void check_try(const Task& old_task, const Task& new_task, const Frame& frame) {
    const auto& was = std::get<TryTask>(old_task.body).catch_;
    const auto& is = std::get<TryTask>(new_task.body).catch_;
    if (frame.position == 1 && was.as != is.as) {
      refuse(old_task, "the name of the error's variable has changed while it is handled");
    }
    if (frame.position == 2 && !is.retry) {
      refuse(old_task, "it is about to try again, and version " + to_.ref.version + " does not");
    }
  }

  // A list's frame says by a number which of its tasks runs.
  void place_child(const Task& old_child, const Task& new_task, Frame& frame) {
    const auto* list = std::get_if<DoTask>(&new_task.body);
    if (list == nullptr) return;
    const auto place = places_.find(path_of(from_, old_child.id));
    if (place == places_.end() || !place->second) return;  // said when the child's turn comes
    const auto found = std::find(list->tasks.begin(), list->tasks.end(), *place->second);
    if (found != list->tasks.end()) {
      frame.position = static_cast<std::uint32_t>(found - list->tasks.begin());
    }
  }

  const Definition& from_;
  const Definition& to_;
  Snapshot& next_;
  std::map<std::string, std::optional<TaskId>> places_;  // nothing: several
};

}  // namespace

std::string in_one_line(const std::vector<MigrationObstacle>& obstacles) {
  std::string text;
  for (const auto& obstacle : obstacles) {
    if (!text.empty()) text += "; ";
    if (!obstacle.task.empty()) text += obstacle.task + ": ";
    text += obstacle.what;
  }
  return text;
}

tl::expected<Outcome, std::vector<MigrationObstacle>> migrate(const Definition& from,
                                                              const Definition& to,
                                                              const Snapshot& snapshot,
                                                              Instant now) {
  const auto refuse = [](std::string what) {
    return tl::make_unexpected(std::vector<MigrationObstacle>{{"", std::move(what)}});
  };
  if (is_ended(snapshot.phase)) {
    return refuse("the workflow has ended; it is " + std::string(to_string(snapshot.phase)));
  }
  if (from.ref.ns != to.ref.ns || from.ref.name != to.ref.name) {
    return refuse("a workflow of " + to_string(from.ref) + " cannot become one of " +
                  to_string(to.ref));
  }
  if (snapshot.definition == to.ref) {
    return refuse("the workflow runs version " + to.ref.version + " already");
  }
  interpreter::Draft draft(snapshot, now);
  Mover mover(from, to, draft.next);
  mover.move_all();
  if (!mover.obstacles.empty()) return tl::make_unexpected(std::move(mover.obstacles));
  draft.next.definition = to.ref;
  draft.note(HistoryEntry::Kind::migrated, {}, from.ref.version + " → " + to.ref.version);
  return std::move(draft).finish();
}

}  // namespace endure::workflow
