// Reads of kept events and of those for sinks.
#include <algorithm>

#include "persistence/codec.hpp"
#include "persistence/lmdb/contain.hpp"
#include "persistence/lmdb/store_impl.hpp"
#include "persistence/rules.hpp"

namespace endure::persistence::lmdb {

namespace {

// The event of this sequence, whether it is kept or on its way still.
std::optional<KeptRow> event_at(const Txn& txn, const Schema& schema, std::uint64_t sequence) {
  if (const auto bytes = schema.kept.get(txn, sequence)) {
    return taken(decode_kept(sequence, *bytes), schema.kept, sequence);
  }
  if (const auto bytes = schema.outbox.get(txn, sequence)) {
    const auto row = taken(decode_outbox(sequence, *bytes), schema.outbox, sequence);
    if (row.keep) return kept_from(row);
  }
  return std::nullopt;
}

// The first `limit` sequences of one type behind `after`.
void add_of_type(const Txn& txn, const Schema& schema, const std::string& type, std::uint64_t after,
                 std::size_t limit, std::vector<std::uint64_t>& sequences) {
  const auto key_type = index_text(type);
  Cursor cursor(txn, schema.event_types);
  std::size_t found = 0;
  for (bool more = cursor.at_or_after({key_type, after + 1}); more && found < limit;
       more = cursor.next(), ++found) {
    const auto key = cursor.key();
    if (key.type != key_type) return;
    sequences.push_back(key.sequence);
  }
}

void add_of_all(const Txn& txn, const Schema& schema, std::uint64_t after, std::size_t limit,
                DamageLog& damage, std::vector<std::uint64_t>& sequences) {
  Cursor kept(txn, schema.kept);
  std::size_t found = 0;
  walk(kept, limit > 0 && kept.at_or_after(after + 1), damage, [&] {
    sequences.push_back(kept.key());
    return ++found < limit;
  });
  Cursor outbox(txn, schema.outbox);
  found = 0;
  walk(outbox, limit > 0 && outbox.at_or_after(after + 1), damage, [&] {
    if (!taken(decode_outbox(outbox.key(), outbox.value()), outbox).keep) return true;
    sequences.push_back(outbox.key());
    return ++found < limit;
  });
}

// The same as event_at(), but a damaged row is noted, and then there is none.
std::optional<KeptRow> readable_event_at(const Txn& txn, const Schema& schema,
                                         std::uint64_t sequence, DamageLog& damage) {
  try {
    return event_at(txn, schema, sequence);
  } catch (const Failed& failed) {
    if (failed.error().code != Code::corrupt) throw;
    const auto& where = failed.error().where;
    const auto slash = where.find('/');
    damage.note({where.substr(0, slash), where.substr(slash + 1), failed.error().what, 0});
    return std::nullopt;
  }
}

}  // namespace

Result<std::vector<KeptRow>> LmdbStore::kept_events(std::uint64_t after, std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<KeptRow> rows;
    Cursor cursor(txn, volume_.schema.kept);
    walk(cursor, limit > 0 && cursor.at_or_after(after + 1), damage(), [&] {
      rows.push_back(taken(decode_kept(cursor.key(), cursor.value()), cursor));
      return rows.size() < limit;
    });
    return rows;
  });
}

Result<std::vector<KeptRow>> LmdbStore::events_of(const std::vector<std::string>& types,
                                                  std::uint64_t after, std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<KeptRow> rows;
    std::vector<std::uint64_t> sequences;
    do {  // once, but for damaged rows
      const auto missing = limit - rows.size();
      sequences.clear();
      for (const auto& type : types) {
        if (type.empty()) {
          add_of_all(txn, volume_.schema, after, missing, damage(), sequences);
        } else {
          add_of_type(txn, volume_.schema, type, after, missing, sequences);
        }
      }
      std::sort(sequences.begin(), sequences.end());
      sequences.erase(std::unique(sequences.begin(), sequences.end()), sequences.end());
      if (sequences.size() > missing) sequences.resize(missing);
      for (const auto sequence : sequences) {
        auto row = readable_event_at(txn, volume_.schema, sequence, damage());
        if (row) rows.push_back(*std::move(row));
      }
      if (!sequences.empty()) after = sequences.back();
    } while (rows.size() < limit && !sequences.empty());
    return rows;
  });
}

Result<std::optional<std::uint64_t>> LmdbStore::find_event(const std::string& identity) {
  return guarded([&]() -> std::optional<std::uint64_t> {
    const ReadTxn txn(volume_.env);
    const auto key = index_text(identity);
    const auto bytes = volume_.schema.event_ids.get(txn, key);
    if (!bytes) return std::nullopt;
    return taken(decode_number(*bytes), volume_.schema.event_ids, key);
  });
}

Result<std::vector<WorkflowNumber>> LmdbStore::looking_workflows(WorkflowNumber after,
                                                                 std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<WorkflowNumber> numbers;
    Cursor cursor(txn, volume_.schema.looking);
    for (bool more = cursor.at_or_after(after + 1); more && numbers.size() < limit;
         more = cursor.next()) {
      if (!hides(cursor.key())) numbers.push_back(cursor.key());
    }
    return numbers;
  });
}

Result<std::vector<SinkRow>> LmdbStore::sink_events(const std::string& sink, std::uint64_t after,
                                                    std::size_t limit) {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<SinkRow> rows;
    const auto key_sink = index_text(sink);
    Cursor cursor(txn, volume_.schema.sinks);
    walk(cursor, limit > 0 && cursor.at_or_after({key_sink, after + 1}), damage(), [&] {
      const auto key = cursor.key();
      if (key.sink != key_sink) return false;
      rows.push_back(taken(decode_sink_event(key, cursor.value()), cursor));
      return rows.size() < limit;
    });
    return rows;
  });
}

Result<std::vector<SinkBacklog>> LmdbStore::sink_backlogs() {
  return guarded([&] {
    const ReadTxn txn(volume_.env);
    std::vector<SinkBacklog> backlogs;
    std::string last;
    Cursor cursor(txn, volume_.schema.sinks);
    walk(cursor, cursor.first(), damage(), [&] {
      const auto key = cursor.key();
      if (backlogs.empty() || key.sink != last) {
        backlogs.push_back({taken(decode_sink_event(key, cursor.value()), cursor).key.sink, 0});
        last = key.sink;
      }
      ++backlogs.back().events;
      return true;
    });
    return backlogs;
  });
}

}  // namespace endure::persistence::lmdb
