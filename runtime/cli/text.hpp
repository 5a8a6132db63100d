// Texts for people: tables, ages, and parts of JSON answers. Pure; any thread.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "runtime/cli/api_client.hpp"

namespace endure::cli {

// `text` without what would disturb a terminal or a table: control characters become '?', and what
// is longer than `most` characters is cut, with "…" at its end.
std::string one_line(std::string_view text, std::size_t most = 120);

// Aligned columns of text, two spaces between them, headers first.
class Table {
 public:
  explicit Table(std::vector<std::string> headers);
  void add(std::vector<std::string> cells);  // as many as there are headers
  bool empty() const { return rows_.size() == 1; }
  void print(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// "450ms", "12s", "3m", "5h", "12d".
std::string age_text(std::int64_t ms);
// The age of an RFC 3339 time; empty where `time` is none.
std::string age_of(const std::string& time, Instant now);

// A member as text: strings as they are, numbers and truth values written out, an absent or null
// one empty, anything else as JSON.
std::string text_of(const Json& json, std::string_view key);
std::uint64_t number_of(const Json& json, std::string_view key);
// The array `key` of an answer; an empty one where there is none.
const Json& items_of(const Json& json, std::string_view key = "items");

}  // namespace endure::cli
