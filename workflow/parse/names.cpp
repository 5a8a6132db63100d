#include "workflow/parse/names.hpp"

#include <algorithm>

namespace endure::workflow::parse {

namespace {

constexpr std::size_t longest_compared = 100;  // nobody misspells a longer name by a letter or two
constexpr std::size_t most_listed = 24;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the table of distances between beginnings of `a` and `b`; three are enough.
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char x = lower(a[i - 1]);
      const char y = lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (x == y ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y;
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string nearest(std::string_view text, const std::vector<std::string>& names) {
  if (text.empty() || text.size() > longest_compared) return {};
  std::string best;
  std::size_t best_distance = 1 + text.size() / 3;
  for (const std::string& name : names) {
    if (name.size() > longest_compared) continue;
    const std::size_t distance = edit_distance(text, name);
    const bool nearer = best.empty() ? distance <= best_distance : distance < best_distance;
    if (!nearer || distance >= std::max(text.size(), name.size())) continue;
    best = name;
    best_distance = distance;
  }
  return best;
}

std::string hint(std::string_view text, const std::vector<std::string>& names) {
  if (const std::string near = nearest(text, names); !near.empty()) {
    return "; did you mean " + shown(near) + "?";
  }
  if (names.empty()) return {};
  std::string list = names.size() == 1 ? "; expected " : "; expected one of ";
  for (std::size_t i = 0; i < std::min(names.size(), most_listed); ++i) {
    list += (i == 0 ? "" : ", ") + shown(names[i]);
  }
  if (names.size() > most_listed) list += ", …";
  return list;
}

std::string shown(std::string_view text) {
  constexpr std::size_t longest_shown = 60;
  if (text.size() <= longest_shown) return "`" + std::string(text) + "`";
  std::size_t cut = longest_shown;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
  return "`" + std::string(text.substr(0, cut)) + "…`";
}

}  // namespace endure::workflow::parse
