#include "config/show.hpp"

#include <algorithm>

namespace endure::config {
namespace {

// Quoted where plain text would be read as something else.
std::string yaml_scalar(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_of("#'\"{}[]&*!|>%@`\n") == text.npos &&
                     text.find(": ") == text.npos && text.front() != '-' && text.front() != ' ' &&
                     text.back() != ' ' && text.back() != ':';
  if (plain) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string value_text(const Setting& setting) {
  const Texts texts = setting.get();
  if (setting.secret) return "(" + std::to_string(texts.size()) + " set)";
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : ", ") + (setting.list ? yaml_scalar(text) : text);
  }
  return out;
}

constexpr const char* preamble =
    R"(# Configuration

<!-- Written by `endure config reference`; change config/declare.cpp instead. -->

A node needs no configuration. Where the defaults do not fit, each setting can be given, from weakest
to strongest, in a YAML file (`endure node --config FILE`), in the environment, or by an option of the
command (`endure dev --data DIR`).

```yaml
http:
  listen: 127.0.0.1:8080
data:
  folder: /var/lib/endure
engine:
  retention: 90d
```

`endure config show --config FILE` prints what is in force and where each value comes from;
`endure config validate --config FILE` reports everything that is wrong, with line and nearest valid
name, and changes nothing. An unknown key or a bad value stops the node from starting.

Durations are whole numbers with a unit: `250ms`, `30s`, `5m`, `2h`, `30d`, `1h30m`. Sizes likewise:
`512B`, `64KiB`, `1MiB`, `2GiB`. Lists are YAML lists; in the environment, commas stand between their
parts.

A node that listens beyond its own machine refuses to start unless requests must carry a token
(`http.tokens`), or `security.allow_insecure` says in plain words that anyone may do everything.
)";

std::string code(const std::string& text) {
  return text.empty() ? "(empty)" : "`" + text + "`";
}

std::string section_table(const Section& section, const std::vector<Setting>& settings) {
  std::string out = "\n## " + section.name + "\n\n" + section.doc +
                    "\n\n| setting | type | default | allowed | meaning |\n|---|---|---|---|---|\n";
  for (const Setting& setting : settings) {
    if (setting.section() != section.name) continue;
    out += "| `" + setting.name + "`<br>`" + setting.env() + "` | " + setting.type + " | " +
           code(setting.fallback) + " | " + setting.bounds + " | " + setting.doc + " |\n";
  }
  return out;
}

}  // namespace

std::vector<ShownSetting> shown(const Loaded& loaded) {
  Config config;
  const Declarations declared = declare(config);
  config = loaded.config;  // the settings are bound to `config`, which now holds the values
  std::vector<ShownSetting> out;
  for (const Setting& setting : declared.settings) {
    const auto origin = loaded.origins.find(setting.name);
    out.push_back({setting.name, value_text(setting), setting.secret, setting.list,
                   origin == loaded.origins.end() ? "default" : origin->second});
  }
  return out;
}

std::string show(const Loaded& loaded) {
  std::string out;
  std::string section;
  for (const ShownSetting& setting : shown(loaded)) {
    const auto dot = setting.name.find('.');
    if (setting.name.substr(0, dot) != section) {
      section = setting.name.substr(0, dot);
      out += section + ":\n";
    }
    std::string line = (setting.secret ? "  # " : "  ") + setting.name.substr(dot + 1) + ": ";
    line += setting.list ? "[" + setting.value + "]" : yaml_scalar(setting.value);
    line.resize(std::max<std::size_t>(line.size(), 40), ' ');
    out += line + "  # " + setting.origin + "\n";
  }
  return out;
}

std::string reference() {
  Config config;
  const Declarations declared = declare(config);
  std::string out = preamble;
  for (const Section& section : declared.sections) {
    out += section_table(section, declared.settings);
  }
  return out;
}

}  // namespace endure::config
