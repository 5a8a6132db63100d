// Names the table and key of a record that could not be read.
#pragma once

#include <string>
#include <utility>

#include "persistence/lmdb/failure.hpp"
#include "persistence/lmdb/table.hpp"

namespace endure::persistence::lmdb {

// `result` with Error::where set to "table/key" where it is an error.
template <class T, class Keys>
Result<T> placed(Result<T> result, const Table<Keys>& table, const typename Keys::Key& key) {
  if (result) return result;
  auto error = result.error();
  error.where = table.place(key);
  return Failure(std::move(error));
}

// The value of `result`; throws Failed, with the place of the row, where it is an error.
template <class T, class Keys>
T taken(Result<T> result, const Table<Keys>& table, const typename Keys::Key& key) {
  if (result) return *std::move(result);
  throw Failed(placed(std::move(result), table, key).error());
}

template <class T, class Keys>
T taken(Result<T> result, const Cursor<Keys>& cursor) {
  if (result) return *std::move(result);
  auto error = result.error();
  error.where = cursor.place();
  throw Failed(std::move(error));
}

}  // namespace endure::persistence::lmdb
