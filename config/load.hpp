// Loads a configuration: defaults, then a YAML file, then environment variables, then command-line
// options; each overrides the one before.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "config/setting.hpp"
#include "config/settings.hpp"

namespace endure::config {

using Environment = std::map<std::string, std::string>;

// Of one option of a command: `endure dev --data DIR` is {"data.folder", DIR, "--data"}.
struct Override {
  std::string name;
  std::string value;
  std::string source;
};

struct Sources {
  std::optional<std::string> file;
  Environment environment;
  std::vector<Override> overrides;
};

// One thing that is wrong. All that are found are reported, not the first alone.
struct Problem {
  std::string source;  // "endure.yaml:12", "environment variable ENDURE_LOG_LEVEL", "--data"
  std::string name;    // the setting, as it was written; empty where it is not about one
  std::string what;    // one sentence: what was expected and what to do

  bool operator==(const Problem&) const = default;
};
std::string to_string(const Problem& problem);

struct Loaded {
  Config config;
  // Where each value that is no default comes from, by the setting's name.
  std::map<std::string, std::string> origins;
  // Environment variables that look like settings and are none; the node runs regardless.
  std::vector<Problem> warnings;
};

tl::expected<Loaded, std::vector<Problem>> load(const Sources& sources);

// The variables of this process whose names begin with ENDURE_.
Environment process_environment();

}  // namespace endure::config
