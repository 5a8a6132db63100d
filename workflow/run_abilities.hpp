// Which processes a node runs for `run` tasks. Pure.
#pragma once

#include <string>
#include <vector>

#include "workflow/definition.hpp"

namespace endure::workflow {

// Each is empty where the node can do it, and otherwise says why not: a sentence that names the
// setting. The defaults are those of a node that nobody has configured.
struct RunAbilities {
  std::string no_shell =
      "shell commands are switched off on this node; set run.shell to allow them";
  std::string no_javascript = "scripts are switched off on this node; set run.script to allow them";
  std::string no_python = "scripts are switched off on this node; set run.script to allow them";
  std::string no_script_file =
      "scripts from files need run.script_folder, the folder that they lie in";
  std::string no_container =
      "this node has no container runtime; set run.container_runtime to docker or podman";
};

// Why the node does not run such a process; empty where it does.
const std::string& why_not(const RunAbilities& abilities, RunProcessTask::Kind kind);

// The tasks of `definition` that the node would not run, for refusing it at deployment.
std::vector<Problem> refused_runs(const Definition& definition, const RunAbilities& abilities);

}  // namespace endure::workflow
