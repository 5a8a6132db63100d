#include "config/setting.hpp"

#include <algorithm>
#include <cctype>

namespace endure::config {

std::string Setting::env() const {
  std::string out = "ENDURE_";
  for (const char c : name) {
    out += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string Setting::section() const {
  return name.substr(0, name.find('.'));
}

std::string Setting::key() const {
  return name.substr(name.find('.') + 1);
}

const Setting* Declarations::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(settings, [&](const Setting& s) { return s.name == name; });
  return found == settings.end() ? nullptr : &*found;
}

Texts Declarations::names() const {
  Texts out;
  for (const Setting& setting : settings) out.push_back(setting.name);
  return out;
}

}  // namespace endure::config
