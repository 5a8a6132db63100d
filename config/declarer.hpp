// The small language in which declare.cpp declares settings: one method a type of value. Each takes
// the key, the member that holds the value, the default, the bounds and one sentence of
// documentation, gives the member its default and adds the setting.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/setting.hpp"

namespace endure::config {

template <class T>
struct Bounds {
  T least;
  T most;
};

class Declarer {
 public:
  void section(std::string name, std::string doc);

  void text(const char* key, std::string& to, std::string fallback, const char* doc);
  void texts(const char* key, Texts& to, const char* doc);
  // Several texts, none shown by any command; each of at least `least_length` printable characters.
  void secrets(const char* key, Texts& to, std::size_t least_length, const char* doc);
  // `host:port`, or `tcp://host:port` where `scheme` is "tcp://".
  void address(const char* key, std::string& to, std::string fallback, std::string scheme,
               const char* doc);
  // Several of `host:port=host:port`.
  void connections(const char* key, Texts& to, const char* doc);
  void duration(const char* key, std::int64_t& to, std::int64_t fallback_ms,
                Bounds<std::int64_t> bounds, const char* doc);
  void size(const char* key, std::uint64_t& to, std::uint64_t fallback,
            Bounds<std::uint64_t> bounds, const char* doc);
  void count(const char* key, std::uint32_t& to, std::uint32_t fallback,
             Bounds<std::uint32_t> bounds, const char* doc);
  void count(const char* key, std::uint64_t& to, std::uint64_t fallback,
             Bounds<std::uint64_t> bounds, const char* doc);
  void fraction(const char* key, double& to, double fallback, Bounds<double> bounds,
                const char* doc);
  void flag(const char* key, bool& to, bool fallback, const char* doc);

  template <class Enum>
  void choice(const char* key, Enum& to, Enum fallback,
              std::vector<std::pair<std::string, Enum>> values, const char* doc);

  Declarations take() { return std::move(declared_); }

 private:
  template <class T>
  void number(const char* key, T& to, T fallback, Bounds<T> bounds, const char* doc);
  // The setting with its name and doc; set and get are the caller's.
  Setting begin(const char* key, std::string type, const char* doc) const;
  // Applies `fallback` through the setting's own set(), so that a default beyond its bounds cannot
  // be.
  void add(Setting setting, Texts fallback);

  Declarations declared_;
};

// "expected one of full, relaxed; did you mean relaxed?" as an Error.
Failure not_among(const std::string& text, const Texts& names);

template <class Enum>
void Declarer::choice(const char* key, Enum& to, Enum fallback,
                      std::vector<std::pair<std::string, Enum>> values, const char* doc) {
  Texts names;
  for (const auto& [name, value] : values) names.push_back(name);
  std::string type = "one of";
  for (const std::string& name : names) type += (name == names.front() ? " " : ", ") + name;
  const auto name_of = [values](Enum wanted) {
    for (const auto& [name, value] : values) {
      if (value == wanted) return name;
    }
    return std::string();
  };
  Setting setting = begin(key, std::move(type), doc);
  setting.set = [&to, values, names](std::span<const std::string> texts) -> Result<void> {
    for (const auto& [name, value] : values) {
      if (name == texts[0]) {
        to = value;
        return {};
      }
    }
    return not_among(texts[0], names);
  };
  setting.get = [&to, name_of] { return Texts{name_of(to)}; };
  add(std::move(setting), {name_of(fallback)});
}

}  // namespace endure::config
