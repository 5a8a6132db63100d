#include "runtime/cli/text.hpp"

#include <algorithm>
#include <ostream>

#include "base/assert.hpp"

namespace endure::cli {
namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !continues_character(c); }));
}

std::string cut(std::string text, std::size_t most) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (continues_character(text[i])) continue;
    if (++count > most) return text.substr(0, i) + "…";
  }
  return text;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    out += c == '\n' || c == '\t' ? ' ' : (u < ' ' || u == 0x7f ? '?' : c);
  }
  // C1 control characters, which some terminals obey, are two bytes in UTF-8.
  for (std::size_t at = out.find('\xc2'); at != out.npos; at = out.find('\xc2', at + 1)) {
    if (at + 1 < out.size() && static_cast<unsigned char>(out[at + 1]) < 0xa0) {
      out.replace(at, 2, "?");
    }
  }
  return cut(std::move(out), most);
}

Table::Table(std::vector<std::string> headers) {
  rows_.push_back(std::move(headers));
}

void Table::add(std::vector<std::string> cells) {
  ENDURE_ASSERT(cells.size() == rows_.front().size());
  for (std::string& cell : cells) cell = one_line(cell);
  rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out) const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      line.append(widths[i] - width(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

std::string age_text(std::int64_t ms) {
  if (ms < 0) ms = 0;
  if (ms < 1'000) return std::to_string(ms) + "ms";
  const std::int64_t seconds = ms / 1'000;
  if (seconds < 120) return std::to_string(seconds) + "s";
  if (seconds < 120 * 60) return std::to_string(seconds / 60) + "m";
  if (seconds < 48 * 3'600) return std::to_string(seconds / 3'600) + "h";
  return std::to_string(seconds / 86'400) + "d";
}

std::string age_of(const std::string& time, Instant now) {
  Instant then;
  return from_rfc3339(time, then) ? age_text(now - then) : std::string();
}

std::string text_of(const Json& json, std::string_view key) {
  const auto found = json.is_object() ? json.find(std::string(key)) : json.end();
  if (found == json.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>()
                            : found->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::uint64_t number_of(const Json& json, std::string_view key) {
  const auto found = json.is_object() ? json.find(std::string(key)) : json.end();
  return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

const Json& items_of(const Json& json, std::string_view key) {
  static const Json none = Json::array();
  const auto found = json.is_object() ? json.find(std::string(key)) : json.end();
  return found != json.end() && found->is_array() ? *found : none;
}

}  // namespace endure::cli
