// The rows about a cluster as bytes, each in an envelope. Any thread.
// decode_* fail as those of codec.hpp do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "persistence/cluster_records.hpp"
#include "persistence/msgpack.hpp"

namespace endure::persistence {

std::string encode_cluster(const ClusterRow& row);
Result<ClusterRow> decode_cluster(std::string_view bytes);

// As fields of another record.
void write_members(Fields& f, const MemberList& members);
void read_members(Reader& r, MemberList& into);

std::string encode_shard(const ShardRow& row);
Result<ShardRow> decode_shard(Shard shard, std::string_view bytes);

// How far a channel is, at either of its ends.
struct ChannelRow {
  std::uint64_t sent = 0;   // written here for the other side
  std::uint64_t acked = 0;  // of those: the other side has them
  std::uint64_t taken = 0;  // of the other side's: taken here

  bool operator==(const ChannelRow&) const = default;
};
std::string encode_channel(const ChannelRow& row);
Result<ChannelRow> decode_channel(std::string_view bytes);

// Sequences, ascending.
std::string encode_sequences(const std::vector<std::uint64_t>& sequences);
Result<std::vector<std::uint64_t>> decode_sequences(std::string_view bytes);

}  // namespace endure::persistence
