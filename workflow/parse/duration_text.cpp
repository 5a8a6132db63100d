// duration_ms: durations as the language writes them, in milliseconds.

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workflow/definition.hpp"
#include "workflow/parse/document.hpp"
#include "workflow/parse/names.hpp"

namespace endure::workflow {

namespace {

// A century: no timer overflows, and nobody waits longer.
constexpr std::int64_t max_duration_ms = std::int64_t{36'525} * 86'400'000;

struct Unit {
  char letter;
  bool time;  // stands after `T`
  std::int64_t ms;
};
constexpr std::array<Unit, 5> units = {{{'W', false, 604'800'000},
                                        {'D', false, 86'400'000},
                                        {'H', true, 3'600'000},
                                        {'M', true, 60'000},
                                        {'S', true, 1'000}}};

Failure malformed(const std::string& text, const std::string& pointer,
                  const std::string& why = {}) {
  return fail(Code::invalid,
              parse::shown(text) + " is no duration" + (why.empty() ? "" : ": " + why) +
                  "; expected ISO 8601 such as `PT30S`, `PT1H30M`, `P7D`, or an object of days, "
                  "hours, minutes, seconds, milliseconds",
              pointer);
}

Failure too_long(const std::string& pointer) {
  return fail(Code::invalid, "the duration is longer than 100 years", pointer);
}

// Digits with an optional fraction from `at` on, which is moved past them. Negative: none there.
double read_number(const std::string& text, std::size_t& at) {
  const auto digit = [&] { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  if (!digit()) return -1;
  double number = 0;
  while (digit()) number = number * 10 + (text[at++] - '0');
  if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
    ++at;
    if (!digit()) return -1;
    for (double place = 0.1; digit(); place /= 10) number += place * (text[at++] - '0');
  }
  return number;
}

Result<std::int64_t> from_text(const std::string& text, const std::string& pointer) {
  if (text.size() < 3 || text.front() != 'P') return malformed(text, pointer);
  double total_ms = 0;
  bool time = false;
  bool any = false;           // after `P`, and again after `T`
  std::size_t next_unit = 0;  // units stand in this order, each once
  for (std::size_t at = 1; at < text.size();) {
    if (text[at] == 'T') {
      if (time) return malformed(text, pointer);
      time = true;
      any = false;
      ++at;
      continue;
    }
    const double number = read_number(text, at);
    if (number < 0 || at >= text.size()) return malformed(text, pointer);
    const char letter = text[at++];
    if (letter == 'Y' || (letter == 'M' && !time)) {
      return malformed(text, pointer, "years and months have no fixed length, so write days");
    }
    while (next_unit < units.size() &&
           (units[next_unit].letter != letter || units[next_unit].time != time)) {
      ++next_unit;
    }
    if (next_unit == units.size()) return malformed(text, pointer);
    total_ms += number * static_cast<double>(units[next_unit++].ms);
    any = true;
  }
  if (!any) return malformed(text, pointer);
  if (total_ms > static_cast<double>(max_duration_ms)) return too_long(pointer);
  return static_cast<std::int64_t>(std::llround(total_ms));
}

Result<std::int64_t> from_object(const Json& json, const std::string& pointer) {
  static const std::vector<std::pair<std::string, std::int64_t>> members = {{"days", 86'400'000},
                                                                            {"hours", 3'600'000},
                                                                            {"minutes", 60'000},
                                                                            {"seconds", 1'000},
                                                                            {"milliseconds", 1}};
  if (json.empty()) return malformed("{}", pointer);
  std::int64_t total_ms = 0;
  for (const auto& [key, value] : json.items()) {
    const auto member =
        std::find_if(members.begin(), members.end(),
                     [&name = key](const auto& known) { return known.first == name; });
    if (member == members.end()) {
      std::vector<std::string> names;
      names.reserve(members.size());
      for (const auto& [name, ms] : members) names.push_back(name);
      return fail(Code::invalid,
                  parse::shown(key) + " is no part of a duration" + parse::hint(key, names),
                  pointer + parse::pointer_segment(key));
    }
    const bool negative =
        !value.is_number_unsigned() && value.is_number_integer() && value.get<std::int64_t>() < 0;
    if (!value.is_number_integer() || negative) {
      return fail(Code::invalid, "expected a whole number of " + key + ", 0 or more",
                  pointer + parse::pointer_segment(key));
    }
    const auto count = value.get<std::uint64_t>();
    if (count > static_cast<std::uint64_t>(max_duration_ms / member->second)) {
      return too_long(pointer);
    }
    total_ms += static_cast<std::int64_t>(count) * member->second;
    if (total_ms > max_duration_ms) return too_long(pointer);
  }
  return total_ms;
}

}  // namespace

Result<std::int64_t> duration_ms(const Json& json, const std::string& pointer) {
  if (json.is_string()) return from_text(json.get<std::string>(), pointer);
  if (json.is_object()) return from_object(json, pointer);
  return malformed(json.is_primitive() ? json.dump() : "a list", pointer);
}

}  // namespace endure::workflow
