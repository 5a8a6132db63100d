#include "config/load.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "config/check.hpp"
#include "config/nearest.hpp"
#include "config/yaml_reader.hpp"

namespace endure::config {
namespace {

constexpr std::size_t max_file_bytes = 1U << 20U;

Texts split_list(const std::string& text) {
  Texts out;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    if (comma > from) out.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return out;
}

class Loader {
 public:
  Loader() : declared_(declare(loaded_.config)) {}

  void add_file(const std::string& path) {
    std::error_code ignored;
    std::ifstream in(path, std::ios::binary);
    if (!in.is_open() || std::filesystem::is_directory(path, ignored)) {
      problems_.push_back({path, "", "cannot be read; does the file exist, and may it be read?"});
      return;
    }
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (text.size() > max_file_bytes) {
      problems_.push_back({path, "", "is larger than 1MiB, which no configuration needs"});
      return;
    }
    Texts sections;
    for (const Section& section : declared_.sections) sections.push_back(section.name);
    YamlEntries yaml = read_yaml(text, path, sections);
    std::ranges::move(yaml.problems, std::back_inserter(problems_));
    for (const YamlEntry& entry : yaml.entries) {
      set(entry.name, entry.texts, entry.list, entry.source);
    }
  }

  void add_environment(const Environment& environment) {
    for (const Setting& setting : declared_.settings) {
      const auto found = environment.find(setting.env());
      if (found == environment.end()) continue;
      const Texts texts = setting.list ? split_list(found->second) : Texts{found->second};
      set(setting.name, texts, setting.list, "environment variable " + found->first);
    }
    for (const auto& [variable, value] : environment) warn_if_mistyped(variable);
  }

  void add_override(const Override& option) {
    set(option.name, {option.value}, false, option.source);
  }

  tl::expected<Loaded, std::vector<Problem>> finish() {
    std::ranges::move(check(loaded_.config, loaded_.origins), std::back_inserter(problems_));
    if (!problems_.empty()) return tl::make_unexpected(std::move(problems_));
    return std::move(loaded_);
  }

 private:
  void set(const std::string& name, const Texts& texts, bool list, const std::string& source) {
    const Setting* setting = declared_.find(name);
    if (setting == nullptr) {
      problems_.push_back({source, name, "is not a setting" + suggestion(name)});
      return;
    }
    if (list && !setting->list) {
      problems_.push_back({source, name, "takes one value, not a list"});
      return;
    }
    if (const Result<void> done = setting->set(texts); !done) {
      problems_.push_back({source, name, done.error().what});
      return;
    }
    loaded_.origins[name] = source;
  }

  std::string suggestion(const std::string& name) const {
    const Texts names = declared_.names();
    const std::string near = nearest(name, names);
    return near.empty() ? "; `endure config reference` lists all" : "; did you mean " + near + "?";
  }

  // Variables of other programs may begin with ENDURE_ as well; only those that begin like a
  // section are taken for a mistake, and that is no reason not to run.
  void warn_if_mistyped(const std::string& variable) {
    Texts names;
    bool like_a_section = false;
    for (const Setting& setting : declared_.settings) {
      names.push_back(setting.env());
      const std::size_t prefix = names.back().size() - setting.key().size();
      like_a_section |= variable.starts_with(names.back().substr(0, prefix));
    }
    if (!like_a_section || std::ranges::find(names, variable) != names.end()) return;
    const std::string near = nearest(variable, names);
    if (near.empty()) return;
    loaded_.warnings.push_back({"environment variable " + variable, "",
                                "is not a setting and has no effect; did you mean " + near + "?"});
  }

  Loaded loaded_;
  Declarations declared_;
  std::vector<Problem> problems_;
};

}  // namespace

std::string to_string(const Problem& problem) {
  std::string out = problem.source;
  if (!problem.name.empty()) out += (out.empty() ? "" : ": ") + problem.name;
  return out + ": " + problem.what;
}

tl::expected<Loaded, std::vector<Problem>> load(const Sources& sources) {
  Loader loader;
  if (sources.file) loader.add_file(*sources.file);
  loader.add_environment(sources.environment);
  for (const Override& option : sources.overrides) loader.add_override(option);
  return loader.finish();
}

Environment process_environment() {
  Environment out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (!text.starts_with("ENDURE_") || equals == text.npos) continue;
    out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

}  // namespace endure::config
