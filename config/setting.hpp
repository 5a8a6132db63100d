// A setting: all that is known of one value of the configuration, bound to the Config that holds
// it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace endure::config {

using Texts = std::vector<std::string>;

struct Setting {
  std::string name;      // "http.max_body"
  std::string type;      // for people: "size", "duration", "one of full, relaxed"
  std::string bounds;    // "1KiB to 64MiB"; empty where there are none
  std::string fallback;  // the default as text; empty for an empty text or list
  std::string doc;       // one sentence
  bool list = false;     // takes several texts
  bool secret = false;   // never shown

  // Reads and checks; on error (Code::invalid) the Config is unchanged.
  std::function<Result<void>(std::span<const std::string>)> set;
  // The value in the Config as texts that set() reads back.
  std::function<Texts()> get;

  std::string env() const;      // "ENDURE_HTTP_MAX_BODY"
  std::string section() const;  // "http"
  std::string key() const;      // "max_body"
};

struct Section {
  std::string name;
  std::string doc;
};

struct Declarations {
  std::vector<Section> sections;
  std::vector<Setting> settings;

  const Setting* find(std::string_view name) const;
  Texts names() const;
};

// Declares every setting, bound to `config`, which gets the defaults. `config` must outlive and
// must not be moved from under the result.
Declarations declare(Config& config);

Config defaults();

}  // namespace endure::config
