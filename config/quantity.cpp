#include "config/quantity.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace endure::config {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

// Largest first: texts are written with the first unit that divides the number.
constexpr std::array<Unit, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 5> size_units{{{"TiB", 1ULL << 40U},
                                          {"GiB", 1ULL << 30U},
                                          {"MiB", 1ULL << 20U},
                                          {"KiB", 1ULL << 10U},
                                          {"B", 1}}};

struct Term {
  std::uint64_t number = 0;
  std::string_view unit;
};

// Takes `12ms` off the front of `text`; false where it does not begin with a number that fits.
bool take_term(std::string_view& text, Term& term) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, term.number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  const std::size_t length = std::min(text.find_first_of("0123456789"), text.size());
  term.unit = text.substr(0, length);
  text.remove_prefix(length);
  return true;
}

template <std::size_t N>
const Unit* find_unit(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.first == name) return &unit;
  }
  return nullptr;
}

template <std::size_t N>
std::string text_of(const std::array<Unit, N>& units, std::uint64_t number) {
  for (const auto& [name, factor] : units) {
    if (number % factor == 0 && (number >= factor || factor == 1)) {
      return std::to_string(number / factor) + std::string(name);
    }
  }
  return std::to_string(number);
}

// number * factor + sum, or false where that exceeds what a signed 64-bit number holds.
bool add_product(std::uint64_t& sum, std::uint64_t number, std::uint64_t factor) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (number > (most - sum) / factor) return false;
  sum += number * factor;
  return true;
}

Failure bad_duration(std::string_view text) {
  return fail(Code::invalid, "'" + std::string(text) +
                                 "' is not a duration; write whole numbers with a unit, such as "
                                 "250ms, 30s, 5m, 2h, 30d or 1h30m");
}

Failure bad_size(std::string_view text) {
  return fail(Code::invalid, "'" + std::string(text) +
                                 "' is not a size; write a whole number with a unit, such as "
                                 "512B, 64KiB, 1MiB or 2GiB");
}

}  // namespace

Result<std::int64_t> duration_from(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return bad_duration(text);
  std::uint64_t sum = 0;
  for (std::string_view rest = text; !rest.empty();) {
    Term term;
    if (!take_term(rest, term)) return bad_duration(text);
    const Unit* unit = find_unit(duration_units, term.unit);
    if (unit == nullptr || !add_product(sum, term.number, unit->second)) return bad_duration(text);
  }
  return static_cast<std::int64_t>(sum);
}

std::string duration_text(std::int64_t ms) {
  if (ms == 0) return "0";
  if (ms < 0) return "-" + duration_text(-ms);
  return text_of(duration_units, static_cast<std::uint64_t>(ms));
}

Result<std::uint64_t> size_from(std::string_view text) {
  std::string_view rest = text;
  Term term;
  if (!take_term(rest, term) || !rest.empty()) return bad_size(text);
  const Unit* unit = find_unit(size_units, term.unit.empty() ? "B" : term.unit);
  std::uint64_t bytes = 0;
  if (unit == nullptr || !add_product(bytes, term.number, unit->second)) return bad_size(text);
  return bytes;
}

std::string size_text(std::uint64_t bytes) {
  return bytes == 0 ? "0B" : text_of(size_units, bytes);
}

}  // namespace endure::config
