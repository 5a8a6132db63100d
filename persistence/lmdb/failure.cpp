#include "persistence/lmdb/failure.hpp"

#include <lmdb.h>

#include <cerrno>

namespace endure::persistence::lmdb {

namespace {

Code code_of(int rc) {
  switch (rc) {
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    // LMDB gives up the transaction before its meta page is written, so no page that the volume
    // refers to is touched: a full disk is a refusal, not a failure.
    case ENOSPC:
    case EDQUOT: return Code::full;
    case ENOENT: return Code::not_found;
    case MDB_READERS_FULL: return Code::retry_later;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND: return Code::corrupt;
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_BAD_VALSIZE: return Code::invalid;
    default: return Code::io;
  }
}

}  // namespace

Error error_of(int rc, const std::string& where) {
  std::string what = mdb_strerror(rc);
  if (rc == MDB_MAP_FULL || rc == MDB_TXN_FULL)
    what = "the volume is full: raise its greatest size";
  if (rc == ENOSPC || rc == EDQUOT) what = "the disk is full";
  return {code_of(rc), what, where};
}

}  // namespace endure::persistence::lmdb
