#include "base/placement.hpp"

#include <algorithm>
#include <cctype>

#include "base/assert.hpp"
#include "base/sha256.hpp"

namespace endure {

namespace {

// The first eight bytes of the SHA-256: spread evenly, the same on every machine.
std::uint64_t hash(std::string_view text) {
  const Sha256 digest = sha256(text);
  std::uint64_t out = 0;
  for (int i = 0; i < 8; ++i) out = out << 8U | digest[static_cast<std::size_t>(i)];
  return out;
}

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

// Without its last digits; the same text where it does not end in one.
std::string_view without_digits(std::string_view text) {
  while (!text.empty() && is_digit(text.back())) text.remove_suffix(1);
  return text;
}

// Without a time such as to_rfc3339() writes it; the same text where it does not end in one.
std::string_view without_time(std::string_view id) {
  constexpr std::string_view shape = "-0000-00-00T00:00:00.000Z";
  if (id.size() <= shape.size()) return id;
  const auto end = id.substr(id.size() - shape.size());
  const bool fits = std::equal(shape.begin(), shape.end(), end.begin(),
                               [](char s, char c) { return s == '0' ? is_digit(c) : s == c; });
  return fits ? id.substr(0, id.size() - shape.size()) : id;
}

}  // namespace

std::string_view placed_id(std::string_view id) {
  const auto timed = without_time(id);
  if (timed.size() < id.size()) return timed;
  const auto stem = without_digits(id);
  if (stem.size() == id.size()) return id;
  for (const std::string_view end : {"-event-", "-manual-"}) {
    if (stem.size() > end.size() && stem.ends_with(end))
      return stem.substr(0, stem.size() - end.size());
  }
  return id;
}

Shard shard_of(const WorkflowName& name, std::uint32_t shards) {
  ENDURE_ASSERT(shards > 0);
  std::string text = name.ns;
  text += '/';
  text += placed_id(name.id);
  return static_cast<Shard>(hash(text) % shards);
}

const std::string& birth_owner(const std::vector<std::string>& nodes, Shard shard) {
  ENDURE_ASSERT(!nodes.empty());
  const auto weight = [shard](const std::string& node) {
    return hash(std::to_string(shard) + "/" + node);
  };
  return *std::max_element(nodes.begin(), nodes.end(), [&](const auto& a, const auto& b) {
    const auto weight_a = weight(a);
    const auto weight_b = weight(b);
    return weight_a != weight_b ? weight_a < weight_b : a < b;
  });
}

}  // namespace endure
