// Reads a YAML file of settings into a flat list of named texts, with their lines.
#pragma once

#include <string>
#include <vector>

#include "config/load.hpp"

namespace endure::config {

struct YamlEntry {
  std::string name;    // "http.max_body"
  Texts texts;         // one, or those of a list
  bool list = false;   // written as a list
  std::string source;  // "endure.yaml:7"
};

struct YamlEntries {
  std::vector<YamlEntry> entries;
  std::vector<Problem> problems;
};

// `file` is only its name, for the sources. `sections` are the names under which a map may stand.
YamlEntries read_yaml(const std::string& text, const std::string& file, const Texts& sections);

}  // namespace endure::config
