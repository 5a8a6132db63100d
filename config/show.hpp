// The configuration as texts for people: what is in force, and what there is to set.
#pragma once

#include <string>
#include <vector>

#include "config/load.hpp"

namespace endure::config {

struct ShownSetting {
  std::string name;
  std::string value;  // "(2 set)" for secrets
  bool secret = false;
  bool list = false;
  std::string origin;  // "default", "endure.yaml:7", "environment variable …"
};

// Every setting, in order of declaration.
std::vector<ShownSetting> shown(const Loaded& loaded);

// The same as YAML that load() reads back, with the origins as comments; secrets are left out.
std::string show(const Loaded& loaded);

// All settings with type, default, bounds, meaning and environment variable: docs/configuration.md.
std::string reference();

}  // namespace endure::config
