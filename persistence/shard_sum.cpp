#include "persistence/shard_sum.hpp"

#include "base/sha256.hpp"

namespace endure::persistence {

namespace {

constexpr std::size_t part_bytes = 1U << 20U;

void append(std::string& to, std::string_view text) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    to.push_back(static_cast<char>(text.size() >> shift & 0xFFU));
  }
  to.append(text);
}

}  // namespace

void add(ShardSum& sum, const RawRow& row) {
  std::string bytes = sum.digest;
  bytes.push_back(static_cast<char>(row.table));
  append(bytes, row.key);
  append(bytes, row.value);
  const auto digest = sha256(bytes);
  sum.digest.assign(digest.begin(), digest.end());
  ++sum.rows;
}

Result<ShardSum> sum_of(ClusterStore& store, Shard shard) {
  const auto workflows = store.workflows_of(shard);
  if (!workflows) return Failure(workflows.error());
  ShardSum sum;
  ShardPart part;
  while (!part.last) {
    auto next = store.rows_of(shard, *workflows, part.next, part_bytes);
    if (!next) return Failure(next.error());
    part = *std::move(next);
    for (const auto& row : part.rows) add(sum, row);
  }
  return sum;
}

}  // namespace endure::persistence
