#include "config/nearest.hpp"

#include <algorithm>
#include <vector>

namespace endure::config {

namespace {

// What both begin or end with costs nothing and is left out.
void remove_common_ends(std::string_view& a, std::string_view& b) {
  const auto begin = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
  a.remove_prefix(static_cast<std::size_t>(begin));
  b.remove_prefix(static_cast<std::size_t>(begin));
  const auto end = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend()).first - a.rbegin();
  a.remove_suffix(static_cast<std::size_t>(end));
  b.remove_suffix(static_cast<std::size_t>(end));
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t at_most) {
  const auto beyond = at_most == any_distance ? any_distance : at_most + 1;
  remove_common_ends(a, b);
  const auto [shorter, longer] = std::minmax({a.size(), b.size()});  // as values, not references
  if (longer - shorter > at_most) return beyond;
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  std::size_t least_above = 0;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({change, above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    // A way to the end leads through one of two neighbouring rows: a swap leaves one out.
    const auto least = *std::min_element(row.begin(), row.end());
    if (std::min(least, least_above) > at_most) return beyond;
    least_above = least;
    before.swap(above);
    above.swap(row);
  }
  return std::min(above[b.size()], beyond);
}

std::string nearest(std::string_view name, std::span<const std::string> valid) {
  std::string best;
  // Further away than a third of its letters, a name is another word and no typing error.
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : valid) {
    if (best_distance == 0) break;
    const std::size_t distance = edit_distance(name, candidate, best_distance - 1);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  if (!best.empty()) return best;
  // A setting's right key under the wrong section, or without one.
  const auto dot = name.rfind('.');
  const std::string key = "." + std::string(dot == name.npos ? name : name.substr(dot + 1));
  const auto found =
      std::ranges::find_if(valid, [&](const std::string& v) { return v.ends_with(key); });
  return found == valid.end() ? std::string() : *found;
}

}  // namespace endure::config
