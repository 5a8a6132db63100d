#include "workflow/run_abilities.hpp"

namespace endure::workflow {
namespace {

const char* member_of(RunProcessTask::Kind kind) {
  switch (kind) {
    case RunProcessTask::Kind::shell: return "/run/shell";
    case RunProcessTask::Kind::javascript:
    case RunProcessTask::Kind::python: return "/run/script";
    case RunProcessTask::Kind::container: return "/run/container";
  }
  return "/run";
}

bool has_source(const RunProcessTask& task) {
  const auto* members = std::get_if<Template::Object>(&task.request.node);
  if (members != nullptr) {
    for (const auto& member : *members) {
      if (member.key == "source") return true;
    }
    return false;
  }
  const auto* constant = std::get_if<Value>(&task.request.node);
  return constant != nullptr && (*constant)->is_object() && (*constant)->contains("source");
}

}  // namespace

const std::string& why_not(const RunAbilities& abilities, RunProcessTask::Kind kind) {
  switch (kind) {
    case RunProcessTask::Kind::shell: return abilities.no_shell;
    case RunProcessTask::Kind::javascript: return abilities.no_javascript;
    case RunProcessTask::Kind::python: return abilities.no_python;
    case RunProcessTask::Kind::container: return abilities.no_container;
  }
  return abilities.no_shell;
}

std::vector<Problem> refused_runs(const Definition& definition, const RunAbilities& abilities) {
  std::vector<Problem> problems;
  for (const Task& task : definition.tasks) {
    const auto* run = std::get_if<RunProcessTask>(&task.body);
    if (run == nullptr) continue;
    const std::string pointer = task.pointer + member_of(run->kind);
    if (const std::string& why = why_not(abilities, run->kind); !why.empty()) {
      problems.push_back({pointer, 0, why});
    } else if (has_source(*run) && !abilities.no_script_file.empty()) {
      problems.push_back({pointer + "/source", 0, abilities.no_script_file});
    }
  }
  return problems;
}

}  // namespace endure::workflow
