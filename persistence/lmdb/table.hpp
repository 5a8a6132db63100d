// A table of the volume, typed by its keys; values are bytes that a record codec made.
// Every function throws Failed.
#pragma once

#include <lmdb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "persistence/lmdb/env.hpp"
#include "persistence/lmdb/failure.hpp"
#include "persistence/lmdb/keys.hpp"

namespace endure::persistence::lmdb {

inline MDB_val to_val(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};  // NOLINT: LMDB does not write to it
}
inline std::string_view to_view(const MDB_val& val) {
  return {static_cast<const char*>(val.mv_data), val.mv_size};
}

template <class Keys>
class Table {
 public:
  using KeysOf = Keys;
  using Key = typename Keys::Key;

  explicit Table(const char* name) : name_(name) {}

  const char* name() const { return name_; }
  MDB_dbi dbi() const { return dbi_; }

  // Once, when the volume is opened. False where there is no such table.
  bool open(const Txn& txn, bool create) {
    const auto rc = mdb_dbi_open(txn.get(), name_, create ? MDB_CREATE : 0U, &dbi_);
    if (rc == MDB_NOTFOUND) return false;
    check(rc, name_);
    return true;
  }

  // The bytes hold until the transaction ends or writes.
  std::optional<std::string_view> get(const Txn& txn, const Key& key) const {
    KeyWriter bytes;
    Keys::write(bytes, key);
    auto k = to_val(bytes.bytes());
    MDB_val value;
    const auto rc = mdb_get(txn.get(), dbi_, &k, &value);
    if (rc == MDB_NOTFOUND) return std::nullopt;
    check(rc, name_);
    return to_view(value);
  }

  void put(WriteTxn& txn, const Key& key, std::string_view value) const {
    check(put_with(txn, key, value, 0), name_);
  }

  // False where the key exists; nothing is changed then.
  bool put_new(WriteTxn& txn, const Key& key, std::string_view value) const {
    const auto rc = put_with(txn, key, value, MDB_NOOVERWRITE);
    if (rc == MDB_KEYEXIST) return false;
    check(rc, name_);
    return true;
  }

  // With a key that this table's keys wrote elsewhere.
  void put_bytes(WriteTxn& txn, std::string_view key, std::string_view value) const {
    auto k = to_val(key);
    auto v = to_val(value);
    check(mdb_put(txn.get(), dbi_, &k, &v, 0), name_);
  }

  // False where there was no such row.
  bool erase(WriteTxn& txn, const Key& key) const {
    KeyWriter bytes;
    Keys::write(bytes, key);
    auto k = to_val(bytes.bytes());
    const auto rc = mdb_del(txn.get(), dbi_, &k, nullptr);
    if (rc == MDB_NOTFOUND) return false;
    check(rc, name_);
    return true;
  }

  std::uint64_t size(const Txn& txn) const {
    MDB_stat stat;
    check(mdb_stat(txn.get(), dbi_, &stat), name_);
    return stat.ms_entries;
  }

  // "table/key", for Error::where.
  std::string place(const Key& key) const { return std::string(name_) + "/" + Keys::show(key); }

 private:
  int put_with(WriteTxn& txn, const Key& key, std::string_view value, unsigned flags) const {
    KeyWriter bytes;
    Keys::write(bytes, key);
    auto k = to_val(bytes.bytes());
    auto v = to_val(value);
    return mdb_put(txn.get(), dbi_, &k, &v, flags);
  }

  const char* name_;
  MDB_dbi dbi_ = 0;
};

// Walks a table in the order of its keys. Must not outlive its transaction.
template <class Keys>
class Cursor {
 public:
  using Key = typename Keys::Key;

  Cursor(const Txn& txn, const Table<Keys>& table) : table_(table) {
    check(mdb_cursor_open(txn.get(), table.dbi(), &cursor_), table.name());
  }
  ~Cursor() { mdb_cursor_close(cursor_); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // Each returns whether there is such a row; key() and value() are then that row's.
  bool first() { return move(MDB_FIRST); }
  bool last() { return move(MDB_LAST); }
  bool next() { return move(MDB_NEXT); }
  bool previous() { return move(MDB_PREV); }
  bool at(const Key& key) { return seek(key, MDB_SET_KEY); }
  bool at_or_after(const Key& key) { return seek(key, MDB_SET_RANGE); }
  bool before(const Key& key) { return at_or_after(key) ? previous() : last(); }

  Key key() const {
    KeyReader reader(to_view(key_));
    auto key = Keys::read(reader);
    if (!reader.whole()) throw Failed({Code::corrupt, "a row's key is damaged", table_.name()});
    return key;
  }
  std::string_view key_bytes() const { return to_view(key_); }
  std::string_view value() const { return to_view(value_); }
  std::string place() const { return table_.place(key()); }
  const Table<Keys>& table() const { return table_; }

  // Replaces the value of the row that the cursor stands at, whose key is given once more: LMDB
  // takes the old row out of its page first, and a key that lies in that page would move with it.
  void replace(const Key& key, std::string_view value) {
    KeyWriter bytes;
    Keys::write(bytes, key);
    auto k = to_val(bytes.bytes());
    auto v = to_val(value);
    check(mdb_cursor_put(cursor_, &k, &v, MDB_CURRENT), table_.name());
  }
  // Removes the row; next() then goes to the one behind it.
  void erase() { check(mdb_cursor_del(cursor_, 0), table_.name()); }

 private:
  bool move(MDB_cursor_op op) { return found(mdb_cursor_get(cursor_, &key_, &value_, op)); }

  bool seek(const Key& key, MDB_cursor_op op) {
    KeyWriter bytes;
    Keys::write(bytes, key);
    key_ = to_val(bytes.bytes());
    return found(mdb_cursor_get(cursor_, &key_, &value_, op));
  }

  bool found(int rc) const {
    if (rc == MDB_NOTFOUND) return false;
    check(rc, table_.name());
    return true;
  }

  const Table<Keys>& table_;
  MDB_cursor* cursor_ = nullptr;
  MDB_val key_{};
  MDB_val value_{};
};

}  // namespace endure::persistence::lmdb
