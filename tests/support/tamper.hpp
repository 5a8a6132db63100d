// Damages rows of a volume behind the store's back. Nobody may have the folder open.
#pragma once

#include <string>
#include <string_view>

#include "persistence/lmdb/rows.hpp"
#include "persistence/lmdb/schema.hpp"

namespace endure::persistence {

// `edit(schema, txn)` changes what it likes.
template <class Edit>
void tamper(const std::string& folder, Edit edit) {
  lmdb::Env env({.folder = folder, .map_bytes = 1U << 28U});
  lmdb::Schema schema;
  lmdb::WriteTxn txn(env);
  schema.for_each([&](auto& table) { table.open(txn, true); });
  edit(schema, txn);
  txn.commit();
}

inline std::string flipped(std::string_view bytes) {
  std::string damaged(bytes);
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  return damaged;
}

// Flips a bit in the values of the rows whose key `is_meant`. How many those were.
template <class Keys, class IsMeant>
int damage_rows(const lmdb::Table<Keys>& table, lmdb::WriteTxn& txn, IsMeant is_meant) {
  int damaged = 0;
  lmdb::Cursor cursor(txn, table);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const auto key = cursor.key();
    if (!is_meant(key) || cursor.value().empty()) continue;
    cursor.replace(key, flipped(cursor.value()));
    ++damaged;
  }
  return damaged;
}

}  // namespace endure::persistence
