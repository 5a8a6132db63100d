#include "workflow/schedule/cron.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>
#include <vector>

namespace endure::workflow {

namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_minutes = 24 * 60;
// The 29th of February may be eight years away.
constexpr std::int64_t longest_search_days = 9 * 366;

// -- reading ------------------------------------------------------------------

struct FieldKind {
  std::string_view name;
  int least;
  int most;
  std::array<std::string_view, 12> names;  // of the values from `least` on
};

constexpr std::array<FieldKind, 5> kinds = {{
    {"minute", 0, 59, {}},
    {"hour", 0, 23, {}},
    {"day of month", 1, 31, {}},
    {"month",
     1,
     12,
     {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
    {"day of week", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}};

struct Nickname {
  std::string_view name;
  const char* fields;
};
constexpr std::array<Nickname, 7> nicknames = {{{"@yearly", "0 0 1 1 *"},
                                                {"@annually", "0 0 1 1 *"},
                                                {"@monthly", "0 0 1 * *"},
                                                {"@weekly", "0 0 * * 0"},
                                                {"@daily", "0 0 * * *"},
                                                {"@midnight", "0 0 * * *"},
                                                {"@hourly", "0 * * * *"}}};

Failure refuse(const std::string& what) {
  return fail(Code::invalid, what);
}

Failure refuse(const FieldKind& kind, std::string_view found) {
  std::string what = "`" + std::string(found) + "` is no " + std::string(kind.name) +
                     "; expected " + std::to_string(kind.least) + " to " +
                     std::to_string(kind.most);
  if (!kind.names[0].empty()) what += " or a name such as `" + std::string(kind.names[1]) + "`";
  return refuse(what + ", a range `a-b`, a step `*/n` or `a-b/n`, or several joined by commas");
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0;;) {
    const auto to = text.find(separator, from);
    parts.push_back(text.substr(from, to - from));
    if (to == std::string_view::npos) return parts;
    from = to + 1;
  }
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (const auto line : split(text, ' ')) {
    for (const auto word : split(line, '\t')) {
      if (!word.empty()) found.push_back(word);
    }
  }
  return found;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || text.empty() || text.front() == '-') {
    return std::nullopt;
  }
  return value;
}

std::optional<int> value_of(const FieldKind& kind, std::string_view text) {
  if (const auto value = number(text)) {
    if (*value < kind.least || *value > kind.most) return std::nullopt;
    return value;
  }
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (std::size_t i = 0; i < kind.names.size() && !kind.names[i].empty(); ++i) {
    if (kind.names[i] == lower) return kind.least + static_cast<int>(i);
  }
  return std::nullopt;
}

// One item of a field's list: value, range, or `*`, with a step or without.
Result<std::uint64_t> read_item(const FieldKind& kind, std::string_view item) {
  const auto slash = item.find('/');
  const std::string_view base = item.substr(0, slash);
  int step = 1;
  if (slash != std::string_view::npos) {
    const auto read = number(item.substr(slash + 1));
    if (!read || *read < 1 || *read > kind.most) return refuse(kind, item);
    step = *read;
  }
  int from = kind.least;
  int to = kind.most;
  const bool is_weekday = kind.most == 7;
  if (is_weekday && base == "*") to = 6;
  if (base != "*") {
    const auto dash = base.find('-');
    const auto first = value_of(kind, base.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : value_of(kind, base.substr(dash + 1));
    if (!first || !last) return refuse(kind, item);
    if (dash == std::string_view::npos && slash != std::string_view::npos) {
      return refuse("`" + std::string(item) + "`: a step needs a range; write `" +
                    std::string(base) + "-" + std::to_string(kind.most) + "/" +
                    std::to_string(step) + "` or `*/" + std::to_string(step) + "`");
    }
    from = *first;
    to = *last;
    if (from > to && is_weekday) to += 7;  // over the week's end
    if (from > to) {
      return refuse("`" + std::string(item) + "`: a range of the " + std::string(kind.name) +
                    " goes upwards");
    }
  }
  std::uint64_t bits = 0;
  for (int value = from; value <= to; value += step) {
    bits |= std::uint64_t{1} << static_cast<unsigned>(is_weekday ? value % 7 : value);
  }
  return bits;
}

Result<std::uint64_t> read_field(const FieldKind& kind, std::string_view text) {
  std::uint64_t bits = 0;
  for (const auto item : split(text, ',')) {
    auto read = read_item(kind, item);
    if (!read) return read;
    bits |= *read;
  }
  return bits;
}

// -- the calendar -------------------------------------------------------------

struct Date {
  int month = 1;
  int day = 1;
};

// The date of a day since 1970-01-01 (the well-known algorithm of H. Hinnant).
Date date_of(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t of_era = days - era * 146'097;
  const std::int64_t year = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::int64_t month = (5 * of_year + 2) / 153;
  return {static_cast<int>(month < 10 ? month + 3 : month - 9),
          static_cast<int>(of_year - (153 * month + 2) / 5 + 1)};
}

bool fits_day(const Cron& cron, std::int64_t day) {
  const Date date = date_of(day);
  if (((cron.months >> static_cast<unsigned>(date.month)) & 1U) == 0) return false;
  const auto weekday = static_cast<unsigned>(((day + 4) % 7 + 7) % 7);  // 1970 began on a Thursday
  const bool of_month = ((cron.days >> static_cast<unsigned>(date.day)) & 1U) != 0;
  const bool of_week = ((cron.weekdays >> weekday) & 1U) != 0;
  if (cron.any_day || cron.any_weekday) return of_month && of_week;
  return of_month || of_week;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// The first local minute at or after `from` that fits, if it comes before `end`. Local minutes are
// counted as those of UTC are.
std::optional<std::int64_t> next_local(const Cron& cron, std::int64_t from, std::int64_t end) {
  std::int64_t day = floor_div(from, day_minutes);
  std::int64_t minute_of_day = from - day * day_minutes;
  for (std::int64_t last = day + longest_search_days; day <= last && day * day_minutes < end;
       ++day, minute_of_day = 0) {
    if (!fits_day(cron, day)) continue;
    for (std::int64_t hour = minute_of_day / 60; hour < 24; ++hour, minute_of_day = hour * 60) {
      if (((cron.hours >> static_cast<unsigned>(hour)) & 1U) == 0) continue;
      for (std::int64_t minute = minute_of_day % 60; minute < 60; ++minute) {
        if (((cron.minutes >> static_cast<unsigned>(minute)) & 1U) == 0) continue;
        const std::int64_t found = day * day_minutes + hour * 60 + minute;
        if (found < end) return found;
        return std::nullopt;
      }
    }
  }
  return std::nullopt;
}

std::int64_t up_to_minute(std::int64_t ms) {
  return -floor_div(-ms, minute_ms);
}

}  // namespace

Result<Cron> parse_cron(const std::string& text) {
  std::string_view meant = text;
  auto fields = words(text);
  if (fields.size() == 1 && fields[0].front() == '@') {
    const auto* known = std::find_if(nicknames.begin(), nicknames.end(),
                                     [&](const Nickname& n) { return n.name == fields[0]; });
    if (known == nicknames.end()) {
      return refuse("`" + std::string(fields[0]) +
                    "` is no name of a schedule; expected @yearly, "
                    "@annually, @monthly, @weekly, @daily, @midnight or @hourly");
    }
    meant = known->fields;
    fields = words(meant);
  }
  if (fields.size() == 6) {
    return refuse(
        "six fields, the first or last for seconds or years, are not supported; expected "
        "five: minute, hour, day of month, month, day of week. For runs within a minute "
        "use `every`");
  }
  if (fields.size() != kinds.size()) {
    return refuse("expected five fields (minute, hour, day of month, month, day of week), found " +
                  std::to_string(fields.size()));
  }
  std::array<std::uint64_t, 5> bits{};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto read = read_field(kinds[i], fields[i]);
    if (!read) return Failure(read.error());
    bits[i] = *read;
  }
  Cron cron;
  cron.minutes = bits[0];
  cron.hours = static_cast<std::uint32_t>(bits[1]);
  cron.days = static_cast<std::uint32_t>(bits[2]);
  cron.months = static_cast<std::uint16_t>(bits[3]);
  cron.weekdays = static_cast<std::uint8_t>(bits[4]);
  cron.every_hour = fields[1].front() == '*';
  cron.any_day = fields[2].front() == '*';
  cron.any_weekday = fields[4].front() == '*';
  if (!next_local(cron, 0, INT64_MAX)) {
    return refuse("no day ever fits `" + text + "`: its months have no such day");
  }
  return cron;
}

std::optional<Instant> next_after(const Cron& cron, const TimeZone& zone, Instant t) {
  Instant from{t.ms + 1};
  // Offsets change a few times a year at most; a span without a match is left after one look.
  for (int spans = 0; spans < 64; ++spans) {
    const TimeZone::Span span = zone.span_at(from);
    const bool has_before = span.begin.ms > INT64_MIN / 2 && !cron.every_hour;
    std::int64_t local_from_ms = from.ms + span.offset_ms;
    if (has_before) {
      const std::int64_t before_ms = zone.span_at({span.begin.ms - 1}).offset_ms;
      // Times that are left out by this span's beginning come at that moment.
      if (before_ms < span.offset_ms && from <= span.begin) {
        const auto left_out = next_local(cron, up_to_minute(span.begin.ms + before_ms),
                                         up_to_minute(span.begin.ms + span.offset_ms));
        if (left_out) return span.begin;
      }
      // Times that come again have been taken the first time.
      if (before_ms > span.offset_ms) {
        local_from_ms = std::max(local_from_ms, span.begin.ms + before_ms);
      }
    }
    const bool ends = span.end.ms < INT64_MAX / 2;
    const std::int64_t local_end = ends ? up_to_minute(span.end.ms + span.offset_ms) : INT64_MAX;
    if (const auto local = next_local(cron, up_to_minute(local_from_ms), local_end)) {
      return Instant{*local * minute_ms - span.offset_ms};
    }
    if (!ends) return std::nullopt;
    from = span.end;
  }
  return std::nullopt;
}

}  // namespace endure::workflow
