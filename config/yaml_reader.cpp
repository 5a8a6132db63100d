#include "config/yaml_reader.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

namespace endure::config {
namespace {

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  void read_document(const std::string& text) {
    try {
      const std::vector<YAML::Node> documents = YAML::LoadAll(text);
      if (documents.size() > 1) {
        problem(documents[1], "", "only one YAML document is allowed; remove the '---'");
      }
      if (!documents.empty() && !documents[0].IsNull()) read_map(documents[0], "");
    } catch (const YAML::Exception& e) {
      out_.problems.push_back({source(e.mark), "", "this is not valid YAML: " + e.msg});
    }
  }

  YamlEntries take() { return std::move(out_); }

 private:
  // Aliases can make a small file endless; no setting lies deeper than this.
  static constexpr int max_depth = 4;

  void read_map(const YAML::Node& map, const std::string& prefix, int depth = 0) {
    if (!map.IsMap()) {
      problem(map, prefix, "expected settings as `key: value`");
      return;
    }
    std::set<std::string> seen;
    for (const auto& member : map) {
      if (!member.first.IsScalar()) {
        problem(member.first, prefix, "a setting's key must be plain text");
        continue;
      }
      const std::string name = (prefix.empty() ? "" : prefix + ".") + member.first.Scalar();
      if (!seen.insert(name).second) {
        problem(member.first, name, "is set twice; remove one");
        continue;
      }
      read_value(member.first, member.second, name, depth);
    }
  }

  void read_value(const YAML::Node& key, const YAML::Node& value, const std::string& name,
                  int depth) {
    if (value.IsMap() && depth < max_depth) {
      read_map(value, name, depth + 1);
    } else if (value.IsScalar()) {
      out_.entries.push_back({name, {value.Scalar()}, false, source(key.Mark())});
    } else if (value.IsSequence()) {
      read_list(key, value, name);
    } else {
      problem(key, name, "has no value; give one or remove the line");
    }
  }

  void read_list(const YAML::Node& key, const YAML::Node& value, const std::string& name) {
    YamlEntry entry{name, {}, true, source(key.Mark())};
    for (const auto& item : value) {
      if (!item.IsScalar()) {
        problem(item, name, "expected a list of plain texts");
        return;
      }
      entry.texts.push_back(item.Scalar());
    }
    out_.entries.push_back(std::move(entry));
  }

  std::string source(const YAML::Mark& mark) const {
    return mark.is_null() ? file_ : file_ + ":" + std::to_string(mark.line + 1);
  }

  void problem(const YAML::Node& at, const std::string& name, std::string what) {
    out_.problems.push_back({source(at.Mark()), name, std::move(what)});
  }

  std::string file_;
  YamlEntries out_;
};

}  // namespace

YamlEntries read_yaml(const std::string& text, const std::string& file, const Texts& sections) {
  Reader reader(file);
  reader.read_document(text);
  YamlEntries out = reader.take();
  // `http:` with nothing below it says nothing, as when all its lines are commented out.
  std::erase_if(out.problems, [&](const Problem& p) {
    return std::find(sections.begin(), sections.end(), p.name) != sections.end() &&
           p.what.starts_with("has no value");
  });
  return out;
}

}  // namespace endure::config
