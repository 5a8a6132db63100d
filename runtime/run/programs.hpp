// The programs that `run` tasks need, as this machine has them.
#pragma once

#include <optional>
#include <string>

#include "config/settings.hpp"
#include "workflow/run_abilities.hpp"

namespace endure {

struct RunPrograms {
  std::string shell = "/bin/sh";
  std::string python;  // paths; empty where there is none
  std::string node;
  std::string container_runtime;
  std::string script_folder;  // absolute, links resolved; empty: none
  workflow::RunAbilities abilities;
};

// `name` as an executable file: itself where it is a path, else looked up in `folders` (as PATH).
std::optional<std::string> find_program(const std::string& name, const std::string& folders);

// Looks at the machine once. What is switched off or not there is refused at deployment, with a
// sentence in `abilities`.
RunPrograms find_run_programs(const config::RunSettings& settings);

}  // namespace endure
