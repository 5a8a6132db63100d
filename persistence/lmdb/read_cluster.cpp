#include "persistence/cluster_codec.hpp"
#include "persistence/lmdb/record.hpp"
#include "persistence/lmdb/store_impl.hpp"

namespace endure::persistence::lmdb {

void LmdbStore::witness(std::uint64_t counter) {
  auto own = sequence_.load();
  while (own < counter && !sequence_.compare_exchange_weak(own, counter)) {
  }
}

Result<std::vector<PendingChannel>> LmdbStore::pending_channels() {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<PendingChannel> pending;
    Cursor cursor(txn, volume_.schema.channels);
    for (bool more = cursor.first(); more; more = cursor.next()) {
      const auto row = taken(decode_channel(cursor.value()), cursor);
      const auto from = cursor.key().from;
      if (!is_node_end(from) && !cluster_->owns(from)) continue;
      if (row.sent > row.acked) pending.push_back({cursor.key(), row.acked, row.sent});
    }
    return pending;
  });
}

Result<std::vector<RelayRow>> LmdbStore::relay(ChannelKey channel, std::uint64_t after,
                                               std::size_t max_bytes) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<RelayRow> rows;
    std::size_t bytes = 0;
    Cursor cursor(txn, volume_.schema.relay);
    for (bool more = cursor.at_or_after({channel, after + 1}); more; more = cursor.next()) {
      const auto key = cursor.key();
      if (key.channel != channel) break;
      bytes += cursor.value().size();
      if (!rows.empty() && bytes > max_bytes) break;
      rows.push_back({key.sequence, std::string(cursor.value())});
    }
    return rows;
  });
}

Result<std::uint64_t> LmdbStore::last_taken(ChannelKey channel) {
  return guarded([&]() -> std::uint64_t {
    const ReadTxn txn(volume_.env);
    const auto bytes = volume_.schema.channels.get(txn, channel);
    if (!bytes) return 0;
    return taken(decode_channel(*bytes), volume_.schema.channels, channel).taken;
  });
}

}  // namespace endure::persistence::lmdb
